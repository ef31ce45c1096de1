"""Answers that broke other programs in public, as bytes: each is read as what it was meant to be.

The files in `transcripts/reported` are named after their protocol: `cc`, `rs`, `ms`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from answer_reading import Answer, ends, read, says, sse
from cuts import each_cut
from hypothesis import given
from hypothesis import strategies as st

from tickertape.conversation import Opaque, Step, TextPart, Thought, ToolCall
from tickertape.delivery.marks import mark_of_end
from tickertape.errors import FailureKind
from tickertape.events import Failed, Finished, Usage
from tickertape.providers.chat_completions import ChatCompletionsDecoder
from tickertape.providers.messages import MessagesDecoder

_REPORTED = Path(__file__).parent / "transcripts" / "reported"
_NAMES = sorted(path.name for path in _REPORTED.iterdir())


def _file(name: str) -> Answer:
    return read(name[:2], (_REPORTED / name).read_bytes())


_STOP = ends("stop")
_DONE = b"data: [DONE]\n\n"
_CALL = ToolCall("call_1", "calculate", '{"expression":"6*7"}')
_TIME = ToolCall("call_1", "current_time", "{}")
_APPROVAL = (
    '{"type":"mcp_approval_request","id":"mcpr_1","name":"delete_file","arguments":"{}",'
    '"server_label":"files"}'
)
_SEARCH = (
    '{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search",'
    '"input":{"query":"oslo weather"}}'
)

_EXPECTED: dict[str, tuple[tuple[object, ...], Finished]] = {
    "cc_args_cumulative.sse": ((_CALL,), Finished()),
    "cc_empty_stop.sse": ((), Finished()),
    "cc_final_full_message.sse": ((TextPart("The capital is Oslo."),), Finished()),
    "cc_function_call_stub.sse": ((_TIME,), Finished()),
    "cc_harmony_no_markers.sse": (
        (Thought("The user wants two plus two."), TextPart("four")),
        Finished(),
    ),
    "cc_harmony_tool_name.sse": ((_TIME,), Finished()),
    "cc_malformed_function_call.sse": ((), Finished("malformed_call")),
    "cc_nul_bytes.sse": ((TextPart("AB\0C"),), Finished()),
    "cc_reasoning_only.sse": ((Thought("The answer is 42."),), Finished()),
    "cc_shimmy_double_data.sse": ((TextPart("Hi"),), Finished()),
    "cc_vertex_data_colon_keepalive.sse": (
        (Thought("Let me think."), TextPart("Done.")),
        Finished(),
    ),
    "ms_pause_turn.sse": (
        (TextPart("Let me search. "), Opaque(_SEARCH)),
        Finished("paused", Usage(3, 9)),
    ),
    "ms_refusal_details.sse": (
        (),
        Finished("refusal", Usage(3, 1), "This request was flagged by a cyber safeguard."),
    ),
    "rs_mcp_approval.sse": (
        (Opaque(_APPROVAL),),
        Finished(
            "unshown",
            None,
            "it asks for approval to run delete_file (server files), which cannot be given here",
        ),
    ),
    "rs_only_text_done.sse": ((TextPart("Hello there."),), Finished()),
    "rs_type_in_event_only.sse": ((TextPart("Hello"),), Finished()),
}


_REFUSED: dict[str, tuple[FailureKind, str]] = {
    "cc_groq_tool_use_failed.sse": (
        FailureKind.INVALID_OUTPUT,
        (
            "Failed to call a function. Please adjust your prompt. "
            "See 'failed_generation' for more details."
        ),
    ),
}


def test_every_reported_answer_is_expected() -> None:
    """No file lies about that no test looks at."""
    assert set(_NAMES) == _EXPECTED.keys() | _REFUSED.keys()


@pytest.mark.parametrize("name", _REFUSED)
def test_a_reported_refusal_is_read_however_it_is_cut(name: str) -> None:
    """What a server says within its stream is the kind of failure that it means."""
    for pieces in each_cut((_REPORTED / name).read_bytes()):
        end = read(name[:2], *pieces).end
        assert isinstance(end, Failed)
        assert (end.error.kind, end.error.detail) == _REFUSED[name]


@pytest.mark.parametrize("name", _EXPECTED)
def test_a_reported_answer_is_read(name: str) -> None:
    """The words, calls and reason are those that the server meant."""
    answer = _file(name)
    parts, end = _EXPECTED[name]
    assert answer.step is not None
    assert (answer.step.parts, answer.end) == (parts, end)


@pytest.mark.parametrize("name", _EXPECTED)
def test_a_reported_answer_is_read_however_it_is_cut(name: str) -> None:
    """Cut at each of its bytes, into single bytes, and with other line ends: the same."""
    stream, whole = (_REPORTED / name).read_bytes(), _file(name)
    for pieces in each_cut(stream):
        assert read(name[:2], *pieces) == whole
    for end in (b"\n", b"\r\n", b"\r"):
        other = stream.replace(b"\n", end)
        assert read(name[:2], *(other[at : at + 1] for at in range(len(other)))) == whole


# --- what stands in the place of messages ------------------------------------------------------

_LIFE = (
    *(b"data: : keepalive", b"data: ping", b"data: [PING]", b"data: keep-alive", b"data: null"),
    *(b"data: 1", b"data: true", b'data: "x"', b"data: []", b"data: {}", b"data:", b":", b": x"),
    *(b"event: ping", b"event: heartbeat\ndata: hello", b"\0\0\0", b"\xef\xbb\xbf", b"data: -1.5"),
    *(b'data: {"type": "keepalive"}', b"data: HEARTBEAT", b"data: OPENROUTER PROCESSING"),
    *(b"data: .", b"data: -", b"data: ...", b"data: ---", b"data: *", "data: …".encode()),
    *(b"data: keepalive 1", b"data: ping: 1764547200", b"data: heartbeat #12", b"data: (ping) 5s"),
    *(b"data: ping - 2026-11-30 10:00:00.5+00:00", b"data: 2026-01-01T00:00:00Z", b"data: ok"),
    *(b"data: 10:00:00", b"data: connected", "data: \u200b".encode()),
)


@pytest.mark.parametrize("life", _LIFE)
@pytest.mark.parametrize("name", ["cc_final_full_message.sse", "ms_pause_turn.sse"])
def test_signs_of_life_are_passed_over(name: str, life: bytes) -> None:
    """Whatever a server sends only to show that it lives changes nothing, wherever it stands."""
    stream = (_REPORTED / name).read_bytes()
    messages = stream.split(b"\n\n")
    between = (b"\n\n" + life + b"\n\n").join(messages)
    assert read(name[:2], life + b"\n\n" + between) == _file(name)


@pytest.mark.parametrize(
    "garbage",
    [
        *(b"data: Internal Server Error", b"data: pinging", b"data: hello", b"data: ping me"),
        *(b'data: {"choices":[{"del', b"data: {", b"data: [", b'data: "', b'data: [{"a":'),
        *(b"data: keepalive {", b'data: ping {"cho', b"data: 20 questions", b"data: - one"),
    ],
)
def test_what_may_be_words_is_no_sign_of_life(garbage: bytes) -> None:
    """A text that is neither JSON nor a known sign of life is a failure, never passed over."""
    stream = sse(says("a")) + garbage + b"\n\n" + sse(says("b"), _STOP) + _DONE
    answer = read("cc", stream)
    assert isinstance(answer.end, Failed)
    assert answer.end.error.kind is FailureKind.BAD_RESPONSE


@pytest.mark.parametrize(
    "junk",
    [
        *(b"\0" * 70, b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b" ", b"\t", b"\x01\x02"),
        *(b"\xe2\x80\x8b", b"\xc2\xa0", b"\0\xef\xbb\xbf "),
    ],
)
def test_a_message_behind_junk_is_read(junk: bytes) -> None:
    """NUL bytes, byte order marks and blanks before a line hide nothing of an answer."""
    lines = (sse(says("a"), says("b"), _STOP) + _DONE).split(b"\n\n")
    answer = read("cc", (b"\n\n" + junk).join(lines))
    assert (answer.text, answer.end) == ("ab", Finished())
    named = (_REPORTED / "rs_type_in_event_only.sse").read_bytes()
    assert read("rs", named.replace(b"event:", junk + b"event:")).text == "Hello"


@pytest.mark.parametrize(
    "line",
    [
        *(b"data:data:%s", b"data: data: %s", b"DATA: %s", b"data : %s", b"%s", b" %s"),
        *(b"dta: %s", b"xdata:%s", b"data\xff: %s"),
        *(b"event: message data: %s", b"data: [%s]", b"data: %s\0\0", b"data: \xef\xbb\xbf%s"),
    ],
)
def test_every_odd_way_to_write_a_message_is_read(line: bytes) -> None:
    """A message that is written oddly is read."""
    odd = line.replace(b"%s", json.dumps(says("x")).encode()) + b"\n\n"
    answer = read("cc", sse(ends(None)) + odd + sse(_STOP) + _DONE)
    assert (answer.text, answer.end) == ("x", Finished())


def test_a_message_within_a_text_is_read() -> None:
    """A chunk that was encoded twice is a chunk."""
    twice = json.dumps(json.dumps(says("x")))
    answer = read("cc", b"data: " + twice.encode() + b"\n\n" + sse(_STOP) + _DONE)
    assert (answer.text, answer.end) == ("x", Finished())


@pytest.mark.parametrize(
    "chunk",
    [
        {"error": {"message": "slow down", "code": 429}},
        {"choices": [{"delta": {}, "error": {"message": "slow down", "code": 429}}]},
        {"choices": [], "message": "slow down", "code": 429},
        {"errors": [{"message": "slow down", "code": 429}]},
        [{"error": {"message": "slow down", "code": 429}}],
    ],
)
def test_an_error_in_any_place_is_one(chunk: object) -> None:
    """An error object is found wherever servers put it, though a good reason came before."""
    answer = read("cc", sse(says("a"), chunk, _STOP) + _DONE)
    assert answer.text == "a"
    assert isinstance(answer.end, Failed)
    assert "slow down" in answer.end.error.detail


@pytest.mark.parametrize("kind", ["message_delta", "message_stop", "content_block_start"])
def test_an_error_beside_a_message_is_one(kind: str) -> None:
    """In Messages an error breaks the answer off whatever message it stands in."""
    broken = {"type": kind, "error": {"type": "overloaded_error", "message": "Overloaded"}}
    answer = read("ms", sse({"type": "message_start", "message": {}}, broken))
    assert isinstance(answer.end, Failed)
    assert answer.end.error.kind is FailureKind.OVERLOADED


# --- arguments -----------------------------------------------------------------------------------


def _chat_calls(pieces: Iterable[object]) -> bytes:
    return (
        sse(
            *(
                {
                    "choices": [
                        {
                            "delta": {
                                "tool_calls": [
                                    {
                                        "index": 0,
                                        "id": "c1",
                                        "function": {"name": "calculate", "arguments": piece},
                                    }
                                ]
                            }
                        }
                    ]
                }
                for piece in pieces
            ),
            ends("tool_calls"),
        )
        + _DONE
    )


def _messages_calls(pieces: Iterable[object]) -> bytes:
    block = {"type": "tool_use", "id": "c1", "name": "calculate", "input": {}}
    return sse(
        {"type": "message_start", "message": {}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "input_json_delta", "partial_json": piece},
            }
            for piece in pieces
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        {"type": "message_stop"},
    )


def _responses_calls(pieces: Iterable[object]) -> bytes:
    item = {"type": "function_call", "call_id": "c1", "name": "calculate", "arguments": ""}
    return sse(
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        *(
            {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": piece}
            for piece in pieces
        ),
        {"type": "response.completed", "response": {"status": "completed", "output": []}},
    )


_WAYS: dict[str, Callable[[Iterable[object]], bytes]] = {
    "cc": _chat_calls,
    "ms": _messages_calls,
    "rs": _responses_calls,
}


@pytest.mark.parametrize("kind", _WAYS)
@pytest.mark.parametrize(
    ("pieces", "arguments"),
    [
        (['{"a', '{"a":"6', '{"a":"6*7"}'], '{"a":"6*7"}'),
        (['{"a', '{ "a": "6', '{"a":"6*7"}'], '{"a":"6*7"}'),
        (['{"a":\n "6', '{"a": "6*', '{\n  "a": "6*7"\n}'], '{\n  "a": "6*7"\n}'),
        (['{"a', '":1', "}", '{"a":1}'], '{"a":1}'),
        (['{"a":1}', '{"a":1}'], '{"a":1}'),
        (["{", '{"a"', '{"a":{"a":1}}'], '{"a":{"a":1}}'),
        # More of them, though it begins with what came: objects in an object.
        (['{"a":', '{"a":1}', "}"], '{"a":{"a":1}}'),
        (['{"a":', '{"a":', '{"a":1}}}'], '{"a":{"a":{"a":1}}}'),
        (['{"a":[', '{"a":[', "]}]}"], '{"a":[{"a":[]}]}'),
        (["", '{"a":"', "{", '"}'], '{"a":"{"}'),
    ],
)
def test_repeated_arguments_are_told_once(kind: str, pieces: list[str], arguments: str) -> None:
    """A piece that begins with all that came replaces it; an object within itself stays one."""
    answer = read(kind, _WAYS[kind](pieces))
    assert answer.step is not None
    assert answer.step.calls == (ToolCall("c1", "calculate", arguments),)


_OBJECTS = st.recursive(
    st.integers() | st.text('ab{}"\\ ', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab{", max_size=2), inner),
    max_leaves=6,
).map(lambda value: json.dumps({"a": value}))


@given(_OBJECTS, st.data(), st.sampled_from(sorted(_WAYS)))
def test_arguments_are_whole_however_they_come(whole: str, data: st.DataObject, kind: str) -> None:
    """In pieces, or repeated from the beginning in each piece: the same arguments."""
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole)), max_size=5)) | {len(whole)})
    pieces = [whole[a:b] for a, b in zip([0, *cuts], cuts, strict=False)]
    grown = [whole[:cut] for cut in cuts]
    for way in (pieces, grown):
        answer = read(kind, _WAYS[kind](way))
        assert answer.step is not None
        (call,) = answer.step.calls
        assert call.arguments == whole


def test_arguments_that_began_as_an_empty_object() -> None:
    """`{}` before the arguments of the same call is a beginning, and no call of its own."""
    answer = read("cc", _chat_calls(["{}", '{"a":', "1}"]))
    assert answer.step is not None
    assert answer.step.calls == (ToolCall("c1", "calculate", '{"a":1}'),)


@pytest.mark.parametrize(
    "stub",
    [
        {"function_call": {"name": "", "arguments": ""}},
        {"function_call": {"name": None, "arguments": None}},
        {"function_call": {}},
        {"tool_calls": [{"index": 0, "function": {"name": "", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"name": "", "arguments": "{}"}}]},
        {"tool_calls": [{}]},
    ],
)
def test_a_stub_is_no_call(stub: dict[str, object]) -> None:
    """What has neither name nor id nor arguments calls nothing."""
    chunk = {"choices": [{"delta": stub, "finish_reason": "stop"}]}
    answer = read("cc", sse(says("ok"), chunk) + _DONE)
    assert (answer.step, answer.end) == (Step((TextPart("ok"),), "here"), Finished())


@pytest.mark.parametrize(
    "name",
    [
        "clock<|channel|>commentary",
        "clock<|constrain|>json",
        "functions.clock",
        "functions.clock<|channel|>commentary",
        "<|channel|>commentary to=functions.clock",
        " clock\n",
        "clock",
    ],
)
def test_the_name_of_a_tool_ends_where_its_channel_begins(name: str) -> None:
    """What the channel of a harmony model says around a name is no part of it."""
    for kind, way in _WAYS.items():
        answer = read(kind, way(['{"a":1}']).replace(b'"calculate"', json.dumps(name).encode()))
        assert answer.step is not None
        assert [call.name for call in answer.step.calls] == ["clock"]


# --- whole messages in a stream ------------------------------------------------------------------


def _whole(**message: object) -> dict[str, object]:
    said = {"role": "assistant", **message}
    return {"object": "chat.completion", "choices": [{"message": said, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    ("chunks", "parts"),
    [
        ([says("Os"), says("lo"), _whole(content="Oslo")], (TextPart("Oslo"),)),
        ([says(" Os"), says("lo\n"), _whole(content="Oslo")], (TextPart(" Oslo\n"),)),
        ([says("Os"), _whole(content="Oslo.")], (TextPart("Oslo."),)),
        ([says("Oslo"), _whole(content="It is Oslo")], (TextPart("Oslo"),)),
        ([_whole(content="Oslo")], (TextPart("Oslo"),)),
        (
            [_whole(content="Oslo", reasoning_content="Hm.")],
            (Thought("Hm."), TextPart("Oslo")),
        ),
        (
            [
                {"choices": [{"delta": {"reasoning": "Hm."}}]},
                _whole(content="Oslo", reasoning_content="Hm."),
            ],
            (Thought("Hm."), TextPart("Oslo")),
        ),
        (
            [says("<think>Hm.</think>Os"), _whole(content="Oslo")],
            (Thought("Hm."), TextPart("Oslo")),
        ),
        (
            [{"choices": [{"delta": {}, "message": {"content": "Oslo"}, "finish_reason": "stop"}]}],
            (TextPart("Oslo"),),
        ),
        (
            [
                {"choices": [{"delta": {"content": "Os"}, "message": {"content": "Os"}}]},
                {"choices": [{"delta": {"content": "lo"}, "message": {"content": "Oslo"}}]},
                _STOP,
            ],
            (TextPart("Oslo"),),
        ),
        (
            [
                {"choices": [{"message": {"content": "Os"}}]},
                {"choices": [{"message": {"content": "lo"}}]},
                _STOP,
            ],
            (TextPart("Oslo"),),
        ),
        (
            [_whole(content=[{"type": "text", "text": "Oslo"}])],
            (TextPart("Oslo"),),
        ),
        (
            [
                says("The capital "),
                says("is Oslo."),
                says("The capital is Oslo.", "stop"),
            ],
            (TextPart("The capital is Oslo."),),
        ),
        (
            [says("Ha, "), says("ha. "), says("Ha, ha. ", "stop")],
            (TextPart("Ha, ha. Ha, ha. "),),
        ),
        (
            [says("Row, row, row.\n"), says("Row, row, row.\n", "stop")],
            (TextPart("Row, row, row.\nRow, row, row.\n"),),
        ),
        (
            [
                says("Row, row, ", "null"),
                says("row.\n"),
                says("Row, row, row.\n", "null"),
                _STOP,
            ],
            (TextPart("Row, row, row.\nRow, row, row.\n"),),
        ),
    ],
)
def test_a_whole_message_says_what_was_not_said(
    chunks: list[object], parts: tuple[object, ...]
) -> None:
    """Of a whole message only what the deltas did not bring is said, and that is."""
    answer = read("cc", sse(*chunks) + _DONE)
    assert answer.step is not None
    assert (answer.step.parts, answer.end) == (parts, Finished())


def test_the_calls_of_a_whole_message() -> None:
    """Its calls are those that came in pieces, completed, and what it has beyond them."""
    one = {"id": "c1", "function": {"name": "calculate", "arguments": '{"a":1}'}}
    two = {"id": "c2", "function": {"name": "clock", "arguments": "{}"}}
    begun = {"index": 0, "id": "c1", "function": {"name": "calculate", "arguments": '{"a'}}
    calls = (ToolCall("c1", "calculate", '{"a":1}'), ToolCall("c2", "clock", "{}"))
    for deltas in ([], [begun], [{"index": 0, **one}], [{"index": 0, **one}, {"index": 1, **two}]):
        delta = {"choices": [{"delta": {"tool_calls": deltas}}]}
        answer = read("cc", sse(delta, _whole(content=None, tool_calls=[one, two])) + _DONE)
        assert answer.step is not None
        assert answer.step.calls == calls


def test_words_that_stand_only_where_something_is_done() -> None:
    """In Responses and Messages, too, what no delta brought is said by the end of a part."""
    place = {"output_index": 0, "content_index": 0}
    done = {"type": "response.output_text.done", **place, "text": "Hello"}
    delta = {"type": "response.output_text.delta", **place, "delta": "Hel"}
    part = {"type": "response.content_part.done", **place, "part": {"type": "output_text"}}
    part["part"] = {"type": "output_text", "text": "Hello"}
    more = {**done, "content_index": 1, "text": " there"}
    end = {"type": "response.completed", "response": {"status": "completed", "output": []}}
    for chunks, text in (
        ([done], "Hello"),
        ([delta, done, part], "Hello"),
        ([part, done], "Hello"),
        ([delta, done, more], "Hello there"),
        ([done, more, more], "Hello there"),
    ):
        answer = read("rs", sse(*chunks, end))
        assert (answer.text, answer.end) == (text, Finished())
    refused = {"type": "response.refusal.done", **place, "refusal": "No."}
    answer = read("rs", sse(refused, end))
    assert (answer.text, answer.end) == ("No.", Finished("refusal"))
    stop = {"type": "content_block_stop", "index": 0, "content_block": {"type": "text"}}
    stop["content_block"] = {"type": "text", "text": "Hello"}
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}}
    last = {"type": "message_stop"}
    for blocks in ([start, stop, last], [stop, last]):
        answer = read("ms", sse({"type": "message_start", "message": {}}, *blocks))
        assert (answer.text, answer.end) == ("Hello", Finished())
    message = {"content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn"}
    answer = read("ms", sse({"type": "message_start"}, {**last, "message": message}))
    assert (answer.text, answer.end) == ("Hello", Finished())


def test_output_text_beside_an_empty_output() -> None:
    """The words of a response may stand in `output_text` alone."""
    response = {"status": "completed", "output": [], "output_text": "Hello"}
    end = {"type": "response.completed", "response": response}
    assert read("rs", sse(end)).text == "Hello"
    assert read("rs", json.dumps(response).encode()).text == "Hello"
    del response["output"]
    assert read("rs", json.dumps(response).encode()).text == "Hello"
    delta = {"type": "response.output_text.delta", "delta": "Hello"}
    assert read("rs", sse(delta, end)).text == "Hello"


# --- reasons -------------------------------------------------------------------------------------


def _messages_said(*words: str, reasons: bool) -> bytes:
    begun = {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}}
    reason = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    said = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
        for word in words
    ]
    chunks = [chunk for delta in said for chunk in ([delta, reason] if reasons else [delta])]
    return sse({"type": "message_start", "message": {}}, begun, *chunks)


def test_a_reason_on_every_chunk_ends_nothing() -> None:
    """While the answer goes on, nobody waits for its end; what ends it is its end."""
    decoder = ChatCompletionsDecoder()
    for word in ("a", "b", "c"):
        decoder.decode(sse(says(word, "stop")))
        assert not decoder.finishing
    decoder.decode(sse(_STOP))
    assert not decoder.finishing, "a reason that was taken back once proves nothing"
    messages = MessagesDecoder()
    for piece in _messages_said("a", "b", "c", reasons=True).split(b"\n\n")[:-2]:
        messages.decode(piece + b"\n\n")
    assert not messages.finishing
    answer = read("cc", sse(says("a", "stop"), says("b", "stop")) + _DONE)
    assert (answer.text, answer.end) == ("ab", Finished())


def test_the_end_is_awaited_behind_a_reason_that_came_alone() -> None:
    """A reason behind the last words is an end, until the answer goes on."""
    decoder = ChatCompletionsDecoder()
    decoder.decode(sse(says("a"), _STOP))
    assert decoder.finishing
    decoder.decode(sse({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}))
    assert decoder.finishing
    decoder.decode(sse(says("b")))
    assert not decoder.finishing


def test_calls_behind_the_reason_are_calls() -> None:
    """A call that comes after the reason is part of the answer, with or without `[DONE]`."""
    stream = sse(ends("tool_calls")) + _chat_calls(['{"a":1}']).split(b"\n\n")[0] + b"\n\n"
    for end in (b"", _DONE):
        answer = read("cc", stream + end)
        assert answer.step is not None
        assert answer.step.calls == (ToolCall("c1", "calculate", '{"a":1}'),)
        assert answer.end == Finished()


@pytest.mark.parametrize("kind", ["cc", "ms"])
def test_a_reason_in_the_middle_does_not_make_an_answer_whole(kind: str) -> None:
    """Words behind the last reason, and then no end: the answer broke off."""
    if kind == "cc":
        stream = sse(says("a", "stop"), says("b"))
        reasons = sse(says("a", "stop"), says("b", "stop"))
    else:
        stream = (
            _messages_said("a", reasons=True)
            + _messages_said("b", reasons=False).split(b"\n\n")[2]
            + b"\n\n"
        )
        reasons = _messages_said("a", "b", reasons=True)
    answer = read(kind, stream)
    assert answer.text == "ab"
    assert isinstance(answer.end, Failed)
    assert answer.end.error.kind is FailureKind.ENDED_EARLY
    assert read(kind, reasons).end == Finished()
    torn = read(kind, reasons, torn=True)
    assert torn.text == "ab"
    assert isinstance(torn.end, Failed)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        *(("STOP", "stop"), ("end_turn", "stop"), ("eos", "stop"), ("COMPLETE", "stop")),
        *(("FinishReason.STOP", "stop"), ("FINISH_REASON_STOP", "stop"), (" stop ", "stop")),
        *(("MAX_TOKENS", "length"), ("length", "length"), ("max_output_tokens", "length")),
        *(("model_context_window_exceeded", "length"), ("Length", "length")),
        *(("SAFETY", "content_filter"), ("RECITATION", "content_filter")),
        *(("content_filter", "content_filter"), ("PROHIBITED_CONTENT", "content_filter")),
        *(("MALFORMED_FUNCTION_CALL", "malformed_call"), ("refusal", "refusal")),
        *(("pause_turn", "paused"), ("PAUSE_TURN", "paused")),
        *(("OTHER", "other"), ("moon_phase", "other"), ("tool_calls", "other")),
    ],
)
def test_reasons_are_known_in_every_spelling(said: str, reason: str) -> None:
    """A server's word means the same in every case, in both protocols that have one."""
    chat = read("cc", sse(says("a"), ends(said)) + _DONE).end
    words = _messages_said("a", reasons=True).replace(b"end_turn", said.encode())
    messages = read("ms", words + sse({"type": "message_stop"})).end
    for end in (chat, messages):
        assert isinstance(end, Finished)
        assert end.reason == reason
        assert (mark_of_end(end) == "") is (reason == "stop")


@pytest.mark.parametrize("said", ["null", "None", "", None, 7, [], {"a": 1}])
def test_what_is_no_reason_is_none(said: object) -> None:
    """A word for "no reason yet" ends nothing."""
    chunk = {"choices": [{"delta": {}, "finish_reason": said}]}
    decoder = ChatCompletionsDecoder()
    decoder.decode(sse(says("a"), chunk))
    assert not decoder.finishing
    assert isinstance(read("cc", sse(says("a"), chunk)).end, Failed)


def test_the_mark_says_why() -> None:
    """Below the text stands why it ends there, with the server's own words where it has any."""
    assert mark_of_end(_file("ms_refusal_details.sse").end) == (
        "✂ The model refused to answer: This request was flagged by a cyber safeguard."
    )
    assert mark_of_end(_file("cc_malformed_function_call.sse").end) == (
        "✂ The model tried to use a tool, but its call could not be read."
    )
    assert mark_of_end(_file("rs_mcp_approval.sse").end) == (
        "✂ A part of the answer cannot be shown here: it asks for approval to run delete_file "
        "(server files), which cannot be given here"
    )
    refusal = {"stop_reason": "refusal"}
    category = {"stop_details": {"category": "cyber", "explanation": None}}
    for said in ({"delta": refusal | category}, {"delta": refusal, **category}):
        messages = [{"type": "message_start", "message": {}}, {"type": "message_delta", **said}]
        refused = read("ms", sse(*messages, {"type": "message_stop"})).end
        assert mark_of_end(refused) == "✂ The model refused to answer: cyber"
    other = read("cc", sse(says("a"), ends("OTHER")) + _DONE).end
    assert mark_of_end(other) == "✂ The model's server ended the answer early: other"
    gemini = ends("SAFETY", finish_message="Blocked.")
    filtered = read("cc", sse(says("a"), gemini) + _DONE).end
    assert mark_of_end(filtered) == "✂ The provider's content filter ended the answer: Blocked."


@pytest.mark.parametrize(
    ("text", "shown", "reason"),
    [
        ('Let me look.<tool_call>{"name":"x"}</tool_call>', "Let me look.", "malformed_call"),
        ("commentaryI look.assistantcommentary to=a.b json{}", "I look.", "malformed_call"),
        ("analysisX.assistantcommentary to=a.b json{}assistantfinalYes.", "Yes.", "stop"),
        ('So:\n<tool_call>{"name":"x"}</tool_call>\nIs one.', None, "stop"),
        # Nothing was said: an empty answer, which the agent asks for again.
        ('<tool_call>{"name":"x"}</tool_call>', "", "stop"),
    ],
)
def test_an_answer_that_ends_with_a_leaked_call_is_not_whole(
    text: str, shown: str | None, reason: str
) -> None:
    """A call that nobody will answer is not shown, and the words before it are no whole answer."""
    answer = read("cc", sse(says(text), _STOP) + _DONE)
    assert answer.text == (text if shown is None else shown)
    assert isinstance(answer.end, Finished)
    assert answer.end.reason == reason


def test_an_explanation_is_one_line_without_secrets() -> None:
    """A server's explanation can be shown: no key, no control characters, not too long."""
    said = "key secret-key-1234\x1b[31m\n" + "x" * 999
    end = read("cc", sse(ends("refusal", finish_message=said)) + _DONE).end
    assert isinstance(end, Finished)
    assert end.detail.startswith("key [key] [31m xxx")
    assert len(end.detail) == 300


def test_the_vendors_own_word_is_heard_behind_a_gateway() -> None:
    """A gateway that calls everything "stop" does not make a broken answer look whole."""
    for native, reason in (
        ("MALFORMED_FUNCTION_CALL", "malformed_call"),
        ("MAX_TOKENS", "length"),
        ("STOP", "stop"),
        ("completed", "stop"),
        ("moon_phase", "stop"),
    ):
        end = read(
            "cc",
            sse(says("a"), ends("stop", native_finish_reason=native)) + _DONE,
        ).end
        assert isinstance(end, Finished)
        assert end.reason == reason


@pytest.mark.parametrize(
    "reason", ["error", "network_error", "abort", "insufficient_system_resource"]
)
@pytest.mark.parametrize("kind", ["cc", "ms"])
def test_reasons_of_broken_answers_are_failures(kind: str, reason: str) -> None:
    """A server that says that it broke off is believed."""
    if kind == "cc":
        stream = sse(says("a"), ends(reason)) + _DONE
    else:
        stream = _messages_said("a", reasons=True).replace(b"end_turn", reason.encode())
    answer = read(kind, stream)
    assert answer.text == "a"
    assert isinstance(answer.end, Failed)
    assert answer.end.error.kind is FailureKind.OVERLOADED


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("computer_call", "it asks to use a computer"),
        ("image_generation_call", "an image"),
        ("custom_tool_call", "it asks for the tool delete_file, which is not known here"),
        ("hologram", "it is of the kind hologram"),
    ],
)
def test_an_item_that_cannot_be_shown_is_named(kind: str, words: str) -> None:
    """An answer that is nothing else says what it was; so does one that waits for an answer."""
    item = {"type": kind, "id": "x", "name": "delete_file"}
    end = {"type": "response.completed", "response": {"status": "completed", "output": [item]}}
    answer = read("rs", sse(end))
    assert answer.end == Finished("unshown", None, words)
    message = {"type": "message", "role": "assistant", "content": "ok"}
    both = {"status": "completed", "output": [message, item]}
    spoken = read("rs", sse({"type": "response.completed", "response": both}))
    assert spoken.text == "ok"
    reason = "stop" if kind == "hologram" else "unshown"
    assert isinstance(spoken.end, Finished)
    assert spoken.end.reason == reason
