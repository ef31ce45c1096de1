"""The decoder of Anthropic Messages, on transcripts of every quirk we know."""

from __future__ import annotations

import pytest
from cuts import each_cut
from messages_answers import OWN, comparable, decode, fold, parts_of, stream_of

from tickertape.conversation import Opaque, Part, Step, TextPart, Thought, ToolCall
from tickertape.errors import FailureKind
from tickertape.events import Failed, Finished, ReasoningDelta, Restarted, TextDelta, Usage
from tickertape.providers import sse
from tickertape.providers.messages import MessagesDecoder

_STOP = Finished("stop", Usage(12, 7))
_OK = (TextPart("ok"),)
_ADD = ToolCall("toolu_1", "add", '{"a":1}')
_SEARCH = Opaque(
    '{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"tide"}}'
)


def _thought(text: str, signature: str = "s") -> Thought:
    raw = f'{{"type":"thinking","thinking":"{text}","signature":"{signature}"}}'
    return Thought(text, raw)


# For each name the parts of the step and the end. What is said is what the parts are.
_WHOLE: dict[str, tuple[tuple[Part, ...], Finished]] = {
    "plain.sse": ((TextPart("Good morning, Zoë 👋"),), _STOP),
    "no_event_lines.sse": ((TextPart("Good morning, Zoë 👋"),), _STOP),
    "pings_and_comments.sse": (_OK, _STOP),
    "message_after_the_end.sse": (_OK, _STOP),
    "done_after_the_end.sse": (_OK, _STOP),
    "done_without_message_stop.sse": (_OK, _STOP),
    "done_without_stop_reason.sse": (_OK, Finished("stop", Usage(12, 1))),
    "message_stop_without_reason.sse": (_OK, Finished("stop", Usage(12, 1))),
    "no_message_stop.sse": (_OK, _STOP),
    "nothing_said.sse": ((), Finished("stop", Usage(12, 2))),
    "thinking.sse": ((_thought("Let me see.", "EqQBsig=="), *_OK), _STOP),
    "thinking_omitted.sse": ((_thought("", "EqQBsig=="), *_OK), _STOP),
    "thinking_redacted.sse": (
        (Thought("", '{"type":"redacted_thinking","data":"EmwKAhgB=="}'), *_OK),
        _STOP,
    ),
    "thinking_with_token_estimate.sse": ((_thought("Hm."), *_OK), _STOP),
    "think_tags_in_text.sse": ((Thought("Let me see."), *_OK), _STOP),
    "call.sse": ((TextPart("I add."), ToolCall("toolu_1", "add", '{"a": 1, "b": 2}')), _STOP),
    "call_without_arguments.sse": ((ToolCall("toolu_1", "now", "{}"),), _STOP),
    "call_whole_in_start.sse": ((ToolCall("toolu_1", "add", '{"a":1,"b":2}'),), _STOP),
    "call_start_without_input.sse": ((ToolCall("Xk29vQmZ", "add", '{"a":1}'),), _STOP),
    "call_input_as_object.sse": ((_ADD,), _STOP),
    "call_started_twice.sse": ((_ADD,), _STOP),
    "call_with_caller.sse": (
        (
            ToolCall(
                "toolu_1",
                "add",
                '{"a":1}',
                '{"type":"tool_use","id":"toolu_1","name":"add",'
                '"caller":{"type":"code_execution_20260120","tool_id":"srvtoolu_1"}}',
            ),
        ),
        _STOP,
    ),
    "calls_in_parallel.sse": ((_ADD, ToolCall("toolu_2", "add", '{"b":2}')), _STOP),
    "calls_with_one_id.sse": (
        (ToolCall("call_0", "add", '{"a":1}'), ToolCall("call_0_2", "add", '{"a":2}')),
        _STOP,
    ),
    "call_without_id.sse": ((ToolCall("call_0", "add", '{"a":1}'),), _STOP),
    "call_cut_by_length.sse": (
        (ToolCall("toolu_1", "add", '{"a": 1, "b'),),
        Finished("length", Usage(12, 7)),
    ),
    "call_begun_at_length.sse": (
        (ToolCall("toolu_1", "add", ""),),
        Finished("length", Usage(12, 7)),
    ),
    "call_with_end_turn.sse": ((_ADD,), _STOP),
    "refusal.sse": ((), Finished("refusal", Usage(12, 5), "no")),
    "refusal_in_the_middle.sse": ((TextPart("First, take"),), Finished("refusal", Usage(12, 7))),
    "length.sse": ((TextPart("and so on and"),), Finished("length", Usage(12, 7))),
    "context_window_exceeded.sse": (_OK, Finished("length", Usage(12, 7))),
    "stop_sequence.sse": (_OK, _STOP),
    "unknown_reason.sse": (_OK, Finished("other", Usage(12, 7), "sunset")),
    "pause_turn.sse": ((TextPart("I look."), _SEARCH), Finished("paused", Usage(12, 7))),
    "server_tool_with_citations.sse": (
        (
            _SEARCH,
            Opaque(
                '{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":['
                '{"type":"web_search_result","title":"Tides","url":"https://tides.example",'
                '"encrypted_content":"Eq4B","page_age":null}]}'
            ),
            TextPart(
                "At seven.",
                '{"type":"text","text":"At seven.","citations":['
                '{"type":"web_search_result_location","cited_text":"High tide at 7.",'
                '"url":"https://tides.example","title":"Tides","encrypted_index":"Eo8B"}]}',
            ),
        ),
        Finished("stop", Usage(200, 9)),
    ),
    "unknown_everything.sse": (
        (
            Opaque('{"type":"hologram","seed":[1,2],"pixels":"ab","text":"not for readers"}'),
            *_OK,
        ),
        _STOP,
    ),
    "overlapping_blocks.sse": ((_thought("Hm. So.", ""), *_OK), _STOP),
    "no_index.sse": (
        (_thought("Hm."), *_OK, _ADD, ToolCall("toolu_2", "add", '{"a":2}')),
        _STOP,
    ),
    "index_used_twice.sse": ((_thought("Hm.", ""), _ADD), _STOP),
    "block_started_at_every_word.sse": ((TextPart("Hello World!"),), _STOP),
    "no_block_start.sse": (_OK, _STOP),
    "no_block_stop.sse": ((_thought("Hm."), *_OK, _ADD), _STOP),
    "text_in_block_start.sse": ((_thought("Hm."), *_OK), _STOP),
    "content_in_message_start.sse": (_OK, _STOP),
    "second_message_start_at_once.sse": (_OK, Finished("stop", Usage(12, 227))),
    "second_message_start_later.sse": (_OK, Finished("stop", Usage(20, 7))),
    "second_message_start_after_call.sse": (_OK, _STOP),
    "usage_with_cache.sse": (_OK, Finished("stop", Usage(123, 9, 100))),
    "usage_zero_at_the_end.sse": (_OK, _STOP),
    "usage_only_at_the_end.sse": (_OK, _STOP),
    "no_usage.sse": (_OK, Finished("stop")),
    "windows_lines_and_mark.sse": (_OK, _STOP),
    "carriage_returns.sse": (_OK, _STOP),
    "no_space_after_colon.sse": (_OK, _STOP),
    "no_blank_lines.sse": (_OK, _STOP),
    "no_last_newline.sse": (_OK, _STOP),
    "raw_control_character.sse": ((TextPart("o\tk"),), _STOP),
    "broken_utf8.sse": ((TextPart("o\ufffdk"),), _STOP),
    "half_surrogate_pair.sse": ((TextPart("ok?"),), _STOP),
    "one_message.json": ((_thought("Hm."), TextPart("Good morning"), _ADD), _STOP),
    "one_message_as_event.sse": ((_thought("Hm."), TextPart("Good morning"), _ADD), _STOP),
    "one_message_of_words.json": (_OK, Finished("stop")),
    "not_an_object.sse": (_OK, _STOP),
}
# For each name the text, the kind of the failure and words of its detail.
_BROKEN: dict[str, tuple[str, FailureKind, str]] = {
    "empty.sse": ("", FailureKind.ENDED_EARLY, "without its end"),
    "ends_early.sse": ("The first half", FailureKind.ENDED_EARLY, "without its end"),
    "ends_after_message_start.sse": ("", FailureKind.ENDED_EARLY, "without its end"),
    "ends_inside_message.sse": ("The first half", FailureKind.ENDED_EARLY, "without its end"),
    "ends_inside_call.sse": ("", FailureKind.ENDED_EARLY, "without its end"),
    "only_done.sse": ("", FailureKind.ENDED_EARLY, "without an answer"),
    "only_message_stop.sse": ("", FailureKind.ENDED_EARLY, "without an answer"),
    "one_message_torn.json": ("", FailureKind.ENDED_EARLY, "inside its JSON"),
    "overloaded.sse": ("The first", FailureKind.OVERLOADED, "Overloaded"),
    "error_event.sse": ("The first", FailureKind.RATE_LIMIT, "Slow down"),
    "error_without_type.sse": ("The first", FailureKind.OVERLOADED, "slot was lost"),
    "error_without_event_line.sse": ("The first", FailureKind.OVERLOADED, "Overloaded"),
    "error_as_text.sse": ("The first", FailureKind.OVERLOADED, "upstream went away"),
    "error_detail.sse": ("", FailureKind.REFUSED_PARAMETER, "no such model"),
    "error_with_tag_held_back.sse": ("a <thi", FailureKind.OVERLOADED, "Internal"),
    "malformed_message.sse": ("ok", FailureKind.BAD_RESPONSE, "a message that is none"),
    "page.html": ("", FailureKind.BAD_RESPONSE, "HTML"),
    "one_error.json": ("", FailureKind.CONTEXT_OVERFLOW, "prompt is too long"),
    "one_error_in_a_list.json": ("", FailureKind.RATE_LIMIT, "Too many"),
    "one_object_of_something_else.json": ("", FailureKind.BAD_RESPONSE, "no answer"),
}


def test_every_messages_transcript_is_expected() -> None:
    """No transcript lies about that no test looks at."""
    assert {path.name for path in OWN.iterdir()} == _WHOLE.keys() | _BROKEN.keys()


@pytest.mark.parametrize("name", _WHOLE)
def test_an_answer_is_read_and_recorded(name: str) -> None:
    """Text, thoughts, calls, finish reason and usage come out of each dialect."""
    answer = fold(decode(stream_of(name)))
    assert (answer.parts, answer.end) == _WHOLE[name]
    assert answer.text == Step(answer.parts).text


@pytest.mark.parametrize("name", _BROKEN)
def test_a_broken_answer_fails_once(name: str) -> None:
    """What came before a failure is kept, and the failure says what it is."""
    text, kind, words = _BROKEN[name]
    answer = fold(decode(stream_of(name)))
    assert answer.text == text
    assert isinstance(answer.end, Failed)
    assert answer.end.error.kind == kind
    assert words in answer.end.error.detail


@pytest.mark.parametrize("name", [*_WHOLE, *_BROKEN])
def test_no_cut_changes_anything(name: str) -> None:
    """Each transcript, cut at each of its bytes, and into single bytes, gives the same events."""
    stream = stream_of(name)
    whole = comparable(decode(stream))
    for pieces in each_cut(stream):
        assert comparable(decode(*pieces)) == whole


def test_json_instead_of_a_stream_is_an_answer() -> None:
    """Quirk 4: a whole message where a stream was asked for says what the stream would say."""
    assert decode(stream_of("one_message.json"))[:2] == [
        ReasoningDelta("Hm."),
        TextDelta("Good morning"),
    ]


@pytest.mark.parametrize("name", ["ends_early.sse", "ends_inside_message.sse"])
def test_an_end_without_an_end_is_no_answer(name: str) -> None:
    """Quirk 11: a stream that just ends was cut, and nothing of it is recorded."""
    assert [type(event) for event in decode(stream_of(name))] == [TextDelta, Failed]


def test_finishing_is_between_the_reason_and_the_end() -> None:
    """Quirk 12: once a stop reason came, the end itself may be missing."""
    stream = stream_of("no_message_stop.sse")
    at = stream.index(b"event: message_delta")
    decoder = MessagesDecoder()
    seen = []
    for piece in (stream[:at], stream[at:]):
        decoder.decode(piece)
        seen.append((decoder.finishing, decoder.ended))
    assert decoder.flush()[-1] == _STOP
    assert seen == [(False, False), (True, False)]
    assert (decoder.finishing, decoder.ended) == (False, True)


@pytest.mark.parametrize("noise", [b": hello\n\n", b"event: ping\ndata: {}\n\n", b"\n\n"])
def test_signs_of_life_say_nothing(noise: bytes) -> None:
    """Quirk 13: comments and pings are no events of ours."""
    assert MessagesDecoder().decode(noise) == []


def test_overloaded_inside_a_success_is_overloaded() -> None:
    """Quirks 16 and 17: an error event after HTTP 200 fails by its type, whatever the status."""
    end = decode(stream_of("overloaded.sse"))[-1]
    assert isinstance(end, Failed)
    assert (end.error.kind, end.error.status) == (FailureKind.OVERLOADED, None)


def test_a_call_that_ran_into_the_length_is_not_mended() -> None:
    """Quirks 21 and 22: arguments stay as they came; none at all are {} only if all came."""
    assert parts_of("call_without_arguments.sse") == (ToolCall("toolu_1", "now", "{}"),)
    assert parts_of("call_begun_at_length.sse") == (ToolCall("toolu_1", "add", ""),)


def test_tagged_thoughts_are_thoughts() -> None:
    """Quirks 23 and 24: thinking is thinking, in a block of its own or as tags in the text."""
    assert decode(stream_of("think_tags_in_text.sse"))[:2] == [
        ReasoningDelta("Let me see."),
        TextDelta("ok"),
    ]


def test_a_signature_may_come_with_the_thought() -> None:
    """Quirk 27: a proxy that joins the last thought and its signature loses neither."""
    joined = stream_of("thinking.sse").replace(
        b'"thinking":"see."', b'"thinking":"!","signature":"x"'
    )
    unsigned = joined.replace(b"signature_delta", b"ping").replace(b'"signature":"EqQBsig=="', b"")
    stream = unsigned.replace(b'{"type":"ping",}', b'{"type":"ping"}')
    assert fold(decode(stream)).parts == (_thought("Let me !", "x"), *_OK)


def test_a_template_may_have_opened_a_thought() -> None:
    """Quirk 24: where the template opens the thought, text up to its end is thinking."""
    decoder = MessagesDecoder(thinking=True)
    stream = stream_of("plain.sse").replace(b"Good morning, ", b"Hm.</think>")
    said = decoder.decode(stream)
    assert said[:2] == [ReasoningDelta("Hm."), TextDelta("Zoë 👋")]


def test_a_message_that_begins_twice_at_once_begins() -> None:
    """Quirk 32: a second beginning before anything was said voids nothing."""
    assert decode(stream_of("second_message_start_at_once.sse"))[0] == TextDelta("ok")


@pytest.mark.parametrize(
    "name", ["second_message_start_later.sse", "second_message_start_after_call.sse"]
)
def test_a_message_that_begins_again_voids_the_first(name: str) -> None:
    """Quirk 32: two answers are never spliced; the first is void, for readers and on record."""
    events = decode(stream_of(name))
    assert events.count(Restarted()) == 1
    assert events[events.index(Restarted()) + 1] == TextDelta("ok")
    assert fold(events).parts == _OK


def test_the_unknown_is_kept_or_passed_over() -> None:
    """Quirk 36: unknown blocks are kept for their server; other unknown things say nothing."""
    events = decode(stream_of("unknown_everything.sse"))
    assert events[0] == TextDelta("ok")


def test_a_secret_is_not_told() -> None:
    """A key that the server repeats is in no error, in a stream or in what is no stream."""
    for stream in (
        b'event: error\ndata: {"error":{"message":"bad key hunter2hunter2"}}\n\n',
        b'data: {"type" hunter2hunter2}\n\n',
        b'{"sorry":"hunter2hunter2"}',
    ):
        end = decode(stream, secret="hunter2hunter2")[-1]
        assert isinstance(end, Failed)
        assert "hunter2" not in str(end.error)


@pytest.mark.parametrize(
    "stream",
    [
        b'data: {"type":"content_block_start","content_block":{"type":"x","a":%s}}\n\n',
        b'data: {"type":"content_block_delta","index":0,"delta":{"partial_json":%s}}\n\n',
        b'{"type":"message","content":[{"type":"x","a":%s}]}',
        b'{"error":%s}',
    ],
)
@pytest.mark.parametrize("depth", [10, 900, 960, 970, 980, 990, 1000, 100_000])
def test_depth_is_survived(stream: bytes, depth: int) -> None:
    """JSON that is nested however deeply ends the answer once, and raises nothing."""
    fold(decode(stream % (b"[" * depth + b"]" * depth)))


def test_an_endless_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a line nor JSON may go on for ever."""
    monkeypatch.setattr(sse, "LINE_LIMIT", 100)
    for stream in (b"data: " + b"x" * 200, b"{" + b"x" * 200):
        end = decode(stream)[-1]
        assert isinstance(end, Failed)
        assert end.error.kind == FailureKind.BAD_RESPONSE
