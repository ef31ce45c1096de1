"""The database: what is kept there shares its transactions, and knows the same moved chats.

SQLite runs with a write-ahead log and waits for a lock instead of failing at once. It grants its
lock for writing in no order, so that of many chats at once some would wait in vain: a lock of our
own, which is fair, is taken first.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from typing import Self, TypeAlias

from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
)
from sqlalchemy.pool import ConnectionPoolEntry

from tickertape.chat import Address
from tickertape.errors import ConfigError
from tickertape.gateway.moves import Moves
from tickertape.gateway.reasons import reason_of
from tickertape.gateway.storage.engines import (
    DRIVERS,
    DriverMissingError,
    DriverUnfitError,
    make_engine,
)
from tickertape.gateway.storage.migrations import NewerDatabaseError, lacks, migrate
from tickertape.gateway.storage.postgres_failures import cure_for
from tickertape.gateway.storage.postgres_url import psycopg_url, shown
from tickertape.gateway.storage.sqlite_file import fault_in, file_in

__all__ = ["Database", "Fence", "read_url"]

# Milliseconds that SQLite waits for a lock that another process holds.
_BUSY_TIMEOUT = 5_000
# The same while another process may be migrating the database: half a million entries, 200 MB,
# took 12 s on two slow cores (November 2026).
_MIGRATING = 60_000
_DATA_VERSION = "PRAGMA data_version"
_LOG = logging.getLogger(__name__)


Fence: TypeAlias = Callable[
    [AsyncSession, Collection[tuple[str, tuple[str, ...]]]], Awaitable[None]
]
"""Called in a transaction that writes about chats, each named by its channel and all of its ids;
raises `FencedError` where one is another process's."""


class _OlderDatabaseError(Exception):
    """Raised for a database that lacks a revision."""


class Database:
    """An open database, whose tables are those of this version."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Begin without a moved chat.

        Args:
            engine: connects to the migrated database.
        """
        self.moves = Moves()
        """The present ids of chats."""
        self.guard: Fence | None = None
        """Keeps others from writing about the chats of a process, where several share them."""
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        is_sqlite = engine.dialect.name == "sqlite"
        # What only reads needs no transaction of a server's: two round trips less. (Each statement
        # sees what is committed by then, within a transaction as well.)
        alone = engine if is_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reading = async_sessionmaker(alone, expire_on_commit=False)
        self._writing: AbstractAsyncContextManager[object] = (
            asyncio.Lock() if is_sqlite else nullcontext()
        )

    @classmethod
    async def open(cls, url: str) -> Self:
        """Return the database at `url`, opened and migrated.

        Args:
            url: the address of the database, as SQLAlchemy takes it, with an async driver.

        Raises:
            ConfigError: when the database cannot be opened, or a newer version made it; its text
                holds no password.
        """
        return cls(await _open(url, _migrate))

    @classmethod
    async def open_beside(cls, url: str) -> Self:
        """Return the database at `url`, which another program may use: it is not migrated.

        Args:
            url: the address of the database, as SQLAlchemy takes it, with an async driver.

        Raises:
            ConfigError: when the database cannot be opened, or another version made it; its text
                holds no password.
        """
        return cls(await _open(url, _check))

    def read(self) -> AsyncSession:
        """Return a session that only reads, to be closed by the caller."""
        return self._reading()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that writes; in SQLite, one at a time."""
        async with self._writing, self._sessions.begin() as session:
            yield session

    async def fence(self, session: AsyncSession, addresses: Collection[Address]) -> None:
        """Keep the chats of addresses for this process until the transaction ends.

        Raises:
            FencedError: when one of them is another process's.
        """
        if self.guard is not None:
            chats = {(at.channel, self.moves.names(at.channel, at.chat)) for at in addresses}
            await self.guard(session, chats)

    async def ping(self) -> None:
        """Return when the database has answered.

        Raises:
            SQLAlchemyError: when it cannot.
        """
        async with self.read() as session:
            await session.execute(text("SELECT 1"))

    @property
    def url(self) -> URL:
        """Its address, with its password."""
        return self._engine.url

    @property
    def is_shared(self) -> bool:
        """Whether programs on other machines may use it, too."""
        return self._engine.dialect.name == "postgresql"

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
        """Yield a function that returns whether anything may have been written since its last call.

        SQLite counts what other connections commit (sqlite.org/pragma.html#pragma_data_version),
        which costs next to nothing to ask for. Of a server that is not known, so it may always.
        The connection keeps its mode: a database in memory has no other one.
        """
        if self._engine.dialect.name != "sqlite":
            yield _always
            return
        async with self._engine.connect() as connection:
            last = None

            async def has_changed() -> bool:
                nonlocal last
                before, last = last, (await connection.exec_driver_sql(_DATA_VERSION)).scalar()
                return before != last

            yield has_changed

    async def aclose(self) -> None:
        """Close the database. Calling this twice is harmless."""
        await self._engine.dispose()


async def _always() -> bool:
    return True


def read_url(url: str) -> URL:
    """Return the parts of a database's address; of Postgres as its driver takes them.

    Raises:
        ConfigError: when it is none, or has parameters that Postgres does not know.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError("storage.url", "<unreadable>", "a database's address") from None
    return psycopg_url(address)


async def _open(url: str, prepare: Callable[[AsyncEngine], Awaitable[None]]) -> AsyncEngine:
    read = read_url(url)
    address = shown(read)
    try:
        engine = make_engine(read)
    except DriverMissingError as error:
        allowed = f"a database whose driver is installed ({error.cure})"
        raise ConfigError("storage.url", address, allowed) from None
    except DriverUnfitError:
        allowed = f"a database with an async driver: {' or '.join(DRIVERS)}"
        raise ConfigError("storage.url", address, allowed) from None
    try:
        if engine.dialect.name == "sqlite":
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
            _open_once(engine)
        await prepare(engine)
    except _OlderDatabaseError:
        await engine.dispose()
        allowed = "a database of this version; `tickertape serve` brings an older one up to date"
        raise ConfigError("storage.url", address, allowed) from None
    except NewerDatabaseError:
        await engine.dispose()
        allowed = "a database of this version or an older one; a newer one made it: upgrade"
        raise ConfigError("storage.url", address, f"{allowed} Tickertape") from None
    except (SQLAlchemyError, sqlite3.Error, OSError, ValueError) as error:
        await engine.dispose()
        file = file_in(engine.url)
        why = reason_of(error) if file is None else fault_in(file, error)
        allowed = f"a database that can be opened and written ({why})"
        if engine.dialect.name == "postgresql":
            allowed = f"{allowed}. {cure_for(error)}"
        raise ConfigError("storage.url", address, allowed) from None
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


async def _check(engine: AsyncEngine) -> None:
    """Check that the tables are those of this version.

    Raises:
        NewerDatabaseError: when a later version made them.
        _OlderDatabaseError: when an earlier version did, or none.
    """
    async with engine.connect() as connection:
        if await connection.run_sync(lacks):
            raise _OlderDatabaseError


def _open_once(engine: AsyncEngine) -> None:
    """Open SQLite's file as the driver will, and close it, so that its error is raised here.

    The driver does not wait for the thread of a connection that it could not open (aiosqlite 0.22,
    `Connection._connect`), which then may find its loop closed.
    """
    _make_private(engine.url.database or "")
    arguments, options = engine.dialect.create_connect_args(engine.url)
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect
    connect(*arguments, **options).close()


def _make_private(name: str) -> None:
    """Make SQLite's file, if it is not there, so that its owner alone can read what people wrote.

    SQLite gives its log the same rights (sqlite.org/wal.html).
    """
    if name in {"", ":memory:"} or name.startswith("file:"):
        return
    with suppress(OSError):  # SQLite tells it
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT}")
    cursor.execute("PRAGMA journal_mode=WAL")
    # With a write-ahead log, NORMAL (the default of some builds) loses the last commits when the
    # power fails; a message that was taken must not be lost.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
