"""The tables of the engine: made where they are missing, and left alone where they are another's.

They are used as the installed version of Procrastinate would make them: each of its functions has
its version in its name, so that tables of another version lack some of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from tickertape.gateway.storage.database import Database

if TYPE_CHECKING:
    from procrastinate import App

__all__ = ["OtherTablesError", "make_tables"]

# Any number, the same in all versions of Tickertape: it names the lock of who makes the tables.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(4417243109)")
_THERE: Final = text("SELECT to_regclass('procrastinate_jobs')")
_MISSING: Final = text(
    "SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE to_regproc(name) IS NULL"
)
_FUNCTION: Final = re.compile(r"CREATE FUNCTION (\w+)")


class OtherTablesError(Exception):
    """Raised where another version of the engine made its tables."""


async def make_tables(database: Database, app: App) -> None:
    """Make the engine's tables: once, of processes that start at the same time.

    Args:
        database: where they are.
        app: the engine, opened.

    Raises:
        OtherTablesError: when another version of the engine made them.
    """
    async with database.write() as session:
        await session.execute(_LOCK)
        if await session.scalar(_THERE) is None:
            await app.schema_manager.apply_schema_async()
            return
        names = _FUNCTION.findall(app.schema_manager.get_schema())
        if await session.scalar(_MISSING, {"names": names}) is not None:
            raise OtherTablesError
