"""An answer as bare text: what is written is what was said, though nothing can be taken back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.cli.ask.plain import PlainText
from tickertape.events import (
    Event,
    Finished,
    ReasoningDelta,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)

STARTED, ENDED = ToolStarted("1", "clock"), ToolFinished("1", "clock", ok=True)


def written(*events: Event) -> str:
    """Write an answer; strings are deltas."""
    plain = PlainText()
    return "".join(plain.feed(event) for event in events) + plain.end()


def say(text: str) -> TextDelta:
    """Make a delta."""
    return TextDelta(text)


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([Finished()], ""),
        ([say("Hel"), say("lo"), Finished()], "Hello\n"),
        ([say("Hello\n"), Finished()], "Hello\n"),
        ([ReasoningDelta("Hm."), say("Hi")], "Hi\n"),
        ([say("Let me look."), STARTED, ENDED, say("Noon.")], "Let me look.\n\nNoon.\n"),
        ([STARTED, ENDED, say("Noon.")], "Noon.\n"),
        ([say("one"), SegmentEnded(), SegmentEnded(), say("two")], "one\n\ntwo\n"),
        # Said anew: in the same words, in other words, and shorter.
        (
            [say("The answer is"), Restarted(), say("The answ"), say("er is 4.")],
            "The answer is 4.\n",
        ),
        ([say("It is"), Restarted(), say("I think"), say(" so")], "It is\n\nI think so\n"),
        ([say("It is so"), Restarted(), say("It is")], "It is so\n"),
        # What was said before a tool ran is never said anew.
        (
            [say("Look."), STARTED, ENDED, say("No"), Restarted(), say("Noon.")],
            "Look.\n\nNoon.\n",
        ),
        ([say("a"), SegmentEnded(), say("b"), Restarted(), say("ab")], "a\n\nb\n\nab\n"),
    ],
)
def test_what_is_written(events: list[Event], text: str) -> None:
    """Words alone, parted where they were apart, ended by one line break."""
    assert written(*events) == text


def test_a_long_answer_is_written_as_it_is_said() -> None:
    """Each delta is written alone: what it takes does not grow with the answer."""
    plain = PlainText()
    for number in range(100_000):
        assert plain.feed(say(f"word {number} ")) == f"word {number} "


words = st.text("ab \n", max_size=6).filter(bool)


@given(st.lists(words), st.lists(words), st.integers(0, 3))
def test_the_last_attempt_stands_at_the_end(
    broken: list[str], whole: list[str], restarts: int
) -> None:
    """However often it is said anew, the whole answer is the end of what is written, once."""
    events: list[Event] = []
    for _ in range(restarts):
        events += [*map(say, broken), Restarted()]
    out = written(*events, *map(say, whole))
    said, void = "".join(whole), "".join(broken)
    if not restarts or said.startswith(void):
        assert out == said + ("" if not said or said.endswith("\n") else "\n")
    elif not void.startswith(said):
        assert out.rstrip("\n").endswith(said.strip("\n"))
