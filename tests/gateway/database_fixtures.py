"""Empty databases of each kind, on servers that live as long as the tests of one process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from databases import Database, PostgresServer, emptied, postgres_programs, postgres_server


@pytest.fixture(scope="session")
def postgres_servers() -> Iterator[Callable[[str], PostgresServer]]:
    """Servers of Postgres by their names, each started when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def started(name: str) -> PostgresServer:
            return stack.enter_context(postgres_server(postgres_programs()[name]))

        yield started


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
    postgres_servers: Callable[[str], PostgresServer],
) -> AsyncIterator[Database]:
    """An empty database."""
    if request.param == "sqlite":
        yield Database("sqlite", f"sqlite+aiosqlite:///{tmp_path / 't.db'}")
        return
    yield await emptied(postgres_servers(request.param))
