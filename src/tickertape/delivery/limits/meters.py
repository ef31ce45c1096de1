"""Counting calls against one limit, so that the other side never counts more than we do.

The platform counts a call when it arrives, which lies somewhere between our sending it and our
hearing of it. A call is therefore counted from the moment it is sent and *until one window after
its answer*: whatever the delays were, the platform's window never holds more calls than ours. What
this costs is one round trip in each window: of 20 calls in 60 s, a thirtieth of a call.

A refusal says that the other side counted more: others spend too, or the limit is lower. Then it is
taken at its word: the limit is used up, and gives back its next call when the wait is over. Where
the calls of others lie in a window is unknown; evenly is assumed.
"""

from __future__ import annotations

from collections import deque
from typing import TypeAlias

from tickertape.delivery.limits.share import SharedLimit
from tickertape.delivery.surface import Bucket, Limit, Window

__all__ = ["BucketMeter", "Meter", "WindowMeter", "meter"]

_LAPS = (1.0, 4.0, 6.0)
"""Over how many refills what a bucket saved is spread: at 1 call a second and a burst of 5, over 5
to 30 s, the lengths of most answers."""


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
        """Record that the answer of one of the calls sent was heard."""
        self._open -= 1
        self._landed.append(now)

    def refund(self) -> None:
        """Record that one of the calls sent never left: it does not count."""
        self._open -= 1

    def refuse(self, wait: float, now: float) -> None:
        """Record that the call that landed last was refused for `wait` seconds: it did not count.

        A wait that is longer than the window is a punishment, and says nothing of the count.
        """
        if self._landed:
            self._landed.pop()
        self._forget(now)
        unknown = self._limit.calls - self._open - len(self._landed)
        seconds = self._limit.seconds
        if unknown <= 0 or wait >= seconds:
            return
        step = (seconds - wait) / unknown
        others = (now + wait - seconds + k * step for k in range(unknown))
        self._landed = deque(sorted([*self._landed, *others]))

    def resize(self, part: SharedLimit, now: float) -> None:
        """Count against another limit from here on; what is counted stays counted.

        It may be more than the limit for a time.
        """
        del now
        self._limit = Window(part.calls, part.seconds)

    def counted(self, now: float) -> float:
        """Return how many calls are counted, those on their way included."""
        self._forget(now)
        return self._open + len(self._landed)

    def is_idle(self, now: float) -> bool:
        """Return whether nothing is counted any more."""
        self._forget(now)
        return not self._open and not self._landed

    def ready_at(self, now: float, keep: int, slowness: float = 1.0) -> float:
        """Return when a call may be sent that leaves `keep` calls for others; `now` at the least.

        A window is shared with all who write in the chat, so that a refusal need not mean
        that it is smaller than known: being slow changes nothing here.
        """
        del slowness
        if self._landed and self._landed[0] + self._limit.seconds <= now:
            self._forget(now)
        keep = min(keep, self._limit.calls - 1)
        missing = 1 + keep - (self._limit.calls - self._open - len(self._landed))
        if missing <= 0:
            return now
        if missing > len(self._landed):
            return now + self._limit.seconds
        return self._landed[missing - 1] + self._limit.seconds

    def allowances(self, since: float, now: float, keep: int) -> list[tuple[float, float]]:
        """Return pairs of a moment and how many calls may be made after `since` and up to it.

        `keep` calls are left for others. A plan made from these moments stays the same while it
        is waited for: what has come back by `now` counts as free, and nothing else moves.
        """
        if self._landed and self._landed[0] + self._limit.seconds <= now:
            self._forget(now)
        keep = min(keep, self._limit.calls - 1)
        free = self._limit.calls - keep - self._open - len(self._landed)
        seconds = self._limit.seconds
        if not self._landed:
            return [(since + seconds, free + self._open)]
        return [(landed + seconds, free + at) for at, landed in enumerate(self._landed, 1)]

    def _forget(self, now: float) -> None:
        while self._landed and self._landed[0] + self._limit.seconds <= now:
            self._landed.popleft()


class BucketMeter:
    """Counts calls against a bucket that refills steadily."""

    __slots__ = ("_ages", "_full_at", "_landed_at", "_limit", "_open")

    def __init__(self, limit: Bucket) -> None:
        self._limit = limit
        self._open = 0
        self._full_at = float("-inf")
        self._landed_at = float("-inf")
        self._ages = tuple(laps * limit.burst / limit.rate for laps in _LAPS)

    def spend(self) -> None:
        """Count a call that is sent."""
        self._open += 1

    def land(self, now: float) -> None:
        """Record that the answer of one of the calls sent was heard."""
        self._open -= 1
        self._full_at = max(self._full_at, now) + 1.0 / self._limit.rate
        self._landed_at = now

    def refund(self) -> None:
        """Record that one of the calls sent never left: it does not count."""
        self._open -= 1

    def refuse(self, wait: float, now: float) -> None:
        """Record that the call that landed last was refused: there will be one after `wait`."""
        self._full_at = now + wait + (self._limit.burst - 1) / self._limit.rate

    def resize(self, part: SharedLimit, now: float) -> None:
        """Count against another limit from here on; what is drained stays drained.

        It may be more than the limit for a time.
        """
        drained = self.counted(now) - self._open
        self._limit = Bucket(1.0 / part.spacing, part.calls)
        self._ages = tuple(laps * part.seconds for laps in _LAPS)
        if drained:
            self._full_at = now + drained * part.spacing

    def counted(self, now: float) -> float:
        """Return how much is drained, and calls on their way."""
        return self._open + max(0.0, self._full_at - now) * self._limit.rate

    def is_idle(self, now: float) -> bool:
        """Return whether nothing is counted any more."""
        return not self._open and self._full_at <= now

    def ready_at(self, now: float, keep: int, slowness: float = 1.0) -> float:
        """Return when a call may be sent that leaves `keep` calls for others; `now` at the least.

        A bucket is ours alone, so that a refusal means that its rate is lower than known: who is
        slow has no burst, and calls that are as far apart as the rate allows, times `slowness`.
        """
        keep = min(keep, self._limit.burst - 1)
        spare = self._limit.burst - 1 - keep - self._open
        apart = min(slowness, 2.0 * (slowness - 1.0)) / self._limit.rate
        now = max(now, self._landed_at + apart)
        if spare < 0:
            return max(now, self._full_at) - spare / self._limit.rate
        return max(now, self._full_at - spare / self._limit.rate)

    def allowances(self, since: float, now: float, keep: int) -> list[tuple[float, float]]:
        """Return moments and the calls that may be made up to them, as a window does."""
        del now  # what a bucket holds follows from when it will be full
        keep = min(keep, self._limit.burst - 1)
        drained = min(max(0.0, self._full_at - since) * self._limit.rate, self._limit.burst)
        free = self._limit.burst - keep - self._open - drained
        return [(since + ahead, free + ahead * self._limit.rate) for ahead in self._ages]


Meter: TypeAlias = WindowMeter | BucketMeter
"""Counts calls against one limit."""


def meter(limit: Limit) -> Meter:
    """Make the meter that counts against `limit`."""
    match limit:
        case Window():
            return WindowMeter(limit)
        case Bucket():
            return BucketMeter(limit)
