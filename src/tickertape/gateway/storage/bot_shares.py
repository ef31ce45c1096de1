"""What each process holds of a bot's own limit, in the database that the processes share.

One process at a time looks at the rows of a channel and changes its own. In Postgres a lock of the
transaction sees to that. In SQLite it is the deletion that comes first, which leaves one that
writes.
"""

from __future__ import annotations

from typing import Final, cast

from sqlalchemy import CursorResult, Table, and_, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.gateway.fleet.shares import Decide, Holding, NextShare
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.tables import BotShareRow, WorkerRow

__all__ = ["BotShareBook"]

# A process that is suspended between two statements keeps it from all others for as long as the
# server lets it (`engines.make_engine`).
_LOCK: Final = text(
    "SELECT pg_advisory_xact_lock(hashtext('tickertape bot shares'), hashtext(:channel))"
)
_SHARES: Final = cast("Table", BotShareRow.__table__)
_WORKERS: Final = cast("Table", WorkerRow.__table__)


class BotShareBook:
    """Keeps the rows. Raises whatever the database does: then nothing is known of the round."""

    def __init__(self, database: Database) -> None:
        """Keep them in a database."""
        self._database = database

    async def agree(self, channel: str, worker: str, decide: Decide) -> NextShare | None:
        """Let a process decide what it holds, while no other does.

        Rows of processes that live no more are deleted first: what they held is free.

        Args:
            channel: whose bot's limit it is.
            worker: the process.
            decide: called once at the most, and before anything is committed.

        Returns:
            What was decided; None: the process has no row in `workers`, and holds nothing.
        """
        async with self._database.write() as session:
            await self._be_alone(session, channel)
            holdings = await _holdings(session, channel)
            if worker not in holdings:
                return None
            mine = holdings.pop(worker)
            others = tuple(one for one in holdings.values() if one is not None)
            decided = decide(mine, others)
            await _write(session, channel, decided.row)
        return decided

    async def leave(self, worker: str) -> None:
        """Delete all rows of a process: what it held is free. Its last calls are a window ago."""
        async with self._database.write() as session:
            await session.execute(delete(_SHARES).where(_SHARES.c.worker == worker))

    async def _be_alone(self, session: AsyncSession, channel: str) -> None:
        if self._database.is_shared:
            await session.execute(_LOCK, {"channel": channel})
        is_dead = _SHARES.c.worker.not_in(select(_WORKERS.c.id))
        await session.execute(delete(_SHARES).where(_SHARES.c.channel == channel, is_dead))


async def _holdings(session: AsyncSession, channel: str) -> dict[str, Holding | None]:
    """Return for each process that lives its row, if there is one."""
    is_its = and_(_SHARES.c.worker == _WORKERS.c.id, _SHARES.c.channel == channel)
    columns = (_SHARES.c.calls, _SHARES.c.total, _SHARES.c.wish, _SHARES.c.rounds)
    query = select(_WORKERS.c.id, *columns).outerjoin(_SHARES, is_its)
    return {
        worker: None if calls is None else Holding(worker, calls, total, wish, rounds)
        for worker, calls, total, wish, rounds in (await session.execute(query)).all()
    }


async def _write(session: AsyncSession, channel: str, row: Holding) -> None:
    values = {"calls": row.calls, "total": row.total, "wish": row.wish, "rounds": row.rounds}
    keys = {"channel": channel, "worker": row.worker}
    ours = and_(*(_SHARES.c[name] == value for name, value in keys.items()))
    found = await session.execute(update(_SHARES).where(ours).values(**values))
    if not cast("CursorResult[object]", found).rowcount:
        await session.execute(insert(_SHARES).values(**keys, **values))
