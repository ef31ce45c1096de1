"""What writes an answer's entries into the memory, beside whoever gives them.

Apart from the answer, so that a slow database does not slow the reading of the model.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from tickertape.conversation import Entry
from tickertape.gateway.reasons import words_of

__all__ = ["HistoryWriter"]

_LOG = logging.getLogger(__name__)

# Seconds that a write gets after everything else was given up: SQLite's wait for a lock.
_LAST_WRITE = 5.0


class HistoryWriter:
    """Writes entries into the memory, in their order, beside whoever gives them."""

    def __init__(
        self, write: Callable[[Sequence[Entry]], Awaitable[None]], where: Mapping[str, object]
    ) -> None:
        """Begin with nothing to write.

        Args:
            write: adds entries to the memory: all of them, or nothing when it raises.
            where: what the log says about the conversation.
        """
        self._write = write
        self._where = where
        self._waiting: list[Entry] = []
        self._writing: asyncio.Task[None] | None = None

    def keep(self, entry: Entry) -> None:
        """Write `entry` soon. Never waits."""
        self._waiting.append(entry)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="tickertape memory")

    async def flush(self) -> None:
        """Return when everything is written, or was logged as lost.

        Cancelling leaves a few seconds for what is being written.
        """
        if self._writing is None:
            return
        try:
            await asyncio.wait({self._writing})
        except asyncio.CancelledError:
            await asyncio.wait({self._writing}, timeout=_LAST_WRITE)
            raise
        finally:
            if self._writing.cancel():
                await asyncio.wait({self._writing})
                self._lost("cancelled")

    async def _write_all(self) -> None:
        while self._waiting:
            entries, self._waiting = self._waiting, []
            try:
                await self._write(entries)
            except Exception as error:  # noqa: BLE001 - whatever a database raises
                self._lost(words_of(error))

    def _lost(self, why: str) -> None:
        """Log it: the answer is on screen, and this is not the reader's concern."""
        _LOG.error("an answer was not stored", extra={**self._where, "error": why})
