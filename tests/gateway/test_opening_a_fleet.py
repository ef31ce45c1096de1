"""A process joins a fleet where its database can be shared, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from databases import PostgresServer, emptied
from fleet_stage import RecordedOwner

from tickertape.chat import Address, ChatKind
from tickertape.errors import ConfigError, FailureKind
from tickertape.events import Failed
from tickertape.gateway.fleet.fleet import Fleet
from tickertape.gateway.fleet.no_agent import NoAgent
from tickertape.gateway.fleet.opening import open_fleet
from tickertape.gateway.fleet.role import ProcessRole
from tickertape.gateway.storage.database import Database
from tickertape.gateway.watch.readiness import checks_of, reasons_of
from tickertape.gateway.watch.watch import Watch
from tickertape.ports import Turn

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures"]

BOT = {"telegram": "mark of one bot"}


@asynccontextmanager
async def process(database: Database, bots: dict[str, str]) -> AsyncIterator[Fleet]:
    """Run a process of a fleet once it may act."""
    url = database.url.render_as_string(hide_password=False)
    async with open_fleet(database, url, ProcessRole.ALL, bots) as fleet:
        assert fleet is not None
        running = asyncio.create_task(fleet.run(RecordedOwner()))
        assert await fleet.lease.held()
        yield fleet
        running.cancel()
        await asyncio.wait({running})
        await fleet.leave()


async def test_a_file_is_for_one_process(tmp_path: Path) -> None:
    """It answers alone; one that was to work with others is a mistake of the configuration."""
    url = f"sqlite+aiosqlite:///{tmp_path / 't.db'}"
    database = await Database.open(url)
    async with open_fleet(database, url, ProcessRole.ALL, BOT) as fleet:
        assert fleet is None
    for role in (ProcessRole.WORKER, ProcessRole.INTAKE):
        with pytest.raises(ConfigError, match=f"a Postgres database, .* the role {role}"):
            async with open_fleet(database, url, role, BOT):
                pass
    await database.aclose()


async def test_a_name_means_one_bot(postgres: PostgresServer) -> None:
    """A process with another one is refused as long as the first one lives, without its token."""
    database = await Database.open((await emptied(postgres)).url)
    async with process(database, BOT) as first:
        checks = checks_of(Watch([]), database, lambda: False, first)
        assert await reasons_of(checks) == {}
        async with process(database, BOT):
            pass
        with pytest.raises(ConfigError, match=r"another one answers with another bot") as caught:
            async with process(database, {"telegram": "mark of another bot"}):
                pass
        assert "mark" not in str(caught.value)
    async with process(database, {"telegram": "mark of another bot"}):
        pass
    checks = checks_of(Watch([]), database, lambda: False, first)
    first.lease.lose()
    assert list(await reasons_of(checks)) == ["ownership"]
    await database.aclose()


async def test_an_agent_that_answers_nothing() -> None:
    """It says that something is wrong, as its process is not to answer."""
    turn = Turn(Address("telegram", "1", ChatKind.PRIVATE), None, "hello")
    [said] = [event async for event in NoAgent().run(turn)]
    assert isinstance(said, Failed)
    assert said.error.kind is FailureKind.INTERNAL
