"""What the reader keeps of attempts that broke off."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tickertape.agent.attempts import Attempts
from tickertape.conversation import Step
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

WORDS, THOUGHT = TextDelta("words"), ReasoningDelta("hm")
TOOL = ToolStarted("1", "clock")


def test_words_are_taken_back_when_others_come() -> None:
    """After words that broke off, `Restarted` stands before what comes in their place.

    What was thought beside them is told again: it belongs to the attempt that speaks.
    """
    events: list[Event] = [WORDS, SegmentEnded(), Recorded(Step(())), Finished(), TOOL]
    for event in events:
        attempts = Attempts()
        assert attempts.show(WORDS) == (WORDS,)
        attempts.failed()
        assert attempts.show(THOUGHT) == (THOUGHT,)
        assert attempts.show(event) == (Restarted(), THOUGHT, event)
        assert attempts.show(WORDS) == (WORDS,)


def test_thinking_that_broke_off_is_taken_back_by_anything() -> None:
    """Where thinking is kept, what two attempts thought is not told one after the other."""
    for event in (THOUGHT, WORDS, TOOL, Finished()):
        attempts = Attempts()
        assert attempts.show(THOUGHT) == (THOUGHT,)
        attempts.failed()
        assert attempts.empty
        assert attempts.show(event) == (Restarted(), event)
        assert attempts.show(THOUGHT) == (THOUGHT,)


def test_without_words_nothing_is_taken_back() -> None:
    """Thinking of the same attempt, and words before a tool, need no `Restarted`."""
    attempts = Attempts()
    assert attempts.show(THOUGHT) == (THOUGHT,)
    assert attempts.show(WORDS) == (WORDS,)
    screens = [attempts.empty]
    assert attempts.show(TOOL) == (TOOL,)
    assert [*screens, attempts.empty] == [False, True]
    attempts.failed()
    assert attempts.show(ToolFinished("1", "clock", ok=True)) == (ToolFinished("1", "clock", True),)
    assert attempts.show(WORDS) == (WORDS,)


def test_words_stay_when_no_others_come() -> None:
    """An attempt that takes back words that it has not said takes nothing from the reader."""
    attempts = Attempts()
    attempts.show(WORDS)
    attempts.failed()
    assert attempts.show(Restarted()) == ()
    broken = Failed(ProviderError(FailureKind.NETWORK, "gone"))
    assert attempts.show(broken) == (broken,)
    assert attempts.show(WORDS) == (Restarted(), WORDS)
    assert attempts.show(Restarted()) == (Restarted(),)
    assert attempts.show(WORDS) == (WORDS,)


EVENTS: dict[str, Event] = {"end": SegmentEnded(), "back": Restarted(), "think": THOUGHT}
SCRIPTS = st.lists(
    st.lists(st.sampled_from(["a", "b", "end", "back", "think"]), max_size=6), min_size=1
)


@given(SCRIPTS)
def test_the_reader_sees_the_last_attempt_that_spoke(scripts: list[list[str]]) -> None:
    """What stands on screen is the text of one attempt, never a mixture of two."""
    attempts, screen = Attempts(), ""
    spoken = ""
    for attempt in scripts:
        own, spoke = "", False
        for said in attempt:
            event = EVENTS.get(said, TextDelta(said))
            for shown in attempts.show(event):
                screen = _screen(screen, shown)
            own = _screen(own, event)
            spoke = spoke or isinstance(event, TextDelta | SegmentEnded)
        attempts.failed()
        spoken = own if spoke else spoken
    assert screen == spoken


def _screen(text: str, event: Event) -> str:
    match event:
        case TextDelta(text=more):
            return text + more
        case SegmentEnded():
            return text + "|"
        case Restarted():
            return ""
        case _:
            return text
