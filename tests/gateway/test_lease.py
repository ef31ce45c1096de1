"""A process acts as long as it may be sure of what it owns, and what asks whether it rests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from tickertape.chat import Address, ChatKind, Inbound, Message, Moved, Person, StopPressed
from tickertape.delivery.actions import Post, Throttled
from tickertape.delivery.limits.budget import Budget
from tickertape.delivery.limits.limit_estimate import Family
from tickertape.delivery.surface import Cadence, Window
from tickertape.gateway.access import Access
from tickertape.gateway.fleet.fenced_channel import FencedChannel
from tickertape.gateway.fleet.lease import SURE_FOR, Lease
from tickertape.gateway.moves import Moves
from tickertape.gateway.recording import JournalRecording, MailRecording
from tickertape.gateway.router import Router
from tickertape.gateway.storage.memory import PassingJournal, PassingMemory
from tickertape.ports import DecliningSource
from tickertape.testing.transports import FakeTransport

pytestmark = pytest.mark.anyio

HERE = Address("telegram", "-1007", ChatKind.GROUP)
ANNA = Person("1001", "Anna")
ASKED = Message(HERE, ANNA, "what time?", "7", to_us=True, key="1")
POST = Post(HERE, "Noon.")


class Clock:
    """Tells the time that is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Line(FakeTransport):
    """A channel through which one message comes."""

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        yield ASKED


class DecliningLine(Line):
    """The same, whose platform brings messages again."""

    def decline(self, inbound: Inbound) -> bool:
        return inbound == ASKED


@pytest.fixture
def clock() -> Clock:
    """The time, which stands still."""
    return Clock()


def holds(lease: Lease) -> bool:
    """Return whether a process may act at this moment."""
    return lease.holds


def test_a_lease_holds_for_half_of_it(clock: Clock) -> None:
    """From when its beat was sent; an answer that comes late makes it no longer, nor shorter."""
    lease = Lease(clock)
    assert not holds(lease)
    lease.confirm(100.0)
    clock.now = 100.0 + SURE_FOR - 0.01
    assert holds(lease)
    clock.now = 100.0 + SURE_FOR
    assert not holds(lease)
    lease.confirm(101.0)
    lease.confirm(100.5)
    assert holds(lease)
    clock.now = 101.0 + SURE_FOR
    assert not holds(lease)
    lease.confirm(clock.now)
    lease.lose()
    assert (lease.holds, lease.is_lost) == (False, True)
    lease.confirm(clock.now)
    assert not holds(lease)


async def test_who_waits_for_a_lease(clock: Clock) -> None:
    """Goes on with the next beat that is young enough, or learns that it is lost."""
    lease = Lease(clock)
    waiting = [asyncio.create_task(lease.held()) for _ in range(2)]
    await asyncio.sleep(0)
    lease.confirm(clock.now - SURE_FOR)
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    lease.confirm(clock.now)
    assert await asyncio.gather(*waiting) == [True, True]
    clock.now += SURE_FOR
    last = asyncio.create_task(lease.held())
    await asyncio.sleep(0)
    lease.lose()
    assert not await last


async def _may_read() -> None:
    """Return at once."""


async def test_a_channel_is_written_to_while_the_lease_holds(clock: Clock) -> None:
    """A process that slept waits for its next beat; one that is lost calls nothing, ever."""
    lease, line = Lease(clock), Line()
    channel = FencedChannel.of(line, lease, _may_read)
    assert channel.surface(HERE) == line.surface(HERE)
    call = asyncio.create_task(channel.perform(POST))
    await asyncio.sleep(0)
    assert line.actions == []
    lease.confirm(clock.now)
    await call
    clock.now += 2 * SURE_FOR
    call = asyncio.create_task(channel.perform(POST))
    await asyncio.sleep(0)
    assert len(line.actions) == 1
    lease.lose()
    assert await call == Throttled(SURE_FOR, by_flood_control=False)
    assert await channel.perform(POST) == Throttled(SURE_FOR, by_flood_control=False)
    assert len(line.actions) == 1


async def test_a_channel_is_read_by_one(clock: Clock) -> None:
    """As soon as it may; it can decline what its platform brings again."""
    may = asyncio.Event()

    async def may_read() -> None:
        await may.wait()

    for line, can_decline in ((Line(), False), (DecliningLine(), True)):
        may.clear()
        channel = FencedChannel.of(line, Lease(clock), may_read)
        assert isinstance(channel, DecliningSource) is can_decline
        if isinstance(channel, DecliningSource):
            assert channel.decline(ASKED)
            assert not channel.decline(replace(ASKED, key="2"))
        read = asyncio.create_task(anext(channel.messages()))
        await asyncio.sleep(0)
        assert not read.done()
        may.set()
        assert await read == ASKED


def test_a_budget_rests_when_no_call_is_counted() -> None:
    """And no reply is open; by an old id of a chat as by its own."""
    budget = Budget()
    assert budget.is_quiet("a", 0.0)
    chat = budget.chat("a", Cadence(messages=(Window(20, 60.0),)))
    assert budget.is_quiet("a", 0.0)
    chat.open()
    assert not budget.is_quiet("a", 0.0)
    chat.close()
    assert budget.is_quiet("a", 0.0)
    chat.spend(Family.MESSAGES)
    assert not budget.is_quiet("a", 0.0)
    chat.land(Family.MESSAGES, 1.0)
    assert not budget.is_quiet("a", 60.0)
    assert budget.is_quiet("a", 61.5)
    budget.move("a", "b", 62.0)
    chat.spend(Family.MESSAGES)
    assert not budget.is_quiet("a", 70.0)
    assert not budget.is_quiet("b", 70.0)


def test_a_router_is_busy_where_work_is() -> None:
    """In all topics of a chat, until the last is done."""
    router = Router(Access(frozenset({ANNA.id})), number_of=lambda _, id_: int(id_))
    assert router.busy == set()
    router.receive(ASKED)
    router.receive(replace(ASKED, address=replace(HERE, thread="5")))
    assert router.busy == {("telegram", "-1007")}
    router.done(HERE)
    assert router.busy == {("telegram", "-1007")}
    router.done(replace(HERE, thread="5"))
    assert router.busy == set()


def test_a_chat_has_all_its_ids() -> None:
    """The present one first; from any of them."""
    moves = Moves()
    assert moves.names("telegram", "a") == ("a",)
    moves.add("telegram", "a", "b")
    moves.add("telegram", "b", "c")
    moves.add("telegram", "x", "c")
    moves.add("matrix", "y", "c")
    for name in "abcx":
        names = moves.names("telegram", name)
        assert (names[0], sorted(names)) == ("c", ["a", "b", "c", "x"])


async def test_what_a_fleet_records() -> None:
    """Messages and presses of who is let in, and moves; nothing is passed on from there."""
    taken: list[Inbound] = []
    told: list[Message] = []

    async def take(inbound: Inbound) -> bool:
        taken.append(inbound)
        return len(taken) != 2

    recording = MailRecording(take, lambda inbound: inbound.sender == ANNA, told.append)
    stop, moved = StopPressed(HERE, ANNA), Moved(HERE, "-1")
    assert all(recording.records(inbound) for inbound in (ASKED, stop, moved))
    assert not recording.records(replace(ASKED, sender=None))
    assert not recording.records(replace(stop, sender=None))
    for inbound in (ASKED, ASKED, stop, moved):
        assert await recording.record(inbound, is_again=False) is None
    assert taken == [ASKED, ASKED, stop, moved]
    assert told == [ASKED]


async def test_what_one_process_records() -> None:
    """Messages of who is let in: they are passed on with their numbers, once."""
    told: list[Message] = []
    journal = PassingJournal(PassingMemory())
    recording = JournalRecording("telegram", journal, lambda one: one.sender == ANNA, told.append)
    assert recording.records(ASKED)
    assert not recording.records(replace(ASKED, sender=None))
    assert not recording.records(Moved(HERE, "-1"))
    kept = await recording.record(ASKED, is_again=False)
    assert isinstance(kept, Message)
    assert (replace(kept, taken=()), told) == (ASKED, [kept])
    assert await recording.record(Moved(HERE, "-1"), is_again=False) == Moved(HERE, "-1")
