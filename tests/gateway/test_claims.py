"""Who owns a chat, in the database: one process at a time, and none writes for another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from fleet_stage import (
    CHAT,
    HERE,
    POSTGRES,
    Process,
    RecordedSignals,
    Stores,
    claim_of,
    joined,
    written,
)
from sqlalchemy import Engine, delete, event, select, text, update

from tickertape.chat import Address
from tickertape.conversation import Utterance
from tickertape.gateway.journal import FencedError
from tickertape.gateway.settings import ChatSettings
from tickertape.gateway.storage.claims import CHANNEL, Claimed
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.tables import (
    ClaimRow,
    EntryRow,
    InboxRow,
    SettingsRow,
    TurnRow,
    WorkerRow,
)

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures", "fleet_fixtures"]

on_postgres = pytest.mark.parametrize("opened", POSTGRES, indirect=True)

ASKED = Utterance("user", "what time?")
ANSWER = Utterance("assistant", "Noon.")


@contextmanager
def failing_at(statement: int) -> Iterator[list[str]]:
    """Let one of the next statements fail, counted from 1; yield those that were begun."""
    begun: list[str] = []

    def count(_connection: object, _cursor: object, words: str, *_: object) -> None:
        begun.append(words)
        if len(begun) == statement:
            raise OSError("the process is killed")

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield begun
    finally:
        event.remove(Engine, "before_cursor_execute", count)


async def rows_of(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Return all that the tables of a fleet hold."""
    tables = (ClaimRow, WorkerRow, InboxRow, TurnRow, EntryRow, SettingsRow)
    async with database.read() as session:
        return {
            table.__tablename__: [
                tuple(row) for row in await session.execute(select(*table.__table__.columns))
            ]
            for table in tables
        }


async def waits(database: Database) -> None:
    """Return as soon as a transaction of Postgres waits for another one's row."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while True:
        async with database.read() as session:
            if await session.scalar(waiting):
                return


async def test_mail_wakes_a_chat_once(stores: Stores, signals: RecordedSignals) -> None:
    """While nobody has claimed it nobody is told again; its owner is told of each."""
    [a] = await joined(stores, signals, "a")
    await a.mailbox.take(written("1"))
    assert (signals.woken, signals.told) == ([CHAT], [])
    await a.mailbox.take(written("2"))
    assert (signals.woken, signals.told) == ([CHAT], [])
    assert await a.claims.claim(*CHAT) == Claimed(epoch=1, mail=2, is_clean=True)
    await a.mailbox.take(written("3"))
    assert (signals.woken, signals.told) == ([CHAT], [("a", *CHAT)])
    assert await a.claims.owned() == {CHAT: 3}
    mail = await a.mailbox.read(*CHAT)
    await a.journal.settle([one.inbound for one in mail.letters])  # type: ignore[misc]
    assert await a.claims.let_go(*CHAT, mail.count)
    await a.mailbox.take(written("4"))
    assert (signals.woken, signals.told) == ([CHAT] * 2, [("a", *CHAT)])
    row = await claim_of(a.database)
    assert (row.owner, row.epoch, row.mail, row.is_awake) == (None, 1, 4, True)


async def test_one_of_many_claims_a_chat(stores: Stores, signals: RecordedSignals) -> None:
    """At once, with connections of their own; each time its epoch is another one."""
    both = await joined(stores, signals, "a", "b")
    a, b = both
    assert await a.claims.claim(*CHAT) is None  # nobody has written there
    for epoch in range(1, 5):
        await a.mailbox.take(written(f"{epoch}"))
        claimed = await asyncio.gather(*(one.claims.claim(*CHAT) for one in (a, b, a, b)))
        assert [one.epoch for one in claimed if one is not None] == [epoch]
        owner = (await claim_of(a.database)).owner
        [mine], [other] = (
            [one for one in both if (one.claims.worker == owner) is owns] for owns in (True, False)
        )
        assert await other.claims.owned() == {}
        assert not await other.claims.let_go(*CHAT, epoch)
        mail = await mine.mailbox.read(*CHAT)
        await mine.journal.settle([one.inbound for one in mail.letters])  # type: ignore[misc]
        assert await mine.claims.let_go(*CHAT, mail.count)
        assert await mine.claims.claim(*CHAT) is None  # it sleeps


async def test_a_chat_is_kept_while_it_has_mail(stores: Stores, signals: RecordedSignals) -> None:
    """Mail that its owner has not read, or has not settled."""
    [a] = await joined(stores, signals, "a")
    await a.own()
    assert not await a.claims.let_go(*CHAT, 1)  # something is owed
    [first] = (await a.mailbox.read(*CHAT)).letters
    await a.mailbox.take(written("2"))
    second = (await a.mailbox.read(*CHAT)).letters[-1]
    await a.journal.settle([replace(written(), taken=(first.number, second.number))])
    assert not await a.claims.let_go(*CHAT, 1)  # more came since
    assert await a.claims.let_go(*CHAT, 2)
    assert not await a.claims.let_go(*CHAT, 2)
    assert await a.claims.owned() == {}


async def test_whether_the_last_owner_left_a_chat_clean(
    stores: Stores, signals: RecordedSignals
) -> None:
    """One that let it go did, and one that left and owed nothing; one that was dead did not."""
    [a, b] = await joined(stores, signals, "a", "b")
    assert await a.own() == Claimed(1, 1, is_clean=True)
    await a.claims.leave()
    assert signals.woken == [CHAT] * 2  # something is owed there
    assert await b.claims.claim(*CHAT) == Claimed(2, 1, is_clean=False)
    mail = await b.mailbox.read(*CHAT)
    await b.mailbox.done(mail.letters)  # no message is done with by that
    await b.journal.settle([replace(written(), taken=(mail.letters[0].number,))])
    await b.claims.leave()
    assert len(signals.woken) == 2
    await a.claims.join()
    assert await a.own("2") == Claimed(3, 2, is_clean=True)
    assert len(signals.woken) == 3
    [letter] = (await a.mailbox.read(*CHAT)).letters
    await a.journal.settle([replace(written(), taken=(letter.number,))])
    await a.fall_silent()
    await b.claims.join()
    assert await b.claims.free_dead() == ("a",)
    assert len(signals.woken) == 3  # it owed nothing, and sleeps
    assert await b.own("3") == Claimed(4, 3, is_clean=False)


async def test_a_dead_process_loses_all(stores: Stores, signals: RecordedSignals) -> None:
    """To whoever looks first; it hears of it at its next beat, and claims nothing any more."""
    [a, b, c] = await joined(stores, signals, "a", "b", "c")
    others = [replace(HERE, chat=f"{number}") for number in range(3)]
    for at in (HERE, *others):
        await a.own(at=at)
    done = await a.mailbox.read("telegram", "1")
    await a.journal.settle([replace(written(), taken=(done.letters[0].number,))])
    assert await a.claims.seize("telegram", CHANNEL)
    assert not await b.claims.seize("telegram", CHANNEL)
    assert await b.claims.free_dead() == ()
    await a.claims.beat()
    signals.woken.clear()
    await a.fall_silent()
    freed = await asyncio.gather(b.claims.free_dead(), c.claims.free_dead())
    assert ("a",) in freed
    assert len(signals.woken) == 3
    assert sorted(signals.woken) == [CHAT, ("telegram", "0"), ("telegram", "2")]
    assert await b.claims.seize("telegram", CHANNEL)
    assert await a.claims.owned() == {}
    with pytest.raises(FencedError):
        await a.claims.beat()
    assert await a.claims.claim(*CHAT) is None
    assert not await a.claims.seize("telegram", "3")
    await a.claims.leave()
    assert await b.claims.claim(*CHAT) is not None
    assert await b.claims.free_dead() == ()


async def test_a_process_joins_as_often_as_it_must(
    stores: Stores, signals: RecordedSignals
) -> None:
    """The answer to the first time may have been lost; a late beat in between costs nothing."""
    [a, b] = await joined(stores, signals, "a", "b")
    await a.fall_silent()
    await a.claims.join()
    assert await b.claims.free_dead() == ()
    await a.fall_silent()
    await a.claims.beat()
    assert await b.claims.free_dead() == ()


async def test_who_is_not_claimed_is_told_of_again(
    stores: Stores, signals: RecordedSignals
) -> None:
    """After some seconds, once; not what has an owner, sleeps, or is a channel."""
    [a] = await joined(stores, signals, "a")
    for number in range(4):
        await a.mailbox.take(written("1", at=replace(HERE, chat=f"{number}")))
    await a.claims.claim("telegram", "1")
    await a.claims.seize("telegram", CHANNEL)
    async with a.database.write() as session:
        await session.execute(update(ClaimRow).values(woken_at=ClaimRow.woken_at - 6.0))
        sleeps = update(ClaimRow).where(ClaimRow.chat == "2").values(is_awake=False)
        await session.execute(sleeps)
        freed = update(ClaimRow).where(ClaimRow.chat == CHANNEL).values(owner=None)
        await session.execute(freed)
    signals.woken.clear()
    assert await a.claims.remind() == 2
    assert sorted(signals.woken) == [("telegram", "0"), ("telegram", "3")]
    assert await a.claims.remind() == 0


async def test_of_many_the_first_are_told_of_again(
    stores: Stores, signals: RecordedSignals
) -> None:
    """No more in a second than a process claims; processes at once tell of others."""
    [a, b] = await joined(stores, signals, "a", "b")
    async with a.database.write() as session:
        for number in range(50):
            session.add(
                ClaimRow(
                    channel="telegram", chat=f"{number:03}", epoch=0, clean=0, mail=1,
                    is_awake=True, must_wake=True, woken_at=float(number),
                )
            )  # fmt: skip
    assert await a.claims.remind() == 20
    assert sorted(signals.woken) == [("telegram", f"{number:03}") for number in range(20)]
    if a.database.is_shared:
        told = await asyncio.gather(a.claims.remind(), b.claims.remind())
    else:
        told = (await a.claims.remind(), await b.claims.remind())
    assert sorted(told) == [10, 20]
    assert len(set(signals.woken)) == len(signals.woken) == 50


async def test_what_is_seized(stores: Stores, signals: RecordedSignals) -> None:
    """A channel, or a chat that moved: asleep or awake, by one process; it stays with it."""
    [a, b] = await joined(stores, signals, "a", "b")
    seized = await asyncio.gather(*(one.claims.seize(*CHAT) for one in (a, b)))
    assert sorted(seized) == [False, True]
    mine = a if seized[0] else b
    assert await mine.claims.seize(*CHAT)
    row = await claim_of(a.database)
    assert (row.epoch, row.mail, row.is_awake) == (1, 0, True)
    await a.mailbox.take(written())
    assert signals.woken == []
    assert signals.told == [(mine.claims.worker, *CHAT)]
    await mine.claims.leave()
    other = b if seized[0] else a
    assert await other.claims.seize(*CHAT)
    assert (await claim_of(a.database)).epoch == 2


async def owned_by_another(a: Process, b: Process) -> None:
    """Let a chat, in which something was said, become the other process's."""
    await a.own()
    [letter] = (await a.mailbox.read(*CHAT)).letters
    assert letter.inbound == replace(written("1"), taken=(letter.number,))
    assert await a.journal.begin(replace(written("1"), taken=(letter.number,)), ASKED) == 1
    await a.store.append(HERE, [ANSWER])
    await a.fall_silent()
    assert await b.claims.free_dead() == ("a",)
    assert await b.claims.claim(*CHAT) == Claimed(2, 1, is_clean=False)


async def test_nothing_is_written_for_another_process(
    stores: Stores, signals: RecordedSignals
) -> None:
    """Whatever a process tries that was taken for dead: it is refused, and leaves nothing."""
    [a, b] = await joined(stores, signals, "a", "b")
    await owned_by_another(a, b)
    before = await rows_of(a.database)
    [number] = [row[0] for row in before["inbox"]]
    message = replace(written("1"), taken=(number,))  # type: ignore[arg-type]
    elsewhere = replace(written("2"), address=replace(HERE, chat="other"))
    tries: list[Callable[[], Awaitable[object]]] = [
        lambda: a.journal.begin(message, ASKED),
        lambda: a.journal.begin(written("3"), ASKED),
        lambda: a.journal.record(message, [ANSWER], None),
        lambda: a.journal.record(elsewhere, [], None, [message]),
        lambda: a.journal.settle([message]),
        lambda: a.journal.settle([elsewhere, message]),
        lambda: a.store.append(HERE, [ANSWER]),
        lambda: a.store.forget(HERE),
        lambda: a.store.take_back_answer(HERE),
        lambda: a.store.change(HERE, ChatSettings(voice=True)),
    ]
    for attempt in tries:
        with pytest.raises(FencedError):
            await attempt()
        assert await rows_of(a.database) == before
    assert await b.journal.begin(message, ASKED) == 2
    await b.store.append(HERE, [ANSWER])
    await b.journal.settle([message])
    assert len(await b.store.history(HERE, limit=9)) == 3


async def test_a_chat_that_moved_is_fenced_by_all_its_ids(
    stores: Stores, signals: RecordedSignals
) -> None:
    """Who owns one of them writes; who owns none does not."""
    [a, b] = await joined(stores, signals, "a", "b")
    await a.own()
    await a.store.move(*CHAT, "-100")
    await a.store.append(HERE, [ANSWER])
    new = replace(HERE, chat="-100")
    await a.store.append(new, [ANSWER])
    with pytest.raises(FencedError):
        await b.store.append(new, [ANSWER])
    assert len(await a.store.history(new, limit=9)) == 2


async def test_a_failure_between_statements_leaves_nothing(
    stores: Stores, signals: RecordedSignals
) -> None:
    """Of no transaction: all of it happens, or nothing."""
    [a, b] = await joined(stores, signals, "a", "b")
    await owned_by_another(a, b)
    await b.mailbox.take(written("2"))
    await a.claims.join()
    await a.fall_silent()
    seized = replace(HERE, chat="new")

    async def wait_long() -> None:
        async with b.database.write() as session:
            await session.execute(update(ClaimRow).values(woken_at=ClaimRow.woken_at - 6.0))

    works: list[Callable[[], Awaitable[object]]] = [
        lambda: b.mailbox.take(written("3")),
        lambda: b.claims.seize(seized.channel, seized.chat),
        b.claims.leave,
        wait_long,
        b.claims.remind,
        a.claims.free_dead,
        a.claims.join,
        lambda: a.claims.claim(*CHAT),
        a.claims.beat,
    ]
    failures = 0
    for work in works:
        before = await rows_of(b.database)
        for at in range(1, 30):
            with failing_at(at) as begun, suppress(OSError):
                await work()
            if len(begun) < at:
                break
            failures += 1
            assert await rows_of(b.database) == before, begun
        else:
            pytest.fail("there are not so many statements")
        assert await rows_of(b.database) != before
    assert failures >= 2 * len(works)


@on_postgres
async def test_who_writes_for_a_chat_keeps_others_waiting(
    stores: Stores, signals: RecordedSignals
) -> None:
    """Mail, and who finds its owner dead, wait for the transaction; none of them fails."""
    [a, b] = await joined(stores, signals, "a", "b")
    await a.own()
    await a.fall_silent()
    others: list[Callable[[], Awaitable[object]]] = [
        lambda: b.mailbox.take(written("2")),
        b.claims.free_dead,
    ]
    for other in others:
        async with a.database.write() as session:
            await a.database.fence(session, [HERE])
            waiting = asyncio.ensure_future(other())
            await waits(b.database)
            assert not waiting.done()
        assert await waiting
    assert await b.claims.claim(*CHAT) == Claimed(2, 2, is_clean=False)


@on_postgres
async def test_who_claims_is_not_taken_for_dead_meanwhile(
    stores: Stores, signals: RecordedSignals
) -> None:
    """A claim that comes late waits for who frees, and finds that its process is not there."""
    [a, b] = await joined(stores, signals, "a", "b")
    await a.mailbox.take(written("1"))
    for claim in (a.claims.claim, a.claims.seize):
        await a.claims.join()
        async with b.database.write() as session:
            await session.execute(delete(WorkerRow).where(WorkerRow.id == "a"))
            claiming = asyncio.ensure_future(claim(*CHAT))
            await waits(b.database)
        assert not await claiming
    await a.claims.join()
    await a.fall_silent()
    async with a.database.write() as session:
        assert await session.scalar(select(a.claims._is_there()))
        assert await b.claims.free_dead() == ()  # it is looked at again a second later
    assert await b.claims.free_dead() == ("a",)


@on_postgres
async def test_numbers_of_a_chat_grow_as_they_are_committed(
    stores: Stores, signals: RecordedSignals
) -> None:
    """Who takes mail later gets its number later: no number appears below one that was read."""
    [a, b] = await joined(stores, signals, "a", "b")
    last = text("SELECT last_value, is_called FROM inbox_id_seq")
    async with a.database.write() as session:
        before = (await session.execute(last)).one()
        await a.claims.mail_came(session, *CHAT)
        second = asyncio.ensure_future(b.mailbox.take(written("2")))
        await waits(b.database)
        assert (await session.execute(last)).one() == before
    assert await second
    await asyncio.gather(*(one.mailbox.take(written()) for one in (a, b) * 10))
    assert (await claim_of(a.database)).mail == 22


@on_postgres
async def test_chats_are_kept_in_one_order(stores: Stores, signals: RecordedSignals) -> None:
    """Two processes that keep the same chats at once never wait for each other."""
    places = [Address("telegram", f"{number}", HERE.kind) for number in range(6)]
    [a] = await joined(stores, signals, "a")
    for at in places:
        await a.own("", at)

    async def settle(order: list[Address]) -> None:
        for _ in range(5):
            async with a.database.write() as session:
                await a.database.fence(session, order)

    await asyncio.gather(
        settle(places), settle(places[::-1]), *(a.mailbox.take(written(at=at)) for at in places)
    )
