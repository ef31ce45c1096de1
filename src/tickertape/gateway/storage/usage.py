"""What models took, kept in the database: a row for each turn and model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, cast

from sqlalchemy import CursorResult, Table, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.gateway.reasons import words_of
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.tables import UsageRow
from tickertape.watching.facts import Fact, TokensUsed

__all__ = ["UsageBook"]

_LOG = logging.getLogger(__name__)
# Seconds that a database may take: longer than SQLite waits for a lock (5 s, `storage.database`).
_LONGEST: Final = 6.0
# Seconds of which all is written at once: a choice.
_GATHERED: Final = 1.0
# How many facts wait for a database that fails; older ones are lost, and that is logged.
_MOST_WAITING: Final = 10_000


_TABLE: Final = cast("Table", UsageRow.__table__)


def _now() -> datetime:
    return datetime.now(UTC)


class UsageBook:
    """Writes what models took as it is told, in a task of its own. Implements `Observer`.

    Not at the end of a turn but within a second of each answer of a model, all of that second in
    one transaction: what was paid for stays known when the process is killed later, and a busy bot
    writes no more often than a quiet one.
    """

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = _now) -> None:
        """Begin with nothing to write.

        Args:
            database: where it is kept, together with the conversations.
            clock: returns the time, with its zone.
        """
        self._database = database
        self._clock = clock
        self._waiting: list[TokensUsed] = []
        self._writing: asyncio.Task[None] | None = None
        self._is_due = asyncio.Event()

    def note(self, fact: Fact) -> None:
        """Start writing what a model took; see `Observer`."""
        if not isinstance(fact, TokensUsed):
            return
        self._waiting.append(fact)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="tickertape usage")

    async def flush(self) -> None:
        """Wait until all is written, or was logged as lost: for 6 s at most."""
        self._is_due.set()
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=_LONGEST)
        if self._waiting:
            _lost(len(self._waiting), "the program has ended")

    async def _write_all(self) -> None:
        while self._waiting:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_due.wait(), _GATHERED)
            waiting, self._waiting = self._waiting, []
            try:
                async with asyncio.timeout(_LONGEST), self._database.write() as session:
                    for fact in waiting:
                        await self._add(session, fact)
            except Exception as error:  # noqa: BLE001 - whatever a database raises
                # They are tried again with the next.
                self._waiting = [*waiting, *self._waiting]
                fields = {"count": len(self._waiting), "error": words_of(error)}
                _LOG.error("what models took is not stored yet", extra=fields)
                self._forget_oldest()
                return

    def _forget_oldest(self) -> None:
        if (too_many := len(self._waiting) - _MOST_WAITING) > 0:
            del self._waiting[:too_many]
            _lost(too_many, "the database fails for too long")

    async def _add(self, session: AsyncSession, fact: TokensUsed) -> None:
        """Add what was taken to the row of its turn and model."""
        usage, now = fact.usage, self._clock()
        taken = {
            "requests": 1,
            "input_tokens": usage.input_tokens,
            "cached_tokens": usage.cached_tokens,
            "output_tokens": usage.output_tokens,
            # What is not known is NULL, and makes a sum NULL.
            "cost": fact.cost,
        }
        if fact.turn:
            more = {name: _TABLE.c[name] + count for name, count in taken.items()}
            ours = (_TABLE.c.turn == fact.turn, _TABLE.c.model == fact.model)
            found = await session.execute(update(_TABLE).where(*ours).values(**more, used_at=now))
            if cast("CursorResult[object]", found).rowcount:
                return
        here = self._database.moves.at(fact.address)
        where = {"channel": here.channel, "chat": here.chat, "thread": here.thread or ""}
        row = {"turn": fact.turn or None, "model": fact.model, "used_at": now, **where, **taken}
        await session.execute(insert(_TABLE).values(**row))


def _lost(count: int, why: str) -> None:
    _LOG.error("what models took is not stored: lost", extra={"count": count, "error": why})
