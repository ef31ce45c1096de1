"""Waits that can be cut short from outside, where there are many of them.

Each wait has an `asyncio.timeout` of its own, with a timer that is set and cancelled: on the way of
every word that costs more than the word. These are made once, and entered for each wait.
"""

from __future__ import annotations

import asyncio
import math
from types import TracebackType
from typing import Self

__all__ = ["Deadline", "Interruption"]


class Interruption:
    """Cuts off what one task awaits: `with interruption:` around it, `cut` from outside.

    It can be entered again and again, by one task at a time. What is cut raises `TimeoutError`
    where the block is left, as that of `asyncio.timeout` does.
    """

    __slots__ = ("_cancelling", "_task", "was_cut")

    def __init__(self) -> None:
        """Begin outside of any wait."""
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self.was_cut = False
        """Whether the latest wait was cut off."""

    def __enter__(self) -> Self:
        """Begin to wait.

        Raises:
            RuntimeError: There is no task that could be interrupted.
        """
        task = asyncio.current_task()
        if task is None:
            msg = "a wait is cut off in a task"
            raise RuntimeError(msg)
        self._task, self._cancelling, self.was_cut = task, task.cancelling(), False
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the wait.

        Raises:
            TimeoutError: It was cut off, and the task was not cancelled otherwise.
        """
        task, self._task = self._task, None
        if not self.was_cut or task is None:
            return
        if task.uncancel() <= self._cancelling and exc_type is asyncio.CancelledError:
            raise TimeoutError from exc

    def cut(self) -> None:
        """Cut off the wait that goes on; without one nothing happens."""
        if self._task is not None and not self.was_cut:
            self.was_cut = True
            self._task.cancel()


class Deadline(Interruption):
    """Cuts off what is awaited for too long: `with deadline.at(moment):` around each wait.

    One timer for all waits, which is set again when it rings, or for a moment before that: to move
    the deadline on costs nothing.
    """

    __slots__ = ("_at", "_loop", "_rings_at", "_timer")

    def __init__(self) -> None:
        """Begin without a deadline; there has to be a running loop."""
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._at = self._rings_at = math.inf

    def at(self, moment: float) -> Self:
        """Return the wait that is cut off at `moment`, by the loop's clock."""
        self._at = moment
        if moment < self._rings_at:
            self._set(moment)
        return self

    def close(self) -> None:
        """Take the timer away: nothing more is waited for."""
        if self._timer is not None:
            self._timer.cancel()

    def _set(self, moment: float) -> None:
        self.close()
        self._rings_at = moment
        self._timer = self._loop.call_at(moment, self._ring)

    def _ring(self) -> None:
        self._rings_at, self._timer = math.inf, None
        if self._task is None:
            return  # the next wait sets it
        if self._loop.time() < self._at:
            self._set(self._at)
        else:
            self.cut()
