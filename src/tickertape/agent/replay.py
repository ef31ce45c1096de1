"""What was recorded of a turn, told again, purely: the turn of a process that ended goes on.

    behind the question, in the conversation      what its reader was told

    Step            Thought                       ReasoningDelta
                    TextPart                      TextDelta, behind SegmentEnded if it begins one
                    the step itself               Recorded
                    the calls, where they ran     ToolStarted for each
    ToolResult      the result itself             Recorded
                    of a call that ran            ToolFinished
    Utterance       of the assistant              TextDelta
                    of a person, added meanwhile  Recorded

These are the events of the turn that recorded them, in their order, but for attempts that broke
off, and for the places where the words were cut into deltas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

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
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)

__all__ = ["UNRUN", "events_of", "goes_on", "kept", "replayed", "steps_of", "unanswered"]

UNRUN = "Not run: the turn had no steps left."
"""What a model reads as the result of a call for which the turn had no steps left."""

_CLOSED: frozenset[FinishReason] = frozenset({"refusal", "content_filter", "stopped"})
"""Ends after which calls are not run: what the model wanted is not what it may."""


def replayed(entries: Sequence[Entry], max_steps: int) -> tuple[Event, ...]:
    """Return how a turn begins of which `entries` were recorded: with all that they hold.

    Calls that were cut off get their results. Where nothing is left to do, the last event is
    `Finished`; else the model comes next.

    Args:
        entries: what stands behind the question; none says nothing.
        max_steps: answers of a model that the turn may take.
    """
    is_last = steps_of(entries) >= max_steps
    reason = _reason(entries, is_last=is_last)
    if reason is not None:
        return (*events_of(entries), Finished(reason))
    return events_of((*entries, *_cut_off(entries, is_last=is_last)))


def events_of(entries: Sequence[Entry]) -> tuple[Event, ...]:
    """Return what the reader of a turn was told, by what was recorded of it."""
    events: list[Event] = []
    for at, entry in enumerate(entries):
        match entry:
            case Step():
                events += [*_said(entry), Recorded(entry)]
                if _ran(entries[at + 1 : at + 2]):
                    events += [ToolStarted(call.call_id, call.name) for call in entry.calls]
            case ToolResult():
                events.append(Recorded(entry))
                if _ran((entry,)):
                    events.append(ToolFinished(entry.call_id, entry.name, entry.ok))
            case Utterance(role="assistant", text=text) if text:
                events.append(TextDelta(text))
            case Utterance(is_added=True):
                events.append(Recorded(entry))
            case Utterance():
                pass
            case _:
                assert_never(entry)
    return tuple(events)


def goes_on(reason: FinishReason, calls: Sequence[ToolCall], *, is_last: bool) -> bool:
    """Return whether there is more to do behind a step.

    Args:
        reason: why it ended.
        calls: what it called.
        is_last: whether the turn has no further step; its calls get a result all the same.
    """
    return reason not in _CLOSED if calls else reason == "paused" and not is_last


def kept(entries: Sequence[Entry]) -> str:
    """Return the words of the paused steps at the end, which the next step continues."""
    words = ""
    for entry in reversed(entries):
        if not isinstance(entry, Step) or entry.calls or entry.ended != "paused":
            break
        words = entry.text + words
    return words


def steps_of(entries: Sequence[Entry]) -> int:
    """Return how many answers the model gave."""
    return sum(isinstance(entry, Step) for entry in entries)


def unanswered(entries: Sequence[Entry]) -> tuple[ToolCall, ...]:
    """Return the calls of the step at the end that have no result, in their order."""
    left: dict[str, ToolCall] = {}
    for entry in entries:
        match entry:
            case Step(calls=calls):
                left = {call.call_id: call for call in calls}
            case ToolResult(call_id=call_id):
                left.pop(call_id, None)
            case Utterance():
                left = {}
            case _:
                assert_never(entry)
    return tuple(left.values())


def _said(step: Step) -> Iterator[Event]:
    for part in step.parts:
        match part:
            case TextPart(text=text, begins_segment=begins):
                if begins:
                    yield SegmentEnded()
                yield TextDelta(text)
            case Thought(text=text):
                if text:
                    yield ReasoningDelta(text)
            case ToolCall() | Opaque():
                pass
            case _:
                assert_never(part)


def _reason(entries: Sequence[Entry], *, is_last: bool) -> FinishReason | None:
    """Return why the answer ended; None if it did not."""
    match entries[-1:]:
        case (Step(ended=ended, calls=calls),):
            return None if goes_on(ended, calls, is_last=is_last) else ended
        case (Utterance(role="assistant"),):
            return "stop"
        case _:
            return None


def _cut_off(entries: Sequence[Entry], *, is_last: bool) -> tuple[ToolResult, ...]:
    """Return results for the calls that were running; those of the last step never began."""
    if is_last and not _ran(entries[-1:]):
        return ()
    calls = unanswered(entries)
    return tuple(ToolResult(call.call_id, call.name, INTERRUPTED, ok=False) for call in calls)


def _ran(behind: Sequence[Entry]) -> bool:
    """Return whether the calls of a step were run, by the first entry behind it."""
    first = behind[0] if behind else None
    return isinstance(first, ToolResult) and (first.ok or first.text != UNRUN)
