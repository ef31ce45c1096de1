"""Wake-ups and notifications on real servers: each reaches one process, whatever happens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
from databases import Database as Place
from databases import PostgresServer, emptied
from fleet_stage import CHAT, HERE, POSTGRES, Process, written
from sqlalchemy import text, update

from tickertape.errors import ConfigError
from tickertape.gateway.fleet.engine import WakeEngine
from tickertape.gateway.fleet.notifications import listen, tell
from tickertape.gateway.fleet.signals import PostgresSignals
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.engines import connection_address
from tickertape.gateway.storage.store import ConversationStore
from tickertape.gateway.storage.tables import ClaimRow

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures"]

newest = pytest.mark.parametrize("postgres", POSTGRES[-1:], indirect=True)
LONG = 30.0  # seconds after which a test has failed


class Claiming:
    """Claims nothing, and keeps the chats of which a process is told."""

    def __init__(self, fail: int = 0) -> None:
        self.heard: list[tuple[str, str]] = []
        self._fail = fail
        self._news = asyncio.Event()

    async def claim(self, channel: str, chat: str) -> None:
        """Keep a chat."""
        self.note(channel, chat)
        if self._fail:
            self._fail -= 1
            raise ValueError

    def note(self, channel: str, chat: str) -> None:
        """Keep a chat."""
        self.heard.append((channel, chat))
        self._news.set()

    async def hears(self, count: int) -> None:
        """Wait until so many chats were told of."""
        async with asyncio.timeout(LONG):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def engines(server: PostgresServer, count: int = 1) -> AsyncIterator[list[WakeEngine]]:
    """Open an empty database, and engines in it, at once."""
    place = await emptied(server)
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(count):
            database = await Database.open(place.url)
            stack.push_async_callback(database.aclose)
            opened.append(WakeEngine(database, connection_address(database.url)))
            stack.push_async_callback(opened[-1].aclose)
        await asyncio.gather(*(engine.open() for engine in opened))
        yield opened


@asynccontextmanager
async def running(work: Awaitable[None]) -> AsyncIterator[None]:
    """Run some work that ends only when it is cancelled."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        assert not task.done()
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=LONG)
        assert done


async def send(engine: WakeEngine, *chats: str) -> None:
    """Tell of chats in one transaction."""
    async with engine._database.write() as session:
        await engine.wake(session, [("telegram", chat) for chat in chats])


async def scalar(engine: WakeEngine, query: str) -> object:
    """Return the one value of a query."""
    async with engine._database.read() as session:
        return await session.scalar(text(query))


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait until something is true of a database, asking it again and again."""
    async with asyncio.timeout(LONG):
        while not await condition():
            pass


async def test_a_wake_up_reaches_one_process(postgres: PostgresServer) -> None:
    """Of those that run; it is part of its transaction; nothing stays in the tables."""
    async with engines(postgres, 2) as [a, b]:
        first, second = Claiming(), Claiming()
        with suppress(ValueError):
            async with a._database.write() as session:
                await a.wake(session, [("telegram", "rolled back")])
                raise ValueError
        assert await scalar(a, "SELECT count(*) FROM procrastinate_jobs") == 0
        names = [f"{number} \"'\\é\N{ROCKET}" for number in range(20)]
        async with running(a.run(first.claim)), running(b.run(second.claim)):
            await send(a, *names[:15])
            for name in names[15:]:
                await send(b, name)
            await until(lambda: _all_heard(first, second, len(names)))
            empty = "SELECT count(*) = 0 FROM procrastinate_jobs"
            await until(lambda: scalar(a, empty))
        heard = first.heard + second.heard
        assert sorted(heard) == sorted(("telegram", name) for name in names)
        for table in ("jobs", "events", "workers"):
            count = f"SELECT count(*) FROM procrastinate_{table}"  # noqa: S608 - our own names
            assert await scalar(a, count) == 0


async def _all_heard(first: Claiming, second: Claiming, count: int) -> bool:
    await asyncio.sleep(0)
    return len(first.heard) + len(second.heard) >= count


@newest
async def test_a_claim_that_fails(
    postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the engine goes on."""
    async with engines(postgres) as [engine]:
        claiming = Claiming(fail=1)
        async with running(engine.run(claiming.claim)):
            await send(engine, "1")
            await claiming.hears(1)
            await send(engine, "2")
            await claiming.hears(2)
    told = [record for record in caplog.records if "is not claimed" in record.message]
    assert [(record.levelno, record.__dict__["chat"]) for record in told] == [
        (logging.WARNING, "1")
    ]


@newest
async def test_the_server_restarts(postgres: PostgresServer) -> None:
    """Wake-ups and notifications come again, without anything that is done for it."""
    async with engines(postgres) as [engine]:
        claiming, noting = Claiming(), Claiming()
        address = connection_address(engine._database.url)
        async with (
            running(engine.run(claiming.claim)),
            running(listen(address, "a", noting.note)),
        ):
            await send(engine, "1")
            await claiming.hears(1)
            await until(lambda: _noted(engine, noting))
            postgres.restart()
            await send(engine, "2")
            await claiming.hears(2)
            noting.heard.clear()
            await until(lambda: _noted(engine, noting))


async def _noted(engine: WakeEngine, noting: Claiming) -> bool:
    """Notify a process, and return whether it heard of any notification so far."""
    async with engine._database.write() as session:
        await tell(session, "a", *CHAT)
    return bool(noting.heard)


@newest
async def test_a_process_ends_while_the_server_is_away(postgres: PostgresServer) -> None:
    """Its engine does: an error of its last calls does not hide that it is to end."""
    async with engines(postgres) as [engine]:
        claiming = Claiming()
        async with running(engine.run(claiming.claim)):
            await send(engine, "1")
            await claiming.hears(1)
            # The engine leaves errors of its tasks to the loop.
            loop = asyncio.get_running_loop()
            handler = loop.get_exception_handler()
            loop.set_exception_handler(lambda *_: None)
            postgres.stop("immediate")
        loop.set_exception_handler(handler)
        postgres.start()


@newest
async def test_a_wake_up_that_is_lost(postgres: PostgresServer) -> None:
    """The chat is told of again after some seconds."""
    async with engines(postgres) as [engine]:
        store = ConversationStore(engine._database)
        process = Process("a", store, PostgresSignals(engine))
        await process.mailbox.take(written("1"))
        async with engine._database.write() as session:
            await session.execute(text("DELETE FROM procrastinate_jobs"))
            await session.execute(update(ClaimRow).values(woken_at=ClaimRow.woken_at - 6.0))
        claiming = Claiming()
        async with running(engine.run(claiming.claim)):
            assert await process.claims.remind() == 1
            await claiming.hears(1)
        assert claiming.heard == [(HERE.channel, HERE.chat)]


@newest
async def test_what_a_dead_process_had_fetched(postgres: PostgresServer) -> None:
    """It is deleted some time later; what a process that lives has fetched is not."""
    async with engines(postgres) as [engine]:
        await send(engine, "1", "2")
        manager = engine._opened.job_manager
        for _ in range(2):
            await manager.fetch_job(["tickertape"], await manager.register_worker())
        await engine._tidy(0)
        assert await scalar(engine, "SELECT count(*) FROM procrastinate_jobs") == 2
        async with engine._database.write() as session:
            old = "last_heartbeat - interval '1 minute' WHERE id = 1"
            await session.execute(
                text(f"UPDATE procrastinate_workers SET last_heartbeat = {old}")  # noqa: S608
            )
        await engine._tidy(0)
        assert await scalar(engine, "SELECT count(*) FROM procrastinate_jobs") == 1
        assert await scalar(engine, "SELECT count(*) FROM procrastinate_workers") == 1


@newest
async def test_tables_of_another_version(postgres: PostgresServer) -> None:
    """They are not changed: others may use them; who starts is told what to do."""
    async with engines(postgres) as [engine]:
        await Place("postgres", postgres.url()).run(
            "DROP FUNCTION procrastinate_fetch_job_v2; CREATE SCHEMA own;"
        )
        again = WakeEngine(engine._database, connection_address(engine._database.url))
        with pytest.raises(ConfigError, match="another version of Procrastinate: migrate them"):
            await again.open()
        await again.aclose()
        # The cure that the error names.
        own = await Database.open(f"{postgres.url()}&options=-csearch_path%3Down")
        there = WakeEngine(own, connection_address(own.url))
        await there.open()
        await there.aclose()
        await own.aclose()


@newest
async def test_tables_that_cannot_be_made(postgres: PostgresServer) -> None:
    """The user lacks the right: an error of the configuration, with its cure."""
    place = await emptied(postgres)
    await (await Database.open(place.url)).aclose()
    await place.run(
        "DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'hush';"
        "GRANT USAGE ON SCHEMA public TO guest;"
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest"
    )
    database = await Database.open(postgres.url(user="guest:hush"))
    engine = WakeEngine(database, connection_address(database.url))
    with pytest.raises(ConfigError) as caught:
        await engine.open()
    await database.aclose()
    assert "permission denied" in str(caught.value)
    assert "GRANT it what docs/gateway.md lists" in str(caught.value)
    assert "hush" not in str(caught.value)
    await place.run("DROP OWNED BY guest; DROP ROLE guest")


@newest
async def test_a_process_hears_its_own_notifications_only(postgres: PostgresServer) -> None:
    """In the order of the transactions; ids may hold anything, and be as long as any."""
    place = await emptied(postgres)
    database = await Database.open(place.url)
    address = connection_address(database.url)
    mine, other = Claiming(), Claiming()
    longest = ("c" * 32, "\N{ROCKET}" * 255)
    odd = ("te le\"gram'", "\\ \n é {} %s")
    async with running(listen(address, "a", mine.note)), running(listen(address, "b", other.note)):
        async with asyncio.timeout(LONG):
            listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
            while True:
                async with database.read() as session:
                    if await session.scalar(text(listening)) == 2:
                        break
        for name in (longest, odd):
            async with database.write() as session:
                await tell(session, "a", *name)
        with suppress(ValueError):
            async with database.write() as session:
                await tell(session, "b", "never", "committed")
                raise ValueError
        async with database.write() as session:
            await tell(session, "b", *CHAT)
        await mine.hears(2)
        await other.hears(1)
    assert (mine.heard, other.heard) == ([longest, odd], [CHAT])
    await database.aclose()
