"""Databases to test with: a file of SQLite, and servers of Postgres.

The newest and the oldest server are tested with (`benchmarks.postgres`).

Migrating an empty database takes longer than most tests do besides. It is done once; tests that do
not look at it begin with a copy, or with the tables as they were, without a row.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.postgres import (
    SUPERUSER,
    PostgresServer,
    postgres_programs,
    postgres_server,
    runnable,
)
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from tickertape.gateway.storage.migrations import migrate

__all__ = [
    "SCRIPTS",
    "SUPERUSER",
    "Database",
    "PostgresServer",
    "cleared",
    "database_in",
    "emptied",
    "make_migrated",
    "postgres_programs",
    "postgres_server",
    "runnable",
]

SCRIPTS = Path(__file__).parent
_ALONE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
"""
# A new database is a thousand files, an empty schema is none.
_EMPTY = """
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
"""
_CLEAR = """
DO $$
DECLARE
    names text;
BEGIN
    SELECT string_agg(quote_ident(tablename), ', ') INTO names FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'tickertape_revision';
    EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY CASCADE';
END $$;
"""
_MIGRATED = "migrated"
"""The database of a server that has the tables of this version."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database."""

    kind: str
    """`sqlite` or `postgres`."""
    url: str
    """Its address, as SQLAlchemy takes it."""

    async def run(self, script: str) -> None:
        """Run statements of SQL beside whoever has opened it."""
        engine = create_async_engine(self.url)
        async with engine.connect() as connection:
            # SQLAlchemy takes one statement at a time.
            driver: Any = (await connection.get_raw_connection()).driver_connection
            if self.kind == "sqlite":
                await driver.executescript(script)
            else:
                await driver.set_autocommit(True)
                await driver.execute(script)
        await engine.dispose()

    async def become_version_0_1(self) -> None:
        """Fill it with what that version made."""
        await self.run((SCRIPTS / f"version_0_1.{self.kind}.sql").read_text("utf-8"))


def database_in(folder: Path) -> str:
    """Return the address of the database of SQLite in a folder; a missing one is made first."""
    file = folder / "t.db"
    if not file.exists():
        file.write_bytes(_migrated())
    return f"sqlite+aiosqlite:///{file}"


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "t.db"
        engine = create_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            migrate(connection)
        engine.dispose()
        return file.read_bytes()


async def emptied(server: PostgresServer) -> Database:
    """Return the database of a server without what the last test left there."""
    database = Database("postgres", server.url())
    await database.run(_ALONE + _EMPTY)
    return database


def make_migrated(server: PostgresServer) -> None:
    """Make the database of a server that `cleared` returns."""
    maintenance = create_engine(server.url(), isolation_level="AUTOCOMMIT")
    with maintenance.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {_MIGRATED}")
    maintenance.dispose()
    engine = create_engine(server.url(_MIGRATED))
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()


async def cleared(server: PostgresServer) -> Database:
    """Return the migrated database of a server without the rows that the last test left there."""
    database = Database("postgres", server.url(_MIGRATED))
    await database.run(_ALONE + _CLEAR)
    return database
