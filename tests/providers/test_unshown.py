"""What a chat cannot show is told, in every protocol; words are never lost with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest
from answer_reading import ends, read, says, sse

from tickertape.events import Finished

_DONE = b"data: [DONE]\n\n"
_SEARCH = {"type": "server_tool_use", "id": "s", "name": "search", "input": {}}
_FOUND = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
_MCP = {"type": "mcp_tool_use", "id": "m", "name": "x", "server_name": "files", "input": {}}
_MCP_DID = {"type": "mcp_tool_result", "tool_use_id": "m", "content": []}
_APPROVAL = {"type": "mcp_approval_request", "id": "m", "name": "x", "server_label": "files"}


def _text(words: str) -> dict[str, object]:
    return {"type": "text", "text": words}


def _messages(
    *blocks: Mapping[str, object], reason: str = "end_turn", whole: bool = False
) -> bytes:
    message = {"type": "message", "content": blocks, "stop_reason": reason}
    if whole:
        return json.dumps(message).encode()
    parts = [
        {"type": kind, "index": index, "content_block": block}
        for index, block in enumerate(blocks)
        for kind in ("content_block_start", "content_block_stop")
    ]
    return sse(
        {"type": "message_start", "message": {}},
        *parts,
        {"type": "message_delta", "delta": {"stop_reason": reason}},
        {"type": "message_stop"},
    )


def _chat(*deltas: Mapping[str, object], reason: str = "stop", whole: bool = False) -> bytes:
    if whole:
        choice = {"message": deltas[0], "finish_reason": reason}
        return json.dumps({"choices": [choice]}).encode()
    return sse(*({"choices": [{"delta": delta}]} for delta in deltas), ends(reason)) + _DONE


def _responses(*items: Mapping[str, object], streamed: bool = True) -> bytes:
    done = [
        {"type": "response.output_item.done", "output_index": index, "item": item}
        for index, item in enumerate(items)
    ]
    response = {"status": "completed", "output": [] if streamed else items}
    return sse(*(done if streamed else ()), {"type": "response.completed", "response": response})


def _end_of(*answers: tuple[str, bytes]) -> set[tuple[str, str, str]]:
    read_as: set[tuple[str, str, str]] = set()
    for kind, stream in answers:
        answer = read(kind, stream)
        assert isinstance(answer.end, Finished)
        read_as.add((answer.text, answer.end.reason, answer.end.detail))
    return read_as


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ({"type": "image", "source": {}}, "an image"),
        ({"type": "container_upload", "file_id": "f"}, "a file"),
        (_MCP, "it called x (server files), and no result came"),
        (_SEARCH, "it called search, and no result came"),
        (_FOUND, "it is of the kind web_search_tool_result"),
        ({"type": "hologram"}, "it is of the kind hologram"),
    ],
)
def test_a_block_that_is_all_of_an_answer_is_told(block: dict[str, object], line: str) -> None:
    """An answer of nothing that can be shown is no empty one."""
    streams = (_messages(block, whole=whole) for whole in (False, True))
    assert _end_of(*(("ms", stream) for stream in streams)) == {("", "unshown", line)}
    paused = _messages(block, reason="pause_turn")
    assert _end_of(("ms", paused)) == {("", "paused", "")}


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        ((_text("Hi"), _MCP), "unshown"),
        ((_text("Hi"), _SEARCH), "unshown"),
        ((_text("Hi"), {"type": "image", "source": {}}), "unshown"),
        ((_text("Hi"), _SEARCH, _FOUND), "stop"),
        ((_SEARCH, _FOUND, _text("Hi")), "stop"),
        ((_MCP, _MCP_DID, _text("Hi")), "stop"),
        ((_SEARCH, _text("Hi")), "stop"),
        ((_text("Hi"), {"type": "hologram"}), "stop"),
        ((_text("Hi"), {"type": "redacted_thinking", "data": "x"}), "stop"),
        ((_text("Hi"), _SEARCH, {"type": "tool_use", "id": "t", "name": "clock"}), "stop"),
    ],
)
def test_words_beside_what_is_unshown(blocks: Sequence[dict[str, object]], reason: str) -> None:
    """A part that is missing is told; what its server did itself, and went on behind, is not."""
    end = read("ms", _messages(*blocks)).end
    assert isinstance(end, Finished)
    assert end.reason == reason


def test_thoughts_alone_are_an_empty_answer() -> None:
    """An encrypted thought is no part that the reader misses."""
    redacted = {"type": "redacted_thinking", "data": "x"}
    assert _end_of(("ms", _messages(redacted))) == {("", "stop", "")}


_IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}


@pytest.mark.parametrize(
    ("delta", "line"),
    [
        ({"content": "", "images": [_IMAGE]}, "an image"),
        ({"content": [_IMAGE]}, "an image"),
        ({"content": _IMAGE}, "an image"),
        ({"content": [{"type": "file", "file": {}}]}, "a file"),
        ({"content": [{"type": "hologram"}]}, "it is of the kind hologram"),
        ({"audio": {"id": "a", "data": "AAAA"}}, "a recording"),
    ],
)
def test_a_part_that_is_all_of_an_answer_is_told(delta: dict[str, object], line: str) -> None:
    """In Chat Completions, streamed or whole."""
    streams = (_chat(delta, whole=whole) for whole in (False, True))
    assert _end_of(*(("cc", stream) for stream in streams)) == {("", "unshown", line)}


def test_an_image_beside_words_is_told() -> None:
    """Words do not make an answer whole that shows something."""
    for last in ({"images": [_IMAGE]}, {"content": [_IMAGE]}):
        answer = _chat({"content": "Here."}, last)
        assert _end_of(("cc", answer)) == {("Here.", "unshown", "an image")}


@pytest.mark.parametrize("whole", [False, True])
def test_a_call_of_a_custom_tool_is_told(whole: bool) -> None:
    """A tool whose input is no JSON is none of ours, and no call without a name."""
    custom = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "grep", "input": "x"}}
    more = {"index": 0, "custom": {"input": "y"}}
    deltas = [{"tool_calls": [custom]}, {"tool_calls": [more]}]
    answer = read("cc", _chat(*deltas, reason="tool_calls", whole=whole))
    line = "it asks for the tool grep, which is not known here"
    assert answer.end == Finished("unshown", None, line)
    assert answer.step is not None
    assert not answer.step.calls
    call = {"index": 1, "id": "d", "function": {"name": "clock", "arguments": "{}"}}
    both = read("cc", _chat({"tool_calls": [custom, call]}, reason="tool_calls", whole=whole))
    assert both.step is not None
    assert [made.name for made in both.step.calls] == ["clock"]


def test_the_words_of_a_recording_are_words() -> None:
    """A transcript is what the reader is shown, in every protocol that has one."""
    part = {"type": "output_audio", "transcript": "Hello there."}
    item = {"type": "message", "role": "assistant", "content": [part]}
    said = [
        {"type": kind, "delta": delta}
        for kind, delta in (
            ("response.output_audio_transcript.delta", "Hello "),
            ("response.audio.transcript.delta", "there."),
        )
    ]
    end = {"type": "response.completed", "response": {"status": "completed"}}
    done = {"type": "response.audio_transcript.done", "transcript": "Hello there."}
    recordings = ({"id": "a", "transcript": "Hello "}, {"data": "AA"}, {"transcript": "there."})
    pieces = [{"audio": recording} for recording in recordings]
    answers = [
        ("cc", _chat(*pieces)),
        ("cc", _chat({"content": None, "audio": {"transcript": "Hello there."}}, whole=True)),
        ("cc", _chat({"content": [{"type": "audio", "audio": {"transcript": "Hello there."}}]})),
        ("cc", _chat({"content": [{"type": "output_audio", "transcript": "Hello there."}]})),
        ("rs", _responses(item)),
        ("rs", _responses(item, streamed=False)),
        ("rs", sse(*said, {"type": "response.audio.delta", "delta": "AA"}, end)),
        ("rs", sse(*said, done, end)),
        ("rs", sse({"type": "response.content_part.done", "part": part}, end)),
    ]
    assert _end_of(*answers) == {("Hello there.", "stop", "")}


def test_an_item_that_is_only_announced_is_told() -> None:
    """A request for approval that never ends is one, alone or behind words, and told once."""
    line = "it asks for approval to run x (server files), which cannot be given here"
    added = {"type": "response.output_item.added", "output_index": 1, "item": _APPROVAL}
    done = {**added, "type": "response.output_item.done"}
    end = {"type": "response.completed", "response": {"status": "completed", "output": []}}
    assert read("rs", sse(added, end)).end == Finished("unshown", None, line)
    assert read("rs", sse(added, done, end)).end == Finished("unshown", None, line)
    words = {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi"}
    answer = read("rs", sse(words, added, end))
    assert (answer.text, answer.end) == ("Hi", Finished("unshown", None, line))


def test_a_part_of_a_message_that_cannot_be_shown_is_told() -> None:
    """In Responses an image may stand within a message."""
    image = {"type": "output_image", "image_url": "https://example.org/a.png"}
    item = {"type": "message", "role": "assistant", "content": [image]}
    end = {"type": "response.completed", "response": {"status": "completed"}}
    part = {"type": "response.content_part.done", "output_index": 0, "part": image}
    answers = [("rs", _responses(item)), ("rs", sse(part, end))]
    assert _end_of(*answers) == {("", "unshown", "an image")}


@pytest.mark.parametrize("kind", [[], {}, None, 5, True, [["text"]]])
def test_a_kind_that_is_no_word_raises_nothing(kind: object) -> None:
    """Nothing that a server calls a part keeps the words beside it from being read."""
    part, item = {"type": kind, "note": "no"}, {"type": "message", "role": "assistant"}
    end = {"type": "response.completed", "response": {"status": "completed"}}
    told = {"type": "response.output_item.done", "output_index": 0}
    message = {**item, "content": [{"type": "output_text", "text": "Hi"}, part]}
    assert read("rs", sse({**told, "item": message}, end)).text == "Hi"
    assert read("cc", sse({"choices": [{"delta": {"content": [_text("Hi"), part]}}]})).text == "Hi"
    for whole in (False, True):
        assert read("ms", _messages(_text("Hi"), part, whole=whole)).text in {"", "Hi"}


def test_no_other_end_is_made_unshown() -> None:
    """An answer that ran into its length, or was refused, says that."""
    for reason, known in (("length", "length"), ("content_filter", "content_filter")):
        end = read("cc", _chat({"images": [_IMAGE]}, reason=reason)).end
        assert isinstance(end, Finished)
        assert end.reason == known
    assert read("cc", sse(says("Hi"), ends("stop")) + _DONE).end == Finished()


# --- the end of the bytes behind texts that were told as a whole ---------------------------------

_PLACE = {"output_index": 0, "item_id": "m", "content_index": 0}
_DELTA = {"type": "response.output_text.delta", **_PLACE, "delta": "Hi"}
_TEXT_DONE = {"type": "response.output_text.done", **_PLACE, "text": "Hi"}
_PART = {"type": "output_text", "text": "Hi"}
_PART_DONE = {"type": "response.content_part.done", **_PLACE, "part": _PART}
_PART_ADDED = {**_PART_DONE, "type": "response.content_part.added", "content_index": 1}
_MESSAGE = {"type": "message", "id": "m", "role": "assistant", "content": []}
_ADDED = {"type": "response.output_item.added", "output_index": 0, "item": _MESSAGE}
_ARGUMENTS = {"type": "response.function_call_arguments.done", "output_index": 1, "item_id": "f"}
_CALL = {"type": "function_call", "id": "f", "call_id": "c", "name": "clock", "arguments": ""}
_CALL_ADDED = {"type": "response.output_item.added", "output_index": 1, "item": _CALL}
_THOUGHT = {"type": "response.reasoning_text.done", "output_index": 2, "text": "Hm."}


@pytest.mark.parametrize(
    "chunks",
    [
        (_DELTA, _TEXT_DONE),
        (_ADDED, _DELTA, _TEXT_DONE),
        (_ADDED, _DELTA, _TEXT_DONE, _PART_DONE),
        (_DELTA, _PART_DONE),
        (_TEXT_DONE,),
        (_PART_DONE,),
        (_THOUGHT, _ADDED, _DELTA, _TEXT_DONE),
        (_DELTA, _TEXT_DONE, _CALL_ADDED, {**_ARGUMENTS, "arguments": "{}"}),
    ],
)
def test_texts_told_as_a_whole_are_an_answer(chunks: Sequence[dict[str, object]]) -> None:
    """Where the bytes end properly behind them, nothing is missing but the end itself."""
    for end in (b"", _DONE):
        answer = read("rs", sse(*chunks) + end)
        assert (answer.text, answer.end) == ("Hi", Finished())
    assert not isinstance(read("rs", sse(*chunks), torn=True).end, Finished)


@pytest.mark.parametrize(
    "chunks",
    [
        (_ADDED, _DELTA),
        (_DELTA, _TEXT_DONE, {**_DELTA, "content_index": 1}),
        (_DELTA, _TEXT_DONE, _PART_ADDED),
        (_DELTA, _TEXT_DONE, _CALL_ADDED),
        (_DELTA, _TEXT_DONE, _CALL_ADDED, {**_ARGUMENTS, "arguments": ""}),
        (_THOUGHT,),
    ],
)
def test_what_goes_on_is_no_whole_answer(chunks: Sequence[dict[str, object]]) -> None:
    """A text that was begun, or arguments that never came, are missing."""
    assert not isinstance(read("rs", sse(*chunks)).end, Finished)
