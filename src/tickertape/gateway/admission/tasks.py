"""What takes time: work with the database, which is never cut off, and telling people, which is.

A call to a database that is cancelled costs its connection, and may hold up the end. A message that
waits for a chat's limits may take minutes, which an end does not wait for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

from tickertape.gateway.reasons import crash_of

__all__ = ["Tasks"]

_LOG = logging.getLogger(__name__)
# Seconds that work gets at the end: longer than SQLite waits for a lock (5 s, `storage.database`).
_LONGEST = 6.0


class Tasks:
    """Runs what takes time; a failure is logged, and ends nothing else."""

    def __init__(self) -> None:
        """Begin without a task."""
        self._work: set[asyncio.Task[None]] = set()
        self._telling: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Start work with the database, which waits for no chat."""
        _start(work, self._work)

    def tell(self, telling: Coroutine[object, object, None]) -> None:
        """Start telling people something; what it then does with the database, it starts."""
        _start(telling, self._telling)

    def cancel_telling(self) -> None:
        """Cancel what is being told."""
        for task in self._telling:
            task.cancel()

    async def aclose(self) -> None:
        """Cancel what is being told, and wait until all work is done: for 6 s at most."""
        self.cancel_telling()
        if self._telling:
            await asyncio.wait(set(self._telling))
        if self._work:
            await asyncio.wait(set(self._work), timeout=_LONGEST)


def _start(doing: Coroutine[object, object, None], among: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(_guard(doing))
    among.add(task)
    task.add_done_callback(among.discard)


async def _guard(doing: Coroutine[object, object, None]) -> None:
    try:
        await doing
    except Exception as error:  # noqa: BLE001 - whatever a database or a channel raises
        _LOG.error("letting people in failed", extra=crash_of(error))
