"""The decoder of OpenAI Responses: each quirk that we know, on a transcript of its own."""

from __future__ import annotations

import pytest
from cuts import each_cut
from responses_answers import OWN, comparable, decoded, ending, read, recorded

from tickertape.conversation import Opaque, Part, TextPart, Thought, ToolCall
from tickertape.errors import FailureKind
from tickertape.events import (
    Event,
    Failed,
    Finished,
    FinishReason,
    ReasoningDelta,
    Recorded,
    SegmentEnded,
    TextDelta,
    Usage,
)
from tickertape.providers.responses import ResponsesDecoder

_USAGE = Usage(11, 4)
_OK = (TextPart("ok"),)
_CLOCK = ToolCall("call_1", "clock", '{"zone":"UTC"}')
_ENCRYPTED = Thought("", '{"type":"reasoning","summary":[],"encrypted_content":"gAAA"}')
_SUMMED_UP = Thought(
    "Hm.",
    '{"type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}],'
    '"encrypted_content":"gAAA"}',
)


def _shown(events: list[Event]) -> list[Event]:
    """Give what the reader is told, with neighbouring deltas of one kind joined."""
    shown: list[Event] = []
    for event in events[:-2]:
        last = shown[-1] if shown else None
        match event, last:
            case TextDelta(text), TextDelta(before):
                shown[-1] = TextDelta(before + text)
            case ReasoningDelta(text), ReasoningDelta(before):
                shown[-1] = ReasoningDelta(before + text)
            case _:
                shown.append(event)
    return shown


def _answers(name: str, *parts: Part, reason: FinishReason = "stop") -> None:
    """Assert that an answer is these parts, and that the reader was told just those."""
    events = read(name)
    assert recorded(events).parts == parts
    told = [part for part in parts if isinstance(part, TextPart | Thought) and part.text]
    assert [event for event in _shown(events) if not isinstance(event, SegmentEnded)] == [
        TextDelta(part.text) if isinstance(part, TextPart) else ReasoningDelta(part.text)
        for part in told
    ]
    assert ending(events) == Finished(reason, _USAGE)


def _fails(name: str, kind: FailureKind, words: str, said: str = "") -> None:
    """Assert that an answer says so much and then fails in this way."""
    events = read(name)
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == said
    end = ending(events)
    assert isinstance(end, Failed)
    assert end.error.kind == kind
    assert words in end.error.detail


def test_a_plain_answer() -> None:
    """The deltas of one message are said one by one, and the answer ends with its usage."""
    assert [event for event in read("plain.sse") if isinstance(event, TextDelta)] == [
        TextDelta("Good "),
        TextDelta("morning, "),
        TextDelta("Zoë 👋"),
    ]
    _answers("plain.sse", TextPart("Good morning, Zoë 👋"))


def test_one_object_instead_of_a_stream() -> None:
    """A whole response is read as such: text, summary, call and usage."""
    _answers("whole_object.json", _SUMMED_UP, TextPart("Good morning"), _CLOCK)


def test_one_object_that_failed() -> None:
    """A whole response that failed, runs still, or is no response, is a failure."""
    _fails("whole_object_failed.json", FailureKind.RATE_LIMIT, "Slow down")
    _fails("whole_object_running.json", FailureKind.BAD_RESPONSE, "not ended: in_progress")
    _fails("whole_object_other.json", FailureKind.BAD_RESPONSE, "no answer in")


def test_errors_of_the_chatgpt_back_end() -> None:
    """Errors are read in `detail` too, alone or inside a stream, and a page of HTML is one."""
    _fails("refused_by_detail.json", FailureKind.REFUSED_PARAMETER, "Unsupported parameter")
    _fails("detail_in_stream.sse", FailureKind.RATE_LIMIT, "Rate limit reached", "The first")
    _fails("page.html", FailureKind.BAD_RESPONSE, "HTML")


def test_an_end_whose_output_is_empty() -> None:
    """What was streamed is the answer, though the end says that there was nothing."""
    _answers("empty_output.sse", _ENCRYPTED, TextPart("ok"), _CLOCK)


def test_an_answer_that_is_only_in_the_end() -> None:
    """Where nothing was streamed, or no call was, the end is asked for it."""
    _answers("only_the_end.sse", _SUMMED_UP, TextPart("ok"), _CLOCK)
    _answers("calls_only_at_the_end.sse", TextPart("ok"), ToolCall("call_1", "clock", "{}"))
    _answers("announced_and_filled_at_the_end.sse", TextPart("ok"))


def test_ids_that_change_between_events() -> None:
    """Events belong together by index, else by id, else by order."""
    call = ToolCall("call_1", "clock", "{}")
    _answers("ids_change.sse", TextPart("Good morning"), call)
    _answers("ids_change_without_index.sse", TextPart("Good morning"))


def test_no_index_at_all() -> None:
    """Items that end in another order than they began are told apart by their ids."""
    thought, *rest = recorded(read("no_index.sse")).parts
    assert isinstance(thought, Thought)
    assert thought.text == "Hm."
    assert rest == [TextPart("ok"), _CLOCK]


def test_deltas_of_items_that_nothing_announced() -> None:
    """A message and calls are made up where only their deltas came."""
    assert recorded(read("only_deltas.sse")).parts == (TextPart("Good morning"),)
    assert recorded(read("calls_by_deltas_alone.sse")).parts == (
        ToolCall("call_0", "clock", '{"n":1}'),
        ToolCall("call_1", "sum", '{"n":2}'),
    )


def test_one_index_for_all_items() -> None:
    """Items that are done one after the other under one index stay apart."""
    _answers(
        "one_index_for_all.sse",
        _ENCRYPTED,
        ToolCall("call_1", "clock", '{"n":1}'),
        ToolCall("call_2", "clock", '{"n":2}'),
    )


def test_no_event_lines_and_a_done() -> None:
    """Only the type in the data counts; comments, `[DONE]` and other ids in the end do not."""
    _answers("no_event_lines.sse", *_OK)


def test_an_end_that_never_comes() -> None:
    """A stream that ends without its end, and without whole items, failed."""
    early = FailureKind.ENDED_EARLY
    _fails("ends_early.sse", early, "without its end", "The first half")
    _fails("ends_inside_message.sse", early, "without its end", "The first half")
    _fails("empty.sse", early, "without its end")


def test_whole_items_need_no_end() -> None:
    """Items that are all whole are the answer where the bytes end, but not where they break off."""
    assert recorded(read("ends_after_call.sse")).parts == (ToolCall("call_1", "clock", "{}"),)
    assert ending(read("ends_after_call.sse")) == Finished()
    for name, last in (
        ("plain.sse", b"event: response.completed"),
        ("done_without_end.sse", b"data: ["),
    ):
        stream = (OWN / name).read_bytes()
        stream = stream[: stream.index(last)]
        events = decoded(stream)
        assert ending(events) == Finished()
        assert [type(event) for event in events[-2:]] == [Recorded, Finished]
        decoder = ResponsesDecoder()
        decoder.decode(stream)
        assert isinstance(decoder.flush(torn=True)[-1], Failed)


@pytest.mark.parametrize(
    "last",
    [
        b'{"type":"reasoning","summary":[]}',
        b'{"type":"message","role":"assistant","phase":"commentary","content":"Let me look."}',
        b'{"type":"message","role":"assistant","status":"incomplete","content":"ok"}',
        b'{"type":"web_search_call"}',
    ],
)
def test_items_behind_which_more_must_come_are_no_end(last: bytes) -> None:
    """A thought, a comment, a search or half a message is not the last of an answer."""
    stream = (OWN / "done_without_end.sse").read_bytes().replace(b"data: [DONE]\n\n", b"")
    stream += (
        b'data: {"type":"response.output_item.done","output_index":1,"item":' + last + b"}\n\n"
    )
    end = ending(decoded(stream))
    assert isinstance(end, Failed)
    assert end.error.kind is FailureKind.ENDED_EARLY


def test_a_done_without_an_end() -> None:
    """`[DONE]` is an end where all that was announced is whole, and none where it is not."""
    events = read("done_without_end.sse")
    assert recorded(events).parts == _OK
    assert ending(events) == Finished()
    early = FailureKind.ENDED_EARLY
    _fails("done_without_item_end.sse", early, "done without its end", "The first half")
    _fails("only_done.sse", early, "done without its end")


def test_keep_alives() -> None:
    """Comments, pings and keep-alive events say nothing; nor does JSON that is no object."""
    _answers("keep_alives.sse", *_OK)
    _answers("not_a_message.sse", *_OK)


def test_nothing_comes_after_the_end() -> None:
    """The end ends the answer although the server goes on."""
    _answers("more_after_the_end.sse", *_OK)


def test_the_end_does_not_wait_for_the_socket() -> None:
    """The end is given out with the terminal event, whether or not the connection is closed."""
    decoder = ResponsesDecoder()
    *said, end = decoder.decode((OWN / "plain.sse").read_bytes())
    assert said
    assert end == Finished("stop", _USAGE)
    assert decoder.ended


def test_errors_in_the_stream() -> None:
    """Every form of an error ends the answer once, and what was said stays said."""
    broken = FailureKind.OVERLOADED
    _fails("error_flat.sse", FailureKind.CONTEXT_OVERFLOW, "exceeds the context window")
    _fails("error_then_failed.sse", FailureKind.QUOTA, "exceeded your current quota")
    _fails("failed.sse", broken, "An error occurred", "The first")
    _fails("failed_without_reason.sse", broken, "without a reason")
    _fails("error_bare.sse", broken, "slot unavailable", "The first")
    _fails("error_by_name.sse", broken, "without a reason", "The first")
    _fails("error_as_text.sse", broken, "upstream went away", "The first")
    _fails("cancelled.sse", FailureKind.ENDED_EARLY, "cancelled", "The first")


def test_the_key_is_not_in_the_error() -> None:
    """A server that repeats the key in its error does not get it into our logs."""
    stream = b'data: {"error":{"message":"bad key abcdefgh-12345"}}\n\n'
    for piece in (stream, b"data: abcdefgh-12345\n\n"):
        end = ending(decoded(piece, secret="abcdefgh-12345"))
        assert isinstance(end, Failed)
        assert "[key]" in end.error.detail
        assert "12345" not in str(end)


def test_arguments() -> None:
    """The arguments are those of the call's end, else the streamed, else the announced ones."""
    _answers("arguments_empty.sse", ToolCall("call_1", "clock", ""))
    _answers("arguments_as_object.sse", _CLOCK)
    _answers("arguments_corrected.sse", _CLOCK)
    _answers("arguments_announced.sse", _CLOCK)


def test_parallel_calls() -> None:
    """Calls whose deltas alternate and that end in another order keep their own arguments."""
    _answers(
        "parallel_calls.sse",
        ToolCall("call_1", "clock", '{"n":1}'),
        ToolCall("call_2", "sum", '{"m":2}'),
    )


def test_a_call_with_a_namespace() -> None:
    """What a call has beside its arguments is kept, if it may be sent back."""
    _answers("call_with_namespace.sse", ToolCall("call_1", "clock", "{}", '{"namespace":"crm"}'))


def test_incomplete_answers() -> None:
    """The reason of the end is the server's; one that nobody knows is another."""
    cut = ToolCall("call_1", "clock", '{"zone":"U')
    _answers("arguments_cut.sse", cut, reason="length")
    _answers("length.sse", TextPart("and so on and"), reason="length")
    _answers("filtered.sse", TextPart("The plan is"), reason="content_filter")
    assert recorded(read("unknown_reason.sse")).parts == _OK
    assert ending(read("unknown_reason.sse")) == Finished("other", _USAGE, "moon_phase")
    assert ending(read("incomplete_as_completed.sse")) == Finished("length")


def test_a_summary_in_parts() -> None:
    """The parts of a summary are parted by a blank line, numbered or not, and said once."""
    assert _shown(read("summary_in_parts.sse")) == [
        ReasoningDelta("Let me see.\n\nI see."),
        TextDelta("ok"),
    ]
    _answers("summary_parts_unnumbered.sse", Thought("Let me see.\n\nI see."), *_OK)


def test_a_thought_under_two_names() -> None:
    """Of a thought and its summary the one that came first is read, the other is its copy."""
    assert _shown(read("thought_twice.sse")) == [
        ReasoningDelta("Let me see. I see."),
        TextDelta("ok"),
    ]
    assert _shown(read("thought_only_when_done.sse")) == [
        ReasoningDelta("Let me see.\n\nI see."),
        TextDelta("ok"),
    ]
    _answers("thought_by_short_name.sse", Thought("Let me see."), *_OK)


def test_a_thought_that_is_done_late() -> None:
    """A thought that ends after the message that followed it still stands before it."""
    thought, words = recorded(read("thought_done_late.sse")).parts
    assert isinstance(thought, Thought)
    assert thought.text == "Let me see."
    assert words == TextPart("ok")


def test_encrypted_thoughts_are_kept() -> None:
    """They are kept in their places, without ids, and always with a summary."""
    parts = recorded(read("pairs.sse")).parts
    assert [part.raw for part in parts if isinstance(part, Thought)] == [
        '{"type":"reasoning","encrypted_content":"gAAA1","summary":[]}',
        (
            '{"type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}],'
            '"encrypted_content":"gAAA2"}'
        ),
        '{"type":"reasoning","summary":[],"encrypted_content":"gAAA3"}',
    ]
    assert [type(part) for part in parts] == [
        Thought,
        TextPart,
        Thought,
        ToolCall,
        ToolCall,
        Thought,
    ]


def test_phases() -> None:
    """Analysis is thinking; comments and the answer are messages of their own, and keep a name."""
    events = read("phases.sse")
    assert _shown(events) == [
        ReasoningDelta("Thinking aloud."),
        TextDelta("I look it up."),
        SegmentEnded(),
        TextDelta("It is noon."),
    ]
    assert recorded(events).parts == (
        Thought("Thinking aloud."),
        TextPart("I look it up.", '{"type":"message","role":"assistant","phase":"commentary"}'),
        TextPart(
            "It is noon.",
            '{"type":"message","role":"assistant","phase":"final_answer"}',
            begins_segment=True,
        ),
    )


def test_two_messages_are_two_segments() -> None:
    """Messages in a row are parted, and an empty one between them parts nothing."""
    assert _shown(read("two_messages.sse")) == [
        TextDelta("One."),
        SegmentEnded(),
        TextDelta("Two."),
    ]


def test_refusals() -> None:
    """A refusal is shown as text, and the answer ends as refused."""
    _answers("refusal.sse", TextPart("I cannot help with that."), reason="refusal")
    _answers("refusal_only_when_done.sse", TextPart("No."), reason="refusal")


def test_unknown_fields_and_events() -> None:
    """Obfuscation, log probabilities, annotations, and what nobody knows, change nothing."""
    _answers("obfuscated.sse", *_OK)
    _answers("item_without_type.sse", *_OK)


def test_the_end_of_a_message_corrects_it() -> None:
    """Text that the end has beyond the streamed is said; nothing is said twice or unsaid."""
    _answers("tail_when_done.sse", TextPart("The capital is Paris."))
    _answers("contradicted_when_done.sse", TextPart("Hello there"))


def test_items_that_only_the_server_understands() -> None:
    """They are kept as they came once they are done, and say nothing."""
    *others, words = recorded(read("other_items.sse")).parts
    assert words == TextPart("ok")
    assert [part.raw for part in others if isinstance(part, Opaque)] == [
        (
            '{"id":"ws_1","type":"web_search_call","status":"completed",'
            '"action":{"type":"search","query":"noon"}}'
        ),
        '{"id":"mcp_1","type":"mcp_call","name":"x","arguments":"{}","output":"y"}',
        '{"id":"moon_1","type":"moon_call"}',
    ]


def test_bytes_that_are_not_quite_right() -> None:
    """Windows lines, missing blank lines, and JSON that is not quite JSON, are read."""
    _answers("windows_lines.sse", TextPart("Good morning, Zoë 👋"))
    _answers("no_blank_lines.sse", *_OK)
    _answers("end_without_newline.sse", *_OK)
    _answers("raw_control_character.sse", TextPart("o\tk"))
    _answers("broken_utf8.sse", TextPart("o\ufffdk"))
    _answers("half_surrogate_pair.sse", TextPart("ok?!?"))


def test_bytes_that_are_wrong() -> None:
    """What cannot be read at all is a failure, not an answer with a hole."""
    _fails("malformed.sse", FailureKind.BAD_RESPONSE, "a chunk that is none", "ok")


def test_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line, and an object, beyond the bound fail instead of filling the memory."""
    monkeypatch.setattr("tickertape.providers.sse.LINE_LIMIT", 1000)
    for endless in (b"data: " + b"x" * 1001, b"{" + b" " * 1001):
        end = ending(decoded(endless))
        assert isinstance(end, Failed)
        assert end.error.kind == FailureKind.BAD_RESPONSE
        assert "more than 1000 bytes" in end.error.detail


NAMES = sorted(path.name for path in OWN.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_cut_at_any_byte_changes_nothing(name: str) -> None:
    """Each transcript, cut at each of its bytes, and byte by byte, says the same."""
    stream = (OWN / name).read_bytes()
    whole = comparable(decoded(stream))
    for pieces in each_cut(stream):
        assert comparable(decoded(*pieces)) == whole


def test_every_transcript_is_looked_at() -> None:
    """No transcript lies about that no test names."""
    text = (OWN.parent.parent / "test_responses_decoder.py").read_text("utf-8")
    assert [name for name in NAMES if f'"{name}"' not in text] == []
