"""What happened, in order: each change has a number, and a reader asks for all after one."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice

from tickertape.emulator.answers import Json

__all__ = ["JournalEntry", "WorldJournal"]

CAPACITY = 20_000
"""How many changes are kept for readers that are slow."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One change of what can be seen."""

    seq: int
    """Its number; numbers ascend by one."""
    kind: str
    """message, deleted, draft, draft_gone, action, action_gone, call, chat."""
    data: Json
    """What changed, as viewers read it."""

    def as_json(self) -> Json:
        """Return the change as viewers read it."""
        return {"seq": self.seq, "type": self.kind, **self.data}


class WorldJournal:
    """The last changes of one world."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._changes: deque[JournalEntry] = deque(maxlen=capacity)
        self._seq = 0

    @property
    def seq(self) -> int:
        """The number of the last change; 0 before the first."""
        return self._seq

    def add(self, kind: str, data: Json) -> None:
        """Record one change."""
        self._seq += 1
        self._changes.append(JournalEntry(self._seq, kind, data))

    def after(self, seq: int) -> list[JournalEntry] | None:
        """Return all changes after a number; None if some are forgotten or it lies ahead."""
        if seq > self._seq or seq < self._seq - len(self._changes):
            return None
        newest_first = islice(reversed(self._changes), self._seq - seq)
        return list(newest_first)[::-1]
