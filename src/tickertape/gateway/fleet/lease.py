"""How long a process may be sure of what it owns.

Others take what it owns when the database has not heard of it for `LEASE`. So it acts for half of
that from when it sent its last beat, by a clock that goes on while the machine sleeps, and then
waits for the next beat: whatever stopped it meanwhile, it does not act as the owner that it was.
What remains is a stop of more than half a lease between that look and the socket.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from tickertape.gateway.storage.claims import LEASE

__all__ = ["SURE_FOR", "Lease"]

SURE_FOR: Final = LEASE / 2
"""Seconds from a beat for which its process may act."""


def _seconds() -> float:
    """Return the time of a clock that never stops; elsewhere than in Linux one that may."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


class Lease:
    """The time for which a process owns what it claimed."""

    def __init__(self, clock: Callable[[], float] = _seconds) -> None:
        """Begin without a beat: it does not hold.

        Args:
            clock: returns the time, in seconds.
        """
        self.clock = clock
        """Returns the time, in seconds."""
        self._until = float("-inf")
        self._since = float("inf")
        self._is_lost = False
        self._news = asyncio.Event()

    @property
    def is_lost(self) -> bool:
        """Whether others own what this process claimed, for good."""
        return self._is_lost

    @property
    def holds(self) -> bool:
        """Whether the process may act."""
        return not self._is_lost and self.clock() < self._until

    @property
    def is_steady(self) -> bool:
        """Whether it has held for the whole of `LEASE`: then silence of others is their own."""
        return self.holds and self.clock() - self._since >= LEASE

    def confirm(self, sent_at: float) -> None:
        """Record a beat that the database heard.

        Args:
            sent_at: when it was sent, by `clock`.
        """
        if sent_at > self._until:
            self._since = sent_at
        self._until = max(self._until, sent_at + SURE_FOR)
        self._tell()

    def lose(self) -> None:
        """Record that the process was taken for dead."""
        self._is_lost = True
        self._tell()

    async def held(self) -> bool:
        """Wait until the process may act, or never may again; return which."""
        while not (self.holds or self._is_lost):
            await self._news.wait()
        return not self._is_lost

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
