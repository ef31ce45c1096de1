"""A loop that has a core to itself, whatever else runs on the machine.

Its clock goes on by the processor time that the process takes, and leaps over waits: how late a
timer rings, and what share of a core something takes, are the same on a busy machine as on an idle
one. Only timers are waited for: no sockets, threads or processes.
"""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Coroutine
from time import perf_counter, process_time
from typing import Any, TypeVar

__all__ = ["run_on_own_core"]

T = TypeVar("T")

_BRIEF = 0.0005


class _LeapingSelector(selectors.DefaultSelector):
    """Waits for nothing: what would be a wait moves the clock instead."""

    leapt = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if not events:
            if timeout is None:
                msg = "every task waits, and for nothing that time would bring"
                raise RuntimeError(msg)
            # As epoll does, which knows milliseconds alone.
            self.leapt += math.ceil(max(timeout, 0.0) * 1000.0) / 1000.0
        return events


class _OwnCoreLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is processor time, and waits that take none."""

    def __init__(self) -> None:
        self._leaping = _LeapingSelector()
        self._read_at = self._spent = self._newest = 0.0
        super().__init__(self._leaping)

    def time(self) -> float:
        """Return the seconds of processor time and of waits so far."""
        # The kernel tells the processor time, which takes microseconds: for less than a
        # millisecond any clock will do.
        read = perf_counter()
        if read > self._read_at + _BRIEF:
            self._read_at, self._spent = read, process_time()
        at = self._spent + read - self._read_at + self._leaping.leapt
        self._newest = max(self._newest, at)
        return self._newest


def run_on_own_core(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end as if the machine had nothing else to do.

    Raises:
        RuntimeError: when every task waits for something that no timer brings.
    """
    with asyncio.Runner(loop_factory=_OwnCoreLoop) as runner:
        return runner.run(main)
