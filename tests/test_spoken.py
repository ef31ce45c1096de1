"""What stands of an answer: every word that was not taken back, once, in its order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.conversation import Step, TextPart, ToolResult
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.spoken import Spoken

STARTED, ENDED = ToolStarted("1", "clock"), ToolFinished("1", "clock", ok=True)
STEP = Recorded(Step((TextPart("as the model said it"),)))
RESULT = Recorded(ToolResult("1", "clock", "noon"))
PARTED, VOID = SegmentEnded(), Restarted()
BROKEN = Failed(ProviderError(FailureKind.ENDED_EARLY, "gone"))


def say(text: str) -> TextDelta:
    """Make a delta."""
    return TextDelta(text)


@pytest.mark.parametrize(
    ("events", "said", "text"),
    [
        ([], "", ""),
        ([say("Hel"), say("lo"), Finished()], "Hello", "Hello"),
        ([say("Hel"), BROKEN], "Hel", "Hel"),
        ([ReasoningDelta("hm"), say("a"), ReasoningDelta("hm"), say("b")], "ab", "ab"),
        ([say("a"), VOID, say("b")], "b", "b"),
        ([say("a"), VOID], "", ""),
        ([say("a"), PARTED, say("b")], "ab", "a\n\nb"),
        ([say("a\n"), PARTED, PARTED, say("\n b")], "a\n\n b", "a\n\n b"),
        ([PARTED, say("a"), PARTED, say(" \n"), PARTED], "a \n", "a"),
        ([say("a"), PARTED, VOID, say("b"), say("c")], "bc", "bc"),
        ([say("a"), STARTED, ENDED, say("b")], "ab", "a\n\nb"),
        ([say("a"), STARTED, ENDED, say("b"), VOID, say("c")], "ac", "a\n\nc"),
        ([say("a"), STARTED, ENDED, VOID, say("b"), say("c")], "abc", "a\n\nbc"),
        # It began while the other ran: its end commits nothing.
        ([STARTED, say("a"), PARTED, ENDED, VOID, say("b")], "b", "b"),
        ([say("a"), PARTED, say("b"), STARTED, say("c"), VOID, VOID], "ab", "a\n\nb"),
    ],
)
def test_what_stands(events: list[Event], said: str, text: str) -> None:
    """A restart voids what was said since the last tool began; tools and segments part the text."""
    told = Spoken(events)
    assert (told.said, told.text) == (said, text)
    assert told.unrecorded == text


@pytest.mark.parametrize(
    ("events", "unrecorded"),
    [
        ([say("Noon."), STEP, Finished()], ""),
        ([say("Let me look."), STEP, STARTED, ENDED, RESULT], ""),
        ([say("Let me look."), STARTED, STEP, RESULT, ENDED], ""),
        ([say("Look."), STEP, STARTED, ENDED, RESULT, say("No")], "No"),
        ([say("Look."), RESULT, say(" No")], "Look. No"),
        ([say("a"), STEP, say("b"), PARTED, say("c")], "b\n\nc"),
        # What is void is not kept, and what replaces it is.
        ([say("a"), STEP, VOID, say("b")], "b"),
        ([say("a"), STARTED, say("b"), STEP, say("c"), VOID, say("d")], "d"),
        ([say("a"), STEP, STARTED, say("b"), VOID], ""),
    ],
)
def test_what_no_step_holds(events: list[Event], unrecorded: str) -> None:
    """A step records all that was said before it, a tool's result nothing."""
    assert Spoken(events).unrecorded == unrecorded


WORD = st.text("ab \n", min_size=1, max_size=4).map(TextDelta)
OTHER = st.sampled_from([PARTED, VOID, STARTED, ENDED, STEP, RESULT, ReasoningDelta("hm")])
EVENTS = st.lists(WORD | OTHER, max_size=25)


@given(EVENTS)
def test_a_word_stands_unless_it_was_taken_back(events: list[Event]) -> None:
    """Which words stand is told by what follows each: a restart before any tool, or none."""
    stands: list[TextDelta] = []
    for at, event in enumerate(events):
        tools = [n for n, later in enumerate(events) if n > at and later == STARTED]
        voids = [n for n, later in enumerate(events) if n > at and later == VOID]
        if isinstance(event, TextDelta) and not (voids and voids[0] < min(tools, default=99)):
            stands.append(event)
    told = Spoken(events)
    assert told.said == "".join(word.text for word in stands)
    assert "".join(told.text.split()) == "".join(told.said.split())
    assert told.text.endswith(told.unrecorded)


@given(EVENTS)
def test_how_words_are_cut_is_never_seen(events: list[Event]) -> None:
    """The same words, letter by letter, come to the same."""
    letters: list[Event] = []
    for event in events:
        letters += [*map(TextDelta, event.text)] if isinstance(event, TextDelta) else [event]
    one, other = Spoken(events), Spoken(letters)
    assert (one.said, one.text) == (other.said, other.text)
    assert one.unrecorded == other.unrecorded


@given(st.lists(st.sampled_from(["text", "step", "tool", "segment"]), max_size=20))
def test_no_word_is_lost_or_kept_twice(kinds: list[str]) -> None:
    """Each word is in exactly one step, or in what is kept at the end, in order."""
    events: list[Event] = []
    kept: list[str] = []
    for number, kind in enumerate(kinds):
        match kind:
            case "text":
                events.append(say(f"<{number}>"))
            case "step":
                kept.append(Spoken(events).unrecorded)
                events.append(STEP)
            case "tool":
                events.append(STARTED)
            case _:
                events.append(PARTED)
    kept.append(Spoken(events).unrecorded)
    assert "".join(kept).replace("\n", "") == Spoken(events).said
