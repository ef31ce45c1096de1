"""Shares of a bot's limit in the database: one process at a time decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from databases import Database as Place
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.gateway.fleet.shares import Decide, Holding, NextShare, next_round, row_of
from tickertape.gateway.storage import bot_shares
from tickertape.gateway.storage.bot_shares import BotShareBook
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.tables import BotShareRow, WorkerRow

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures"]

TOTAL = 28


@asynccontextmanager
async def opened(place: Place, *workers: str) -> AsyncIterator[Database]:
    """Open a database in which processes live."""
    database = await Database.open(place.url)
    async with database.write() as session:
        session.add_all(WorkerRow(id=one, beat=0.0, bots="{}") for one in workers)
    try:
        yield database
    finally:
        await database.aclose()


def wishing(worker: str, wish: int, counted: int = 0) -> Decide:
    """Return how a process decides that wishes for some calls."""
    return lambda mine, others: next_round(
        row_of(worker, mine, others, TOTAL, wish), others, counted
    )


def within(worker: str, wish: int) -> Decide:
    """Return how a process decides, which checks that all hold no more than the limit."""

    def decide(mine: Holding | None, others: Sequence[Holding]) -> NextShare:
        decided = wishing(worker, wish)(mine, others)
        assert decided.row.calls + sum(one.calls for one in others) <= TOTAL
        return decided

    return decide


async def held(database: Database, channel: str = "chat") -> dict[str, int]:
    """Return what each process holds."""
    async with database.read() as session:
        query = select(BotShareRow).where(BotShareRow.channel == channel)
        return {row.worker: row.calls for row in (await session.execute(query)).scalars()}


async def test_rows_are_kept_for_each_channel(database: Place) -> None:
    """A process reads its own row as it wrote it, and the others'; channels are apart."""
    async with opened(database, "a", "b") as opened_:
        book = BotShareBook(opened_)
        seen: list[tuple[Holding | None, list[Holding]]] = []

        def note(mine: Holding | None, others: object) -> NextShare:
            assert isinstance(others, tuple)
            seen.append((mine, list(others)))
            return NextShare(5, Holding("a", 5, TOTAL, 9, 2**40), is_moving=False)

        assert await book.agree("chat", "b", wishing("b", 4))
        for _ in range(2):
            assert await book.agree("chat", "a", note)
        other = Holding("b", 8, TOTAL, 4, 1)
        assert seen == [(None, [other]), (Holding("a", 5, TOTAL, 9, 2**40), [other])]
        assert await book.agree("club", "a", wishing("a", 99))
        assert (await held(opened_), await held(opened_, "club")) == ({"a": 5, "b": 8}, {"a": 28})
        await book.leave("a")
        assert (await held(opened_), await held(opened_, "club")) == ({"b": 8}, {})


async def test_who_does_not_live_holds_nothing(database: Place) -> None:
    """Its row is deleted when another decides, and it decides nothing itself."""
    async with opened(database, "a", "b") as opened_:
        book = BotShareBook(opened_)
        assert await book.agree("chat", "a", wishing("a", 99))
        async with opened_.write() as session:
            await session.execute(delete(WorkerRow).where(WorkerRow.id == "a"))
        assert await book.agree("chat", "b", wishing("b", 99))
        assert await held(opened_) == {"b": TOTAL}
        assert not await book.agree("chat", "a", wishing("a", 99))
        assert await held(opened_) == {"b": TOTAL}


async def test_what_is_not_committed_is_not_held(database: Place) -> None:
    """An error of who decides is its own, and the next one is not kept waiting."""
    async with opened(database, "a", "b") as opened_:
        book = BotShareBook(opened_)

        def fail(mine: object, others: object) -> NextShare:
            raise ValueError

        with pytest.raises(ValueError, match=r"^$"):
            await book.agree("chat", "a", fail)
        assert await book.agree("chat", "b", wishing("b", 99))
        assert await held(opened_) == {"b": TOTAL}


async def test_processes_that_decide_at_once_never_hold_too_much(database: Place) -> None:
    """Eight with connections of their own raise and give up, many times."""
    names = [f"w{number}" for number in range(8)]
    async with opened(database, *names) as first:
        databases = [first, *[await Database.open(database.url) for _ in names[1:4]]]

        async def work(at: int) -> None:
            book = BotShareBook(databases[at % len(databases)])
            for turn in range(8):
                wish = (at * 7 + turn * 5) % 30
                assert await book.agree("chat", names[at], within(names[at], wish))

        await asyncio.gather(*(work(at) for at in range(8)))
        holdings = await held(first)
        assert sorted(holdings) == names
        assert sum(holdings.values()) <= TOTAL
        for one in databases[1:]:
            await one.aclose()


async def test_a_process_that_is_suspended_holds_up_no_other(
    database: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends the session of one that keeps the lock and says nothing more."""
    if database.kind == "sqlite":
        pytest.skip("SQLite is used by one process")
    async with opened(database, "a", "b") as opened_:
        book = BotShareBook(opened_)
        is_locked, is_over = asyncio.Event(), asyncio.Event()

        async def suspend(session: AsyncSession, channel: str) -> dict[str, Holding | None]:
            await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 50"))
            is_locked.set()
            await is_over.wait()
            return await holdings(session, channel)

        holdings = bot_shares._holdings
        monkeypatch.setattr(bot_shares, "_holdings", suspend)
        suspended = asyncio.create_task(book.agree("chat", "a", wishing("a", 99)))
        await is_locked.wait()
        monkeypatch.setattr(bot_shares, "_holdings", holdings)
        assert await book.agree("chat", "b", wishing("b", 99))
        is_over.set()
        with pytest.raises(Exception, match=r"terminat|closed|idle"):
            await suspended
        assert await held(opened_) == {"b": TOTAL}
