"""Answers of servers that keep to no protocol: read as what they mean, or as a failure.

Each is what some server sends in the place of a stream: words that come again and again, errors in
a good answer, answers that are no stream.
"""

from __future__ import annotations

import json

import pytest
from answer_reading import ends, read, says, sse

from tickertape.conversation import ToolCall
from tickertape.errors import FailureKind
from tickertape.events import Failed, Finished

_DONE = b"data: [DONE]\n\n"
_STOP = ends("stop")
_TEXT = "The capital of Norway is Oslo."


def _chat(*deltas: str) -> bytes:
    return sse(*map(says, deltas), _STOP) + _DONE


def _messages(*deltas: str, whole: str = "") -> bytes:
    return sse(
        {"type": "message_start", "message": {}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": {"text": text}} for text in deltas),
        {
            "type": "content_block_stop",
            "index": 0,
            **({"content_block": {"type": "text", "text": whole}} if whole else {}),
        },
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    )


def _responses(*deltas: str, whole: str = "") -> bytes:
    text = {"type": "output_text", "text": whole or _TEXT}
    item = {"type": "message", "id": "m", "content": [text]}
    return sse(
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        *(
            {"type": "response.output_text.delta", "output_index": 0, "delta": text}
            for text in deltas
        ),
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"status": "completed", "output": [item]}},
    )


_SAID_WITH = {"cc": _chat, "ms": _messages, "rs": _responses}


@pytest.mark.parametrize("kind", _SAID_WITH)
@pytest.mark.parametrize(
    "deltas",
    [
        ["The cap", "The capital of", "The capital of Norway is", _TEXT],
        ["The capital of Norway", _TEXT],
        ["The capital ", "of Norway ", "is Oslo.", _TEXT],
        ["The ", "capital of Norway is Oslo.", _TEXT, _TEXT],
    ],
)
def test_words_that_come_again_are_said_once(kind: str, deltas: list[str]) -> None:
    """All so far in each delta, or all of it in a last one: the reader sees it once."""
    answer = read(kind, _SAID_WITH[kind](*deltas))
    assert (answer.text, type(answer.end)) == (_TEXT, Finished)


@pytest.mark.parametrize("whole", ["The cat", "The cat sat."])
def test_a_servers_own_word_decides_what_few_deltas_were(whole: str) -> None:
    """Two short deltas may be anything; where the whole text comes behind them, it tells."""
    said = ["The", "The cat"]
    message = {"choices": [{"message": {"content": whole}, "finish_reason": "stop"}]}
    assert read("cc", sse(*map(says, said), message) + _DONE).text == whole
    assert read("ms", _messages(*said, whole=whole)).text == whole
    assert read("rs", _responses(*said, whole=whole)).text == whole
    part = {"type": "response.output_text.done", "output_index": 0, "text": whole}
    streamed = _responses(*said, whole=whole).split(b"\n\n")
    streamed.insert(3, sse(part).strip())
    assert read("rs", b"\n\n".join(streamed)).text == whole
    for kind, way in (("ms", _messages), ("rs", _responses)):
        assert read(kind, way("Ha", "Ha ha", whole="HaHa ha")).text == "HaHa ha"


def test_thoughts_that_come_again_are_thought_once() -> None:
    """The same holds for thinking, marked by the server or by tags."""
    grown = ["Let me see", "Let me see now", "Let me see now. Yes."]
    deltas = [{"choices": [{"delta": {"reasoning_content": thought}}]} for thought in grown]
    answer = read("cc", sse(*deltas, says("Oslo."), _STOP) + _DONE)
    assert answer.step is not None
    assert [part.text for part in answer.step.parts if hasattr(part, "text")] == [
        "Let me see now. Yes.",
        "Oslo.",
    ]
    tagged = ["<think>Let me see", "<think>Let me see.</think>Os", "<think>Let me see.</think>Oslo"]
    for kind, way in _SAID_WITH.items():
        assert read(kind, way(*tagged)).text == "Oslo"


@pytest.mark.parametrize(
    ("pieces", "arguments"),
    [
        (["{}", '{"a":1}'], '{"a":1}'),
        (['{"a":1}', "{}"], '{"a":1}'),
        (["{}", '{"a"', ":1}", "{}"], '{"a":1}'),
        (["{}", "{}"], "{}"),
        (['{"a":', "{}", "}"], '{"a":{}}'),
        (['{"a":[', "{}", ",", "{}", "]}"], '{"a":[{},{}]}'),
        # What cannot be read stays as it came: the model is told, and nothing runs.
        (["a=1"], "a=1"),
        (['{"a":1}', '{"b":2}'], '{"a":1}{"b":2}'),
    ],
)
def test_an_empty_object_beside_arguments_is_none(pieces: list[str], arguments: str) -> None:
    """`{}` before or behind the arguments of a call is no part of them."""
    function = [{"name": "f", "arguments": pieces[0]}, *({"arguments": p} for p in pieces[1:])]
    calls = [
        {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": piece}]}}]}
        for piece in function
    ]
    answer = read("cc", sse(*calls, ends("tool_calls")) + _DONE)
    assert answer.step is not None
    assert answer.step.calls == (ToolCall("call_0", "f", arguments),)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"Internal Server Error", FailureKind.OVERLOADED, "Internal Server Error"),
        (b"upstream connect error\nreset", FailureKind.OVERLOADED, "upstream connect error reset"),
        (b"Rate limit exceeded. Slow down.\n", FailureKind.RATE_LIMIT, "Rate limit exceeded."),
        (b"<html><title>502 Bad Gateway</title>", FailureKind.BAD_RESPONSE, "a page of HTML"),
        (b'{"code":"1302","msg":"Rate limit reached"}', FailureKind.RATE_LIMIT, "Rate limit"),
        (b'{"code":500,"msg":"404 NOT_FOUND","success":false}', FailureKind.OVERLOADED, "404"),
        # No words of a server's, and nothing to quote.
        (b"", FailureKind.ENDED_EARLY, "without its end"),
        (b": keepalive\n\n\nid: 4\nretry: 3000\n\n", FailureKind.ENDED_EARLY, "without its end"),
        (b"\x1f\x8b\x08\x00 packed", FailureKind.ENDED_EARLY, "without its end"),
        (b"dat", FailureKind.ENDED_EARLY, "without its end"),
    ],
)
@pytest.mark.parametrize("protocol", ["cc", "ms", "rs"])
def test_an_error_that_is_no_stream_says_what_it_says(
    protocol: str, body: bytes, kind: FailureKind, words: str
) -> None:
    """A proxy's text, with HTTP 200, is the reason of a failure."""
    for pieces in ([body], [body[at : at + 1] for at in range(len(body))]):
        answer = read(protocol, *pieces)
        assert isinstance(answer.end, Failed)
        assert (answer.text, answer.end.error.kind) == ("", kind)
        assert words in answer.end.error.detail


@pytest.mark.parametrize(
    "page",
    [
        b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>\r\n",
        b"502 Bad Gateway",
        b"502 Bad Gateway\n\n",
    ],
)
def test_an_error_behind_half_an_answer_is_told(page: bytes) -> None:
    """What a proxy puts where the rest of a stream shall be is no word of the answer."""
    for kind, way in _SAID_WITH.items():
        messages = way("The capital ", "of Norway").split(b"\n\n")
        half = messages[: {"cc": 2, "ms": 4, "rs": 3}[kind]]
        answer = read(kind, b"\n\n".join([*half, page]))
        assert answer.text == "The capital of Norway"
        assert isinstance(answer.end, Failed)
        assert answer.end.error.detail == "502 Bad Gateway"


@pytest.mark.parametrize(
    "error",
    [
        {"choices": None, "base_resp": {"status_code": 1002, "status_msg": "rate limit"}},
        {"choices": [], "code": "1302", "msg": "rate limit"},
        {
            "choices": [{"delta": {}}],
            "base_resp": {"status_code": 1002, "status_msg": "Rate limit"},
        },
    ],
)
def test_an_error_with_a_good_status_is_one(error: object) -> None:
    """An answer that broke off does not look whole because `[DONE]` follows."""
    answer = read("cc", sse(says("Half"), error) + _DONE)
    assert answer.text == "Half"
    assert isinstance(answer.end, Failed)
    assert answer.end.error.kind is FailureKind.RATE_LIMIT
    fine = {"choices": [], "base_resp": {"status_code": 0, "status_msg": "success"}}
    assert read("cc", sse(says("All"), fine, _STOP, fine) + _DONE).end == Finished()


@pytest.mark.parametrize("parted", [b"\n", b"\r\n", b"\n\n"])
def test_an_answer_without_the_fields_of_a_stream_is_read(parted: bytes) -> None:
    """Messages one on each line, or as a list: the answer that they are."""
    for kind, way in _SAID_WITH.items():
        stream = way("The capital ", "of Norway is Oslo.")
        messages = [line[6:] for line in stream.split(b"\n") if line.startswith(b"data: {")]
        lines = parted.join(messages)
        for body in (lines, lines + parted, b"[" + b",".join(messages) + b"]"):
            for pieces in ([body], [body[:50], body[50:]]):
                answer = read(kind, *pieces)
                assert (answer.text, type(answer.end)) == (_TEXT, Finished)
        torn = read(kind, lines[:-9])
        assert isinstance(torn.end, Failed)


def test_words_in_odd_places_are_said() -> None:
    """Words as those of text completions, words that are a number, a refusal told twice."""
    odd = [{"choices": [{"text": "Hi", "index": 0}]}, {"choices": [{"text": "."}]}]
    assert read("cc", sse(*odd, _STOP) + _DONE).text == "Hi."
    assert read("cc", sse({"choices": [{"delta": {"content": 42}}]}, _STOP) + _DONE).text == "42"
    both = {"choices": [{"delta": {"content": "No.", "refusal": "No."}}]}
    refused = read("cc", sse(both, _STOP) + _DONE)
    assert (refused.text, refused.end) == ("No.", Finished("refusal"))


def test_a_message_on_several_lines_is_read() -> None:
    """JSON that a server wrote on several `data` lines is one message."""
    chunk = json.dumps(says("x"), indent=1)
    lines = "".join(f"data: {line}\n" for line in chunk.splitlines())
    assert read("cc", lines.encode() + b"\n" + sse(_STOP) + _DONE).text == "x"
