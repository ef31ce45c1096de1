"""Virtual time for asyncio: a loop whose clock leaps to the next deadline when all tasks wait.

Hours pass in milliseconds, and a test that measures time gets the same numbers on every machine.
Only timers leap: a test on this loop must not wait for sockets, threads or processes.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

__all__ = ["VirtualTimeLoop", "run_in_virtual_time"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


# Timers fire up to one clock resolution early. Two tasks that then wait for the rest of it keep
# each other busy, and a clock that only leaps would stand still; a real one goes on by itself.
_ROUNDS_PER_TICK = 1_000
_TICK = 1e-9
# A million rounds are a thousand ticks: nothing waits for so little, something runs in circles.
_MOST_ROUNDS = 1_000_000


class _LeapingSelector(selectors.DefaultSelector):
    """Waits for nothing: what would be a wait moves the clock instead."""

    now = 0.0
    waits = 0
    _rounds = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or timeout == 0:
            self._go_round()
            return events
        self._rounds = 0
        if timeout is None:
            msg = "every task waits, and for nothing that time would bring"
            raise RuntimeError(msg)
        self.now += max(timeout, 0.0)
        self.waits += 1
        return []

    def _go_round(self) -> None:
        self._rounds += 1
        if self._rounds % _ROUNDS_PER_TICK == 0:
            self.now += _TICK
        if self._rounds > _MOST_ROUNDS:
            self._rounds = 0  # so that the tasks can be cancelled
            msg = "the tasks keep each other busy, and time does not move"
            raise RuntimeError(msg)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that starts at 0 s and never really waits."""

    def __init__(self) -> None:
        self._leaping = _LeapingSelector()
        self._timers = 0
        super().__init__(self._leaping)

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._leaping.now

    def work(self, seconds: float) -> None:
        """Let time pass as if the processor had something else to do: every timer is late."""
        self._leaping.now += seconds

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Set a timer, and count it."""
        self._timers += 1
        return super().call_at(when, callback, *args, context=context)

    @property
    def timers(self) -> int:
        """How many timers were set: who wakes in vain sets one for each time."""
        return self._timers

    @property
    def waits(self) -> int:
        """How often every task waited and the clock leapt: an idle program leaps seldom."""
        return self._leaping.waits


def run_in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end on a `VirtualTimeLoop`.

    Raises:
        RuntimeError: when every task waits for something that no timer brings (a deadlock), or when
            the tasks go round in circles without waiting for anything (a livelock).
    """
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
