"""What many runs came to, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tickertape.delivery.marks import StopReason, mark_of_stop
from tickertape.simulation.record import Record

__all__ = ["Tally"]


@dataclass(slots=True)
class Tally:
    """Counts over runs; two of them can be added up."""

    runs: int = 0
    """How many runs."""
    answers: int = 0
    """How many answers."""
    given_up: int = 0
    """How many of them could not be delivered, for a reason."""
    cut_off: int = 0
    """How many of them were cut off when the program went down."""
    copies: int = 0
    """How many texts answers said may stand twice."""
    seconds: float = 0.0
    """How long the runs took in virtual time."""
    calls: Counter[str] = field(default_factory=Counter)
    """Calls, by method."""
    faults: Counter[str] = field(default_factory=Counter)
    """Calls that a fault struck, by its kind."""
    refused: Counter[str] = field(default_factory=Counter)
    """Calls that the platform refused by itself: by flood control, as changing nothing, or for
    good."""
    stops: Counter[str] = field(default_factory=Counter)
    """Answers that were stopped, and how."""
    deeds: Counter[str] = field(default_factory=Counter)
    """What others did, as far as it was possible."""

    def add(self, record: Record) -> None:
        """Count one run."""
        self.runs += 1
        self.answers += len(record.told)
        self.given_up += sum(bool(told.gave_up) for told in record.told)
        self.cut_off += sum(told.cut_off for told in record.told)
        self.copies += sum(len(told.doubtful) for told in record.told)
        self.seconds += max((told.done_at or 0.0 for told in record.told), default=0.0)
        for call in record.calls:
            self.calls[call.method] += 1
            if call.fault is not None:
                self.faults[call.fault] += 1
            elif call.status == 429:
                self.refused["by flood control"] += 1
            elif "message is not modified" in call.description:
                self.refused["as changing nothing"] += 1
            elif call.status is not None and call.status >= 400:
                self.refused["for good"] += 1
        for told in record.told:
            stop = record.script.rooms[told.room].lines[told.line].speeches[told.number].stop
            by_restart = told.mark == mark_of_stop(StopReason.SHUTDOWN)
            if told.stopped and stop is not None and (stop.by == "shutdown" or not by_restart):
                self.stops[stop.by] += 1
        self.deeds.update(done.deed.kind for done in record.deeds if done.happened)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.runs + other.runs,
            self.answers + other.answers,
            self.given_up + other.given_up,
            self.cut_off + other.cut_off,
            self.copies + other.copies,
            self.seconds + other.seconds,
            self.calls + other.calls,
            self.faults + other.faults,
            self.refused + other.refused,
            self.stops + other.stops,
            self.deeds + other.deeds,
        )
