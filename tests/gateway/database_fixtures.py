"""Databases of each kind, on servers that live as long as the tests of one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from databases import (
    Database,
    PostgresServer,
    cleared,
    database_in,
    emptied,
    make_migrated,
    postgres_programs,
    postgres_server,
)


@pytest.fixture(scope="session")
def postgres_servers() -> Iterator[Callable[[str], PostgresServer]]:
    """Servers of Postgres by their names, each started when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def started(name: str) -> PostgresServer:
            return stack.enter_context(postgres_server(postgres_programs()[name]))

        yield started


@pytest.fixture(scope="session")
def migrated_servers(
    postgres_servers: Callable[[str], PostgresServer],
) -> Callable[[str], PostgresServer]:
    """The same servers, each with a migrated database."""

    @cache
    def migrated(name: str) -> PostgresServer:
        server = postgres_servers(name)
        make_migrated(server)
        return server

    return migrated


@pytest.fixture(params=list(postgres_programs()))
def postgres(
    request: pytest.FixtureRequest, postgres_servers: Callable[[str], PostgresServer]
) -> PostgresServer:
    """A server of Postgres; other tests use it, too."""
    return postgres_servers(request.param)


@pytest.fixture(params=["sqlite", *postgres_programs()])
async def database(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    migrated_servers: Callable[[str], PostgresServer],
) -> Database:
    """A database with the tables of this version, without a row."""
    if request.param == "sqlite":
        return Database("sqlite", database_in(tmp_path))
    return await cleared(migrated_servers(request.param))


@pytest.fixture(params=["sqlite", *postgres_programs()])
async def empty_database(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    postgres_servers: Callable[[str], PostgresServer],
) -> Database:
    """A database without a table."""
    if request.param == "sqlite":
        return Database("sqlite", f"sqlite+aiosqlite:///{tmp_path / 't.db'}")
    return await emptied(postgres_servers(request.param))
