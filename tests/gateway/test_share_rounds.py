"""Processes with real outboxes share a bot's limit in virtual time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.delivery.actions import Accepted, Action, Outcome
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Cadence, Window
from tickertape.gateway.fleet.share_rounds import ShareRounds
from tickertape.gateway.fleet.shares import Decide, Holding, NextShare
from tickertape.outbox import Outbox
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.transports import FakeTransport

LIMIT = 30
ROUND_TRIP = 0.02


class Bot(FakeTransport):
    """A bot's platform, as one process calls it: it tells all calls of the bot."""

    def __init__(self, calls: list[float]) -> None:
        super().__init__(cadence=Cadence(shared=Window(LIMIT, 1.0)), latency=ROUND_TRIP)
        self.calls = calls
        self.own = 0

    async def perform(self, action: Action) -> Outcome:
        """Count a call."""
        self.calls.append(asyncio.get_running_loop().time())
        self.own += 1
        outcome = await super().perform(action)
        assert isinstance(outcome, Accepted)
        return outcome


@dataclass
class Table:
    """Rows in memory, and a database that fails when told to."""

    rows: dict[str, Holding] = field(default_factory=dict)
    live: set[str] = field(default_factory=set)
    fails: set[str] = field(default_factory=set)
    """Processes that cannot reach it."""
    unheard: set[str] = field(default_factory=set)
    """Processes that do not hear that something was committed."""
    rounds: int = 0
    taking: float = 0.003

    async def agree(self, channel: str, worker: str, decide: Decide) -> NextShare | None:
        """See `Shares`."""
        assert channel == "chat"
        self.rounds += 1
        await asyncio.sleep(self.taking)
        if worker in self.fails:
            raise ConnectionError
        self.rows = {name: row for name, row in self.rows.items() if name in self.live}
        if worker not in self.live:
            return None
        others = [row for name, row in self.rows.items() if name != worker]
        decided = decide(self.rows.get(worker), others)
        self.rows[worker] = decided.row
        assert sum(row.calls for row in self.rows.values()) <= LIMIT
        await asyncio.sleep(self.taking)
        if worker in self.unheard:
            raise ConnectionError
        return decided

    async def leave(self, worker: str) -> None:
        """See `Shares`."""
        del self.rows[worker]


class Process:
    """One process, and the answers that it writes."""

    def __init__(self, name: str, table: Table, calls: list[float]) -> None:
        table.live.add(name)
        self.name = name
        self.bot = Bot(calls)
        self.outbox = Outbox(self.bot)
        self.rounds = ShareRounds(name, {"chat": self.outbox}, table)
        self.task = asyncio.create_task(self.rounds.run())
        self.answers: list[asyncio.Task[None]] = []

    def answer(self, chats: int, every: float) -> None:
        """Write answers without an end, of which each wants a call in some seconds."""
        config = StreamingConfig(edit_interval=every, buffer_threshold=1)
        self.answers += [
            asyncio.create_task(self._answer(f"{self.name} {number}", config, every))
            for number in range(chats)
        ]

    async def _answer(self, chat: str, config: StreamingConfig, every: float) -> None:
        to = Address("chat", chat, ChatKind.GROUP)
        consumer = StreamConsumer(self.outbox, to=to, config=config)
        run = asyncio.create_task(consumer.run())
        try:
            while True:
                consumer.on_delta("word ")
                await asyncio.sleep(every / 2)
        finally:
            run.cancel()
            with suppress(asyncio.CancelledError):
                await run

    async def pause(self) -> None:
        """End all answers as they stand."""
        for task in self.answers:
            task.cancel()
        await asyncio.gather(*self.answers, return_exceptions=True)
        self.answers.clear()
        await self.outbox.aclose()

    async def end(self) -> None:
        """End as if killed."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.pause()


@asynccontextmanager
async def fleet(count: int, table: Table, calls: list[float]) -> AsyncIterator[list[Process]]:
    """Run processes."""
    processes = []
    for number in range(count):
        processes.append(Process(f"w{number}", table, calls))
        await asyncio.sleep(0.07)
    try:
        yield processes
    finally:
        for process in processes:
            await process.end()


def most_in_a_second(calls: list[float]) -> int:
    """Return how many calls were made in the fullest second."""
    return max(sum(start <= at < start + 1.0 for at in calls) for start in calls)


async def rates(processes: list[Process], seconds: float) -> list[float]:
    """Return how many calls each process makes in a second."""
    before = [one.bot.own for one in processes]
    await asyncio.sleep(seconds)
    return [(one.bot.own - had) / seconds for one, had in zip(processes, before, strict=True)]


def test_four_greedy_processes_use_all_of_the_limit() -> None:
    """At least 95 % after two rounds, with like parts, and never more than the limit."""

    async def main() -> tuple[list[float], int]:
        table, calls = Table(), list[float]()
        async with fleet(4, table, calls) as processes:
            for process in processes:
                process.answer(20, 0.5)
            await asyncio.sleep(2.0)
            return await rates(processes, 10.0), most_in_a_second(calls)

    found, most = run_in_virtual_time(main())
    assert sum(found) >= 0.95 * LIMIT
    assert max(found) - min(found) <= 1.5
    assert most <= LIMIT


def test_unlike_demands_are_served() -> None:
    """Processes that want little get it, and the one that wants 25 calls gets the rest."""

    async def main() -> list[float]:
        async with fleet(4, Table(), []) as processes:
            for process, chats in zip(processes, (25, 5, 1, 1), strict=True):
                process.answer(chats, 1.0)
            await asyncio.sleep(3.0)
            return await rates(processes, 15.0)

    found = run_in_virtual_time(main())
    assert found[0] >= 19.0
    assert found[1] >= 4.0
    assert min(found[2:]) >= 0.8


def test_one_that_comes_late_has_its_part_within_two_rounds() -> None:
    """Three processes use all; two seconds after the fourth began it has a quarter."""

    async def main() -> tuple[float, int]:
        table, calls = Table(), list[float]()
        async with fleet(4, table, calls) as processes:
            for process in processes[:3]:
                process.answer(20, 0.5)
            await asyncio.sleep(12.3)
            assert table.rows["w3"].calls == 1  # for a first message
            processes[3].answer(20, 0.5)
            await asyncio.sleep(2.0)
            part = table.rows["w3"].calls
            await asyncio.sleep(5.0)
            return part, most_in_a_second(calls)

    part, most = run_in_virtual_time(main())
    assert part >= LIMIT // 4
    assert most <= LIMIT


def test_idle_processes_leave_the_limit_to_the_one_that_works() -> None:
    """It uses 85 % or more; the idle ones rest, and a first message of theirs goes at once."""

    async def main() -> tuple[float, float, float, int]:
        table, calls = Table(), list[float]()
        loop = asyncio.get_running_loop()
        async with fleet(4, table, calls) as processes:
            for process in processes[1:]:
                process.answer(1, 0.5)
            await asyncio.sleep(1.0)
            for process in processes[1:]:
                await process.pause()
            processes[0].answer(40, 0.5)
            await asyncio.sleep(30.0)
            before = table.rounds
            busy = (await rates(processes, 20.0))[0]
            rounds = (table.rounds - before) / 20.0
            calls.clear()
            began, asked = loop.time(), processes[3].bot.own
            processes[3].answer(1, 0.5)
            while processes[3].bot.own == asked:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            return busy, rounds, loop.time() - began, most_in_a_second(calls)

    busy, rounds, waited, most = run_in_virtual_time(main())
    assert busy >= 0.85 * LIMIT
    assert rounds <= 1.0 + 3 * 0.1 + 0.1
    assert waited <= 0.05
    assert most <= LIMIT


def test_the_first_message_of_a_fleet_waits_for_one_round_only() -> None:
    """And what then is wanted is taken at once where it is free: nobody else has to give it up."""

    async def main() -> tuple[float, float]:
        async with fleet(2, Table(), []) as processes:
            await asyncio.sleep(4.4)
            began, one = asyncio.get_running_loop().time(), processes[0]
            one.answer(25, 0.5)
            while not one.bot.own:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            waited = asyncio.get_running_loop().time() - began
            await asyncio.sleep(0.5)
            return waited, (await rates([one], 2.0))[0]

    waited, rate = run_in_virtual_time(main())
    assert waited <= 0.02
    assert rate >= 0.85 * LIMIT


def test_a_share_of_a_process_that_died_goes_to_the_others() -> None:
    """When it is no longer among those that live."""

    async def main() -> tuple[list[float], int]:
        table, calls = Table(), list[float]()
        async with fleet(2, table, calls) as processes:
            for process in processes:
                process.answer(30, 0.5)
            await asyncio.sleep(5.0)
            await processes[1].end()
            await asyncio.sleep(3.0)
            assert table.rows["w0"].calls == LIMIT // 2
            table.live.discard("w1")
            await asyncio.sleep(2.0)
            return await rates(processes, 5.0), most_in_a_second(calls)

    found, most = run_in_virtual_time(main())
    assert found[0] >= 0.95 * LIMIT
    assert most <= LIMIT


def test_a_process_that_leaves_frees_what_it_holds_a_window_later() -> None:
    """It calls nothing meanwhile; the others have all of it after that."""

    async def main() -> tuple[float, int]:
        table, calls = Table(), list[float]()
        async with fleet(2, table, calls) as processes:
            for process in processes:
                process.answer(30, 0.5)
            await asyncio.sleep(5.0)
            leaver = processes[1]
            leaver.task.cancel()
            began, own = asyncio.get_running_loop().time(), leaver.bot.own
            await leaver.rounds.leave()
            took = asyncio.get_running_loop().time() - began
            assert leaver.bot.own == own
            assert set(table.rows) == {"w0"}
            await asyncio.sleep(3.0)
            return took, most_in_a_second(calls)

    took, most = run_in_virtual_time(main())
    assert 0.0 < took <= 1.0 + 2 * ROUND_TRIP
    assert most <= LIMIT


@pytest.mark.parametrize("kind", ["fails", "unheard"])
def test_a_database_that_fails_takes_nothing_away(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What is held is kept, it is logged once, and afterwards all goes on; never too many calls."""

    async def main() -> tuple[float, float, float, int]:
        table, calls = Table(), list[float]()
        async with fleet(2, table, calls) as processes:
            processes[0].answer(30, 0.5)
            await asyncio.sleep(5.0)
            getattr(table, kind).update({"w0", "w1"})
            before = (await rates(processes, 5.0))[0]
            processes[1].answer(30, 0.5)  # asks for its part, and does not hear that it has it
            await asyncio.sleep(5.0)
            during = sum(await rates(processes, 5.0))
            getattr(table, kind).clear()
            await asyncio.sleep(4.0)
            return before, during, sum(await rates(processes, 5.0)), most_in_a_second(calls)

    with caplog.at_level(logging.ERROR):
        before, during, after, most = run_in_virtual_time(main())
    assert before >= 0.85 * LIMIT
    assert during >= 0.45 * LIMIT  # a part that was given up, and not heard of by the other
    assert after >= 0.95 * LIMIT
    assert most <= LIMIT
    told = [record.__dict__["error"] for record in caplog.records if "shared" in record.message]
    assert told == ["ConnectionError"] * 2


def test_a_process_that_does_not_live_calls_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged; when it lives again it has its part again."""

    async def main() -> tuple[float, float]:
        table = Table()
        async with fleet(1, table, []) as processes:
            processes[0].answer(10, 0.5)
            await asyncio.sleep(5.0)
            table.live.clear()
            await asyncio.sleep(2.0)
            dead = (await rates(processes, 5.0))[0]
            table.live.add("w0")
            await asyncio.sleep(2.0)
            return dead, (await rates(processes, 5.0))[0]

    dead, alive = run_in_virtual_time(main())
    assert dead == 0.0
    assert alive >= 15.0
    assert len([one for one in caplog.records if "shared" in one.message]) == 1
