"""Opens a database of conversations: connects, prepares SQLite, and migrates the tables.

SQLite runs with a write-ahead log and waits for a lock instead of failing at once.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from tickertape.errors import ConfigError
from tickertape.gateway.reasons import reason_of
from tickertape.gateway.storage.migrations import NewerDatabaseError, migrate

__all__ = ["open_database"]

# Milliseconds that SQLite waits for a lock that another process holds.
_BUSY_TIMEOUT = 5_000
# The same while another process may be migrating the database: half a million entries, 200 MB,
# took 12 s on two slow cores (November 2026).
_MIGRATING = 60_000
_LOG = logging.getLogger(__name__)


async def open_database(url: str) -> AsyncEngine:
    """Return the engine of the database at `url`, opened and migrated.

    Args:
        url: the address of the database, as SQLAlchemy takes it, with an async driver.

    Raises:
        ConfigError: when the database cannot be opened, or a newer version made it; its text
            holds no password.
    """
    try:
        shown = make_url(url).set(query={}).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        raise ConfigError("storage.url", "<unreadable>", "a database's address") from None
    try:
        # Parameters are texts of conversations: they stay out of every error.
        engine = create_async_engine(url, hide_parameters=True)
    except ModuleNotFoundError as error:
        allowed = f"a database whose driver is installed (pip install {error.name})"
        raise ConfigError("storage.url", shown, allowed) from None
    except (SQLAlchemyError, TypeError, ValueError):
        allowed = "a database with an async driver: sqlite+aiosqlite or postgresql+asyncpg"
        raise ConfigError("storage.url", shown, allowed) from None
    try:
        if engine.dialect.name == "sqlite":
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
            _open_once(engine)
        await _migrate(engine)
    except NewerDatabaseError:
        await engine.dispose()
        allowed = "a database of this version or an older one; a newer one made it: upgrade"
        raise ConfigError("storage.url", shown, f"{allowed} Tickertape") from None
    except (SQLAlchemyError, sqlite3.Error, OSError, ValueError) as error:
        await engine.dispose()
        allowed = f"a database that can be opened and written ({reason_of(error)})"
        raise ConfigError("storage.url", shown, allowed) from None
    return engine


async def _migrate(engine: AsyncEngine) -> None:
    """Make or change the tables as this version needs them.

    Raises:
        NewerDatabaseError: when a later version made them.
    """
    async with engine.begin() as connection:
        is_sqlite = engine.dialect.name == "sqlite"
        if is_sqlite:
            # Of two programs that start at once, the second waits, and finds the tables made.
            await connection.exec_driver_sql(f"PRAGMA busy_timeout={_MIGRATING}")
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        applied = await connection.run_sync(migrate)
        if is_sqlite:
            await connection.exec_driver_sql(f"PRAGMA busy_timeout={_BUSY_TIMEOUT}")
    if applied:
        _LOG.info("the database is up to date", extra={"revisions": ", ".join(applied)})


def _open_once(engine: AsyncEngine) -> None:
    """Open SQLite's file as the driver will, and close it, so that its error is raised here.

    The driver does not wait for the thread of a connection that it could not open (aiosqlite 0.22,
    `Connection._connect`), which then may find its loop closed.
    """
    arguments, options = engine.dialect.create_connect_args(engine.url)
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect
    connect(*arguments, **options).close()


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.close()
