"""The task that writes an answer's entries into the memory.

It is apart from the answer, so that a slow database does not slow the reading of the model.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from tickertape.conversation import Entry
from tickertape.gateway.reasons import words_of

__all__ = ["HistoryWriter"]

_LOG = logging.getLogger(__name__)

# Seconds that a write gets after everything else was given up: SQLite's wait for a lock (5 s,
# `storage.database`).
_LAST_WRITE = 5.0


class HistoryWriter:
    """Writes entries into the memory, in their order, in a task of its own."""

    def __init__(
        self, write: Callable[[Sequence[Entry]], Awaitable[None]], where: Mapping[str, object]
    ) -> None:
        """Begin without an entry.

        Args:
            write: adds entries to the memory: all of them, or none when it raises.
            where: the log fields of the conversation.
        """
        self._write = write
        self._where = where
        self._waiting: list[Entry] = []
        self._writing: asyncio.Task[None] | None = None

    def keep(self, entry: Entry) -> None:
        """Start writing `entry`. Never waits."""
        self._waiting.append(entry)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="tickertape memory")

    async def flush(self) -> None:
        """Wait until every entry is written, or was logged as lost.

        Cancelling leaves 5 s for the entries that are being written.
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
        """Log the loss; the reader, who has the answer on screen, is not told."""
        _LOG.error("an answer was not stored", extra={**self._where, "error": why})
