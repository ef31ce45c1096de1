"""The database of a fleet in virtual time: SQLite in memory, with calls that take time and fail.

All processes use one database, each by a `Database` of its own. A call (a transaction, or a
statement that reads) takes time on its way there and back; on the server a transaction is one step.
So a call can fail, be lost on its way back, or be the last that its process makes. Time is that of
the clockwork, for the database, too.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import cache
from typing import Any, Literal, Protocol, Self, TypeAlias

from fleet_clockwork import ProcessLoop
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.migrations import migrate

Side: TypeAlias = Literal["before", "behind"]

# Seconds since 1970 at which the clockwork begins: any.
EPOCH = 1_800_000_000.0


class Caller(Protocol):
    """The process that calls."""

    async def calls(self, side: Side) -> None:
        """Let a call go there, or its answer come back; raise where it fails."""
        ...


class Server:
    """The database itself."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Begin with the tables, and no row.

        Args:
            now: returns the time, in seconds since the clockwork began.
        """
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.deserialize(_empty())
        self.connection.create_function(
            "julianday", 1, lambda _: (EPOCH + now()) / 86_400 + 2_440_587.5
        )
        self.writer: Connection | None = None
        """The connection whose transaction is open: no other process goes on meanwhile."""
        self.on_commit: Callable[[], None] | None = None
        """Called behind each transaction."""

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what is in the tables."""
        return self.connection.execute(query, values).fetchall()

    def close(self) -> None:
        """End."""
        self.connection.close()


@cache
def _empty() -> bytes:
    """Return a database with tables and without a row."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        migrate(connection)
    raw = engine.raw_connection().driver_connection
    assert isinstance(raw, sqlite3.Connection)
    made = raw.serialize()
    engine.dispose()
    return made


def database_error(what: str) -> OperationalError:
    """Return the error of a call that failed."""
    return OperationalError(None, None, sqlite3.OperationalError(what))


def unheard(what: str) -> OperationalError:
    """Return the error of a call whose answer was not heard, in a server's words."""
    return database_error(f"server closed the connection unexpectedly ({what})")


class Connection:
    """A connection of one process, as SQLAlchemy takes it from `aiosqlite`."""

    def __init__(self, server: Server, caller: Caller, loop: ProcessLoop | None = None) -> None:
        self._server = server
        self._caller = caller
        self.loop = loop
        """The loop of the process; None: it is none of a fleet."""
        self._connection = server.connection
        self.isolation_level = None
        self.committed: list[Callable[[], None]] = []
        """What happens as soon as the transaction is committed."""

    @property
    def is_writing(self) -> bool:
        """Whether its transaction is open."""
        return self._server.writer is self

    async def begin(self) -> None:
        """Begin a transaction, which goes on without a pause."""
        await self._reached()
        self._server.writer = self
        self._connection.execute("BEGIN IMMEDIATE")

    async def execute(self, cursor: sqlite3.Cursor, sql: str, values: Sequence[object]) -> None:
        """Execute a statement; outside of a transaction it is a call of its own."""
        if self.is_writing:
            cursor.execute(sql, values)
            return
        try:
            await self._reached()
            cursor.execute(sql, values)
            await self._caller.calls("behind")
        except OperationalError as error:
            raise sqlite3.OperationalError(str(error.orig)) from None

    async def _reached(self) -> None:
        await self._caller.calls("before")
        while self._server.writer is not None:  # noqa: ASYNC110 - one of the same process
            await asyncio.sleep(0)

    async def commit(self) -> None:
        """Commit the transaction."""
        if not self.is_writing:
            return
        self._connection.execute("COMMIT")
        self._server.writer = None
        committed, self.committed = self.committed, []
        for one in committed:
            one()
        if self._server.on_commit is not None:
            self._server.on_commit()
        try:
            await self._caller.calls("behind")
        except OperationalError as error:
            raise sqlite3.OperationalError(str(error.orig)) from None

    async def rollback(self) -> None:
        """Roll the transaction back."""
        self.committed = []
        if self.is_writing:
            self._connection.execute("ROLLBACK")
            self._server.writer = None

    async def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        await self.rollback()

    def stop(self) -> None:
        """Close the connection at once."""

    async def create_function(self, *_: object, **__: object) -> None:
        """Do nothing: no statement needs what SQLAlchemy adds."""

    def cursor(self) -> _Cursor:
        """Return what executes statements."""
        return _Cursor(self, self._connection.cursor())


class _Cursor:
    def __init__(self, connection: Connection, cursor: sqlite3.Cursor) -> None:
        self._connection = connection
        self._cursor = cursor
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> object:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    async def execute(self, sql: str, values: Sequence[object] = ()) -> _Cursor:
        await self._connection.execute(self._cursor, sql, values)
        return self

    async def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> _Cursor:
        self._cursor.executemany(sql, rows)
        return self

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()


class _Patient:
    """Calls that take no time: they only tell SQLAlchemy which SQLite it is."""

    async def calls(self, side: Side) -> None:
        """Do nothing."""


async def _connect() -> Any:
    """Return a connection of the process whose loop runs."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, ProcessLoop):
        assert loop.connect is not None
        return loop.connect()
    return Connection(Server(lambda: 0.0), _Patient())


@cache
def shared_engine() -> AsyncEngine:
    """Return what all processes of all tests connect with: it remembers compiled statements."""
    engine = create_async_engine(
        "sqlite+aiosqlite:///file", async_creator=_connect, poolclass=NullPool
    )
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(_first(engine))
    return engine


async def _first(engine: AsyncEngine) -> None:
    async with engine.connect():
        return


class ProcessDatabase(Database):
    """The database as one process sees it."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        # Several connections write at the same time, as in Postgres.
        self._writing = nullcontext()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that writes."""
        async with super().write() as session:
            await (await connection_of(session)).begin()
            yield session

    async def aclose(self) -> None:
        """Do nothing: the engine is everybody's."""


async def connection_of(session: AsyncSession) -> Connection:
    """Return the connection of a session."""
    raw = (await (await session.connection()).get_raw_connection()).driver_connection
    assert isinstance(raw, Connection)
    return raw
