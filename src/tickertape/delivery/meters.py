"""Counting calls against one limit, so that the other side never counts more than we do.

The platform counts a call when it arrives, which lies somewhere between our sending it and our
hearing of it. A call is therefore counted from the moment it is sent and *until one window after
its answer*: whatever the delays were, the platform's window never holds more calls than ours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TypeAlias

from tickertape.delivery.surface import Bucket, Limit, Window

__all__ = ["BucketMeter", "Meter", "WindowMeter", "meter"]


class WindowMeter:
    """Counts calls against a sliding window."""

    __slots__ = ("_landed", "_limit", "_open")

    def __init__(self, limit: Window) -> None:
        self._limit = limit
        self._open = 0
        self._landed: deque[float] = deque()

    def spend(self) -> None:
        """Count a call that is sent."""
        self._open += 1

    def land(self, now: float) -> None:
        """Note that the answer of one of the calls sent was heard."""
        self._open -= 1
        self._landed.append(now)

    def ready_at(self, now: float, keep: int) -> float:
        """Say when a call may be sent that leaves `keep` calls for others; `now` at the least."""
        self._forget(now)
        keep = min(keep, self._limit.calls - 1)
        missing = 1 + keep - (self._limit.calls - self._open - len(self._landed))
        if missing <= 0:
            return now
        if missing > len(self._landed):
            return now + self._limit.seconds
        return self._landed[missing - 1] + self._limit.seconds

    def allowances(self, since: float, now: float, keep: int) -> Iterator[tuple[float, float]]:
        """Yield (moment, calls that may be made after `since` and up to it).

        `keep` calls are left for others. A plan made from these moments stays the same while it
        is waited for: what has come back by `now` counts as free, and nothing else moves.
        """
        self._forget(now)
        keep = min(keep, self._limit.calls - 1)
        free = self._limit.calls - keep - self._open - len(self._landed)
        for landed in self._landed:
            free += 1
            yield landed + self._limit.seconds, free
        if not self._landed:
            yield since + self._limit.seconds, free + self._open

    def _forget(self, now: float) -> None:
        while self._landed and self._landed[0] + self._limit.seconds <= now:
            self._landed.popleft()


class BucketMeter:
    """Counts calls against a bucket that refills steadily."""

    __slots__ = ("_ages", "_full_at", "_limit", "_open")

    def __init__(self, limit: Bucket) -> None:
        self._limit = limit
        self._open = 0
        self._full_at = float("-inf")
        # A burst is planned over the ages of its curve, and over the time it takes to come back.
        self._ages = (limit.burst / limit.rate, *(age for age, _ in limit.pace))

    def spend(self) -> None:
        """Count a call that is sent."""
        self._open += 1

    def land(self, now: float) -> None:
        """Note that the answer of one of the calls sent was heard."""
        self._open -= 1
        self._full_at = max(self._full_at, now) + 1.0 / self._limit.rate

    def ready_at(self, now: float, keep: int) -> float:
        """Say when a call may be sent that leaves `keep` calls for others; `now` at the least."""
        keep = min(keep, self._limit.burst - 1)
        spare = self._limit.burst - 1 - keep - self._open
        if spare < 0:
            return max(now, self._full_at) - spare / self._limit.rate
        return max(now, self._full_at - spare / self._limit.rate)

    def allowances(self, since: float, now: float, keep: int) -> Iterator[tuple[float, float]]:
        """Yield (moment, calls that may be made after `since` and up to it), as a window does."""
        del now  # what a bucket holds follows from when it will be full
        keep = min(keep, self._limit.burst - 1)
        drained = min(max(0.0, self._full_at - since) * self._limit.rate, self._limit.burst)
        free = self._limit.burst - keep - self._open - drained
        for ahead in self._ages:
            yield since + ahead, free + ahead * self._limit.rate


Meter: TypeAlias = WindowMeter | BucketMeter
"""Counts calls against one limit."""


def meter(limit: Limit) -> Meter:
    """Make the meter that counts against `limit`."""
    match limit:
        case Window():
            return WindowMeter(limit)
        case Bucket():
            return BucketMeter(limit)
