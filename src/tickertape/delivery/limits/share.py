"""One process's share of a limit that several processes of a bot spend together.

A window of R calls in S seconds can be cut into windows of n1 + n2 + … <= R calls in S seconds: as
each process keeps to its own, any S seconds hold R calls at the most. A bucket of burst B can be
cut into buckets of burst n1 + n2 + … <= B, each refilled at its part of the rate: what is drained
of all of them together is never less than what the platform counts as drained.

**When a call of a share may be given to another process.** Not when the share was lowered, but when
the meter counts no more than what is left of the share, calls on their way included. The platform
counts from this moment on no more of ours than our meter does. An unused call is free at once; a
used one after a window, whatever the delays were.
"""

from __future__ import annotations

from dataclasses import dataclass

from tickertape.delivery.surface import Bucket, Limit, Window

__all__ = ["Demand", "Share", "SharedLimit", "part_of", "seconds_of", "size_of"]


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the bot's own limit this process may use."""

    calls: int
    """Calls of `total` that it may make; 0: none."""
    kept: int
    """Calls of `total` that no other process may make: as many, or more while earlier calls count.
    A bucket is refilled at this part of its rate."""
    total: int
    """The calls of the whole limit."""


@dataclass(frozen=True, slots=True)
class Demand:
    """How much of the bot's own limit this process uses, and wants."""

    total: int
    """The calls of the whole limit: those of a window, or the burst of a bucket."""
    seconds: float
    """After how long a call that was used is there again: the window, or a bucket's refill."""
    made: int
    """Calls made since the outbox was made. It only grows, but for calls that never left."""
    counted: int
    """Calls of `total` that the limit counts, those on their way included."""
    waiting: int
    """Chats that wait for the limit."""
    open_chats: int = 0
    """Chats in which an answer is being written."""


@dataclass(frozen=True, slots=True)
class SharedLimit:
    """A limit cut down to a share, as meters count it."""

    calls: int
    """Calls that fit into the window or the bucket; 0: none may be made."""
    seconds: float
    """The window; for a bucket, how long one that is drained takes to fill."""
    spacing: float
    """Seconds from one call to the next in the long run."""


def size_of(limit: Limit) -> int:
    """Return how many calls a limit allows at once, which is what is shared."""
    return limit.calls if isinstance(limit, Window) else limit.burst


def seconds_of(limit: Limit) -> float:
    """Return after how many seconds all of a limit is there again."""
    return limit.seconds if isinstance(limit, Window) else limit.burst / limit.rate


def part_of(limit: Limit, share: Share | None) -> SharedLimit:
    """Return what a share is of a limit, rounded down; None: all of it.

    What is drained of a bucket goes on to refill when nothing may be called.
    """
    if share is None:
        share = Share(1, 1, 1)
    calls = size_of(limit) * share.calls // share.total
    match limit:
        case Window(seconds=seconds):
            return SharedLimit(calls, seconds, seconds / max(calls, 1))
        case Bucket(rate=rate):
            refill = rate * max(share.kept, 1) / share.total
            return SharedLimit(calls, max(calls, 1) / refill, 1.0 / refill)
