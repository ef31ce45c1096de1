"""What was recorded is told again as it was told the first time, and where a turn stands by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tickertape.agent.replay import UNRUN, events_of, goes_on, kept, replayed, unanswered
from tickertape.conversation import (
    INTERRUPTED,
    Entry,
    FinishReason,
    Opaque,
    Step,
    TextPart,
    Thought,
    ToolCall,
    ToolResult,
    Utterance,
)
from tickertape.events import (
    Event,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.providers.chat_completions import ChatCompletionsDecoder
from tickertape.providers.decoder import Decoder
from tickertape.providers.messages import MessagesDecoder
from tickertape.providers.responses import ResponsesDecoder

ONE, TWO = ToolCall("1", "clock", "{}"), ToolCall("2", "look", "{}")
STEP = Step((TextPart("Let me see."), ONE, TWO))
LOOKED = ToolResult("2", "look", "it", ok=False)
CUT_OFF = ToolResult("1", "clock", INTERRUPTED, ok=False)
SAID = TextDelta("Let me see.")
STARTED = ToolStarted("1", "clock"), ToolStarted("2", "look")
NOT_RUN = ToolResult("1", "clock", UNRUN, ok=False)
WHOLE = Step((TextPart("Noon."),))
PAUSED = Step((TextPart("I search. "),), ended="paused")
REFUSED = Step((TextPart("No."), ONE), ended="refusal")


@pytest.mark.parametrize(
    ("entries", "events"),
    [
        ((), ()),
        ((Step((Thought("Hm."), TextPart("a"))),), (ReasoningDelta("Hm."), TextDelta("a"))),
        ((Step((Thought(""), Opaque("{}"), TextPart("a"))),), (TextDelta("a"),)),
        (
            (Step((TextPart("a"), TextPart("b"), TextPart("c", begins_segment=True))),),
            (TextDelta("a"), TextDelta("b"), SegmentEnded(), TextDelta("c")),
        ),
        ((STEP, LOOKED), (SAID, *STARTED, ToolFinished("2", "look", ok=False))),
        ((STEP,), (SAID,)),
        ((STEP, NOT_RUN), (SAID,)),
        ((PAUSED, WHOLE), (TextDelta("I search. "), TextDelta("Noon."))),
        ((Utterance("assistant", "a"), Utterance("user", "b")), (TextDelta("a"),)),
    ],
)
def test_what_a_reader_was_told(entries: tuple[Entry, ...], events: tuple[Event, ...]) -> None:
    """Words, thoughts, tools but those that were not run; and what is recorded is so again."""
    told = events_of(entries)
    assert tuple(event for event in told if not isinstance(event, Recorded)) == events
    recorded = [event.entry for event in told if isinstance(event, Recorded)]
    assert recorded == [entry for entry in entries if not isinstance(entry, Utterance)]


@pytest.mark.parametrize(
    ("entries", "max_steps", "begins"),
    [
        ((), 1, ()),
        ((STEP, LOOKED), 2, (Recorded(CUT_OFF), ToolFinished("1", "clock", ok=False))),
        ((STEP, LOOKED), 1, (Recorded(CUT_OFF), ToolFinished("1", "clock", ok=False))),
        ((STEP, LOOKED, CUT_OFF), 2, ()),
        ((STEP,), 1, ()),
        ((STEP, NOT_RUN), 1, ()),
        ((WHOLE,), 2, (Finished(),)),
        ((Step((TextPart("a"),), ended="length"),), 2, (Finished("length"),)),
        ((PAUSED,), 2, ()),
        ((PAUSED,), 1, (Finished("paused"),)),
        ((REFUSED,), 2, (Finished("refusal"),)),
        ((STEP, LOOKED, CUT_OFF, Utterance("assistant", "It is")), 2, (Finished(),)),
    ],
)
def test_where_a_turn_stands(
    entries: tuple[Entry, ...], max_steps: int, begins: tuple[Event, ...]
) -> None:
    """Behind what is told again come the results of calls that were cut off, or the end."""
    again = events_of(entries)
    assert replayed(entries, max_steps) == (*again, *begins)


def test_calls_that_were_running_began_on_screen() -> None:
    """Where none of them has a result yet, they are told from their beginning."""
    looked = ToolResult("2", "look", INTERRUPTED, ok=False)
    assert replayed((STEP,), 2) == (
        *(SAID, Recorded(STEP), *STARTED),
        *(Recorded(CUT_OFF), ToolFinished("1", "clock", ok=False)),
        *(Recorded(looked), ToolFinished("2", "look", ok=False)),
    )


def test_which_calls_have_no_result() -> None:
    """Those of the last step alone: what a person says, or another step, ends the wait."""
    assert unanswered((STEP,)) == (ONE, TWO)
    assert unanswered((STEP, LOOKED)) == (ONE,)
    assert unanswered((STEP, WHOLE)) == ()
    assert unanswered((STEP, Utterance("user", "And?"))) == ()
    assert unanswered(()) == ()


@pytest.mark.parametrize(
    ("reason", "calls", "is_last", "on"),
    [
        ("stop", (), False, False),
        ("stop", (ONE,), False, True),
        ("stop", (ONE,), True, True),
        ("length", (ONE,), False, True),
        ("refusal", (ONE,), False, False),
        ("paused", (), False, True),
        ("paused", (), True, False),
        ("paused", (ONE,), True, True),
    ],
)
def test_whether_a_turn_goes_on(
    reason: FinishReason, calls: tuple[ToolCall, ...], is_last: bool, on: bool
) -> None:
    """Behind calls that may be run, and behind a pause."""
    assert goes_on(reason, calls, is_last=is_last) is on


def test_which_words_the_next_step_continues() -> None:
    """Those of the paused steps since the last tool."""
    assert kept((PAUSED, PAUSED)) == "I search. I search. "
    assert kept((PAUSED, STEP, LOOKED, CUT_OFF, PAUSED)) == "I search. "
    assert kept((PAUSED, WHOLE)) == kept((STEP, LOOKED)) == kept(()) == ""


# --- what servers said ---

TRANSCRIPTS = Path(__file__).parent.parent / "providers/transcripts"
DECODERS: dict[str, type[Decoder]] = {
    "chat_completions": ChatCompletionsDecoder,
    "messages": MessagesDecoder,
    "responses": ResponsesDecoder,
}


def _segments(events: list[Event]) -> list[str]:
    """Return the segments that stand in the end."""
    texts = [""]
    for event in events:
        match event:
            case TextDelta(text=text):
                texts[-1] += text
            case SegmentEnded():
                texts.append("")
            case Restarted():
                texts = [""]
            case _:
                pass
    return [text for text in texts if text]


@pytest.mark.parametrize("protocol", DECODERS)
def test_the_answers_of_servers_are_told_again(protocol: str) -> None:
    """Each transcript's words stand in the same segments; so do thoughts, unless taken back."""
    parted = 0
    for path in sorted((TRANSCRIPTS / protocol).glob("*.sse")):
        decoder = DECODERS[protocol](None, "here")
        events = [*decoder.decode(path.read_bytes()), *decoder.flush()]
        steps = [event.entry for event in events if isinstance(event, Recorded)]
        if isinstance(events[-1], Finished):
            again = list(events_of(steps))
            assert _segments(again) == _segments(events), path.name
            assert Restarted() in events or _thoughts(again) == _thoughts(events), path.name
            parted += len(_segments(events)) > 1
    assert parted > 0 or protocol != "responses"


def _thoughts(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningDelta))
