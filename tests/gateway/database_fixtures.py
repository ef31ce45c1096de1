"""Empty databases of each kind that can be run here."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from databases import Database, postgres_programs, postgres_server

NAMES = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of Postgres; its socket's path has to be short."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("there is no server of Postgres here")
    with (
        tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder,
        postgres_server(Path(folder), programs) as address,
    ):
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database."""
    if request.param == "sqlite":
        yield Database("sqlite", f"sqlite+aiosqlite:///{tmp_path / 't.db'}")
        return
    address: str = request.getfixturevalue("server")
    name = f"t{next(NAMES)}"
    await Database("postgres", address.format(name="postgres")).run(f"CREATE DATABASE {name}")
    yield Database("postgres", address.format(name=name))
