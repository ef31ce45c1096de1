"""Many event loops in one thread and in virtual time: each is a process that can be stopped dead.

A process is a loop of its own. It is driven one round at a time; which of several goes first is
drawn. So a process that is killed is one that is not driven any more: none of its tasks ends, no
`finally` runs. One that is paused is not driven for a while, and then finds its timers overdue and
all that came meanwhile waiting, as after SIGSTOP and SIGCONT.
"""

from __future__ import annotations

import asyncio
import heapq
import selectors
from collections.abc import Callable
from contextvars import Context
from itertools import count
from random import Random
from typing import Any, TypeVarTuple

Ts = TypeVarTuple("Ts")

_NEVER = float("inf")
# Rounds of loops without a step of the clock: more are a livelock.
_MOST_ROUNDS = 200_000


class _OneRound(selectors.DefaultSelector):
    """Never waits: it records until when its loop would wait, and has it stop after the round."""

    loop: ProcessLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.loop.waits_for(timeout)
        self.loop.stop()
        return []


class ProcessLoop(asyncio.SelectorEventLoop):
    """The loop of one process, driven by a `Clockwork`."""

    def __init__(self, clockwork: Clockwork, name: str) -> None:
        self.name = name
        """The name of the process."""
        self.is_dead = False
        """Whether it was killed, or has ended."""
        self.paused_until = 0.0
        """When it goes on, if it was paused."""
        self.connect: Callable[[], object] | None = None
        """Returns a connection of the process to its database."""
        self._clockwork = clockwork
        self._next = 0.0
        selector = _OneRound()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Return the time of all processes, in seconds."""
        return self._clockwork.now

    @property
    def next_at(self) -> float:
        """When it has something to do; never for one that is dead."""
        return _NEVER if self.is_dead else max(self._next, self.paused_until)

    def waits_for(self, timeout: float | None) -> None:
        """Record how long it would wait, in seconds; None: for news alone."""
        self._next = _NEVER if timeout is None else self._clockwork.now + timeout

    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Have something to do at once."""
        self._next = 0.0
        return super().call_soon(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Have something to do later."""
        self._next = min(self._next, when)
        return super().call_at(when, callback, *args, context=context)


class Clockwork:
    """Drives processes, and what happens outside of them."""

    def __init__(self, draw: Random) -> None:
        """Begin at 0 s, without a process.

        Args:
            draw: decides which process goes first.
        """
        self.now = 0.0
        """The time, in seconds."""
        self.loops: list[ProcessLoop] = []
        """The loops of all processes, dead ones included."""
        self.goes_first: Callable[[], ProcessLoop | None] = lambda: None
        """Returns the process that goes on before anything else happens, if one does."""
        self._draw = draw
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()

    def process(self, name: str) -> ProcessLoop:
        """Return the loop of another process."""
        loop = ProcessLoop(self, name)
        loop.set_exception_handler(_ignore)
        self.loops.append(loop)
        return loop

    def at(self, when: float, event: Callable[[], object]) -> None:
        """Have something happen outside of all processes.

        Args:
            when: the time, in seconds.
            event: called then.
        """
        heapq.heappush(self._events, (max(when, self.now), next(self._numbers), event))

    def run(self, until: float, *, is_over: Callable[[], bool] = lambda: False) -> None:
        """Go on until a time, or until `is_over`, which is asked at each step of the clock."""
        rounds = 0
        while True:
            if (first := self.goes_first()) is not None:
                first.run_forever()
                continue
            event_at = self._events[0][0] if self._events else _NEVER
            next_at = min((loop.next_at for loop in self.loops), default=_NEVER)
            soonest = min(event_at, next_at)
            if soonest > self.now:
                rounds = 0
                if is_over():
                    return
                if soonest > until:
                    self.now = max(self.now, until)
                    return
                self.now = soonest
            rounds += 1
            if rounds > _MOST_ROUNDS:
                raise RuntimeError("the processes keep each other busy, and time does not move")
            if event_at <= self.now:
                heapq.heappop(self._events)[2]()
                continue
            ready = [loop for loop in self.loops if loop.next_at <= self.now]
            self._draw.choice(ready).run_forever()

    def close(self) -> None:
        """End all loops; their tasks are cancelled, which must have no effect any more."""
        for loop in self.loops:
            loop.is_dead = False
            loop.paused_until = 0.0
            for _ in range(20):
                tasks = asyncio.all_tasks(loop)
                if not tasks:
                    break
                for task in tasks:
                    task.cancel()
                for _ in range(5):
                    loop.run_forever()
            loop.close()


def _ignore(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None:
    """Ignore what a loop tells of tasks that a kill left behind."""
