"""What an answer leaves in the memory: every word once, recorded or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.conversation import Entry, Step, ToolCall, ToolResult, Utterance, Words
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
from tickertape.gateway.answers.spoken import aloud, unrecorded

CALL = Step((Words("Let me look."), ToolCall("1", "clock", "{}")))
RESULT = ToolResult("1", "clock", "noon")
NOON = Step((Words("Noon."),))
STARTED, ENDED = ToolStarted("1", "clock"), ToolFinished("1", "clock", ok=True)


def said(text: str) -> Utterance:
    """Make what is kept of words that were not recorded."""
    return Utterance("assistant", text)


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        ([], []),
        ([TextDelta("Hel"), TextDelta("lo"), Finished()], [said("Hello")]),
        ([TextDelta("Noon."), Recorded(NOON), Finished()], [NOON]),
        ([ReasoningDelta("hm"), Finished()], []),
        ([TextDelta("a"), Restarted(), TextDelta("b")], [said("b")]),
        ([TextDelta("a"), Restarted()], []),
        ([TextDelta("a"), SegmentEnded(), TextDelta("b")], [said("a\n\nb")]),
        ([TextDelta("a"), SegmentEnded(), Restarted(), TextDelta("b")], [said("b")]),
        ([TextDelta("a"), SegmentEnded()], [said("a")]),
        ([TextDelta("a"), STARTED, ENDED, TextDelta("b")], [said("a\n\nb")]),
        ([TextDelta("a"), STARTED, ENDED, TextDelta("b"), Restarted()], [said("a")]),
        (
            [TextDelta("Let me look."), Recorded(CALL), STARTED, ENDED, Recorded(RESULT)],
            [CALL, RESULT],
        ),
        (
            [Recorded(CALL), STARTED, ENDED, Recorded(RESULT), TextDelta("No")],
            [CALL, RESULT, said("No")],
        ),
        (
            [TextDelta("Let me look."), STARTED, Recorded(CALL), Recorded(RESULT), ENDED],
            [CALL, RESULT],
        ),
    ],
)
def test_what_is_kept(events: list[Event], kept: list[Entry]) -> None:
    """Records are kept as they come, the rest at the end; what was void is not."""
    assert kept_of(events) == kept


def kept_of(events: list[Event]) -> list[Entry]:
    """Return what is kept of an answer."""
    kept: list[Entry] = [event.entry for event in events if isinstance(event, Recorded)]
    rest = unrecorded(events)
    return kept if rest is None else [*kept, rest]


def test_what_is_read_aloud() -> None:
    """Each stretch between tools is a paragraph; what was taken back is not heard."""
    said: list[Event] = [TextDelta("One"), Restarted(), TextDelta("Let me look.\n"), STARTED, ENDED]
    said += [Recorded(CALL), TextDelta("No"), TextDelta("on."), SegmentEnded(), TextDelta("Sun.")]
    assert aloud(said) == "Let me look.\n\nNoon.\n\nSun."


@given(st.lists(st.sampled_from(["text", "step", "tool"]), max_size=20))
def test_no_word_is_lost_or_kept_twice(kinds: list[str]) -> None:
    """Whether or not it is recorded, each word is in exactly one entry, in order."""
    events: list[Event] = []
    words: list[str] = []
    unrecorded: list[str] = []
    for number, kind in enumerate(kinds):
        if kind == "text":
            words.append(f"<{number}>")
            unrecorded.append(words[-1])
            events.append(TextDelta(words[-1]))
        elif kind == "step":
            events.append(Recorded(Step((Words("".join(unrecorded) or "-"),))))
            unrecorded.clear()
        else:
            events.append(STARTED)
    kept = "".join(entry.text for entry in kept_of(events))
    assert kept.replace("-", "").replace("\n", "") == "".join(words)
