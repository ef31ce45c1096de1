"""A gateway behind a webhook: what is forged reaches no one, and what is real is answered once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import pytest
from sqlalchemy import select
from webhook_stage import Echo, Served, place, served

from tickertape.emulator.server import EmulatorServer
from tickertape.gateway import intake
from tickertape.gateway.storage.tables import InboxRow
from webhook_wire import Answer, Wire, post, update

pytestmark = pytest.mark.anyio
pytest_plugins = ["gateway_fixtures"]

ANNA: Final = frozenset({"1001"})
REQUESTS: Final = 1_000
CHATS: Final = range(1001, 1025)
EACH: Final = 2
LARGE: Final = 2 * 1024 * 1024

# What a stranger or a broken proxy may send, each with the statuses that may come back; 0 is none.
FORGED: Final[tuple[tuple[Callable[[bytes], bytes], set[int]], ...]] = (
    (lambda body: post(body, secret="guess"), {403}),
    (lambda body: post(body, secret="A-SECRET_OF-THE-TESTS"), {403}),
    (lambda body: post(body, secret=None), {401}),
    (lambda body: post(body, path="/other"), {404}),
    (lambda body: post(body, method="PUT"), {405}),
    (lambda body: post(body, Content_Type="text/plain"), {415}),
    (lambda body: post(body, Content_Length=str(LARGE)), {413}),
    (lambda body: post(body[:-1]), {400}),
    (lambda body: post(b"[" + body + b"]"), {400}),
    (lambda body: post(body.replace(b"update_id", b"update_ID")), {400}),
    (lambda body: post(body).replace(b"POST", b"P\x00ST"), {400}),
    (lambda body: post(body)[: -len(body) // 2], {0, 400}),
    (lambda body: post(body)[:40], {0, 400}),
)


@dataclass
class Town:
    """All who send to one webhook: Telegram, and those who claim to be."""

    port: int
    """Where the webhook listens."""
    dice: random.Random
    """Chance, from a seed."""
    sent: int = 0
    """The requests so far."""
    statuses: Counter[int] = field(default_factory=Counter)
    """What came back of real ones."""
    lines: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(10))
    """Telegram's connections: as many as are asked for."""

    async def chat(self, updates: list[tuple[int, str, int]]) -> None:
        """Deliver a chat's updates as Telegram does: the next one once the one before is taken."""
        for number, text, chat in updates:
            async with self.lines:
                await self._rough(post(update(number, text, chat)))
                while (await self.ask(post(update(number, text, chat)))).status != 200:
                    pass

    async def _rough(self, whole: bytes) -> None:
        """Let a network spoil a delivery, or not: torn, unheard, doubled."""
        match self.dice.randrange(4):
            case 0:
                await self.tear(whole[: self.dice.randrange(1, len(whole))])
            case 1:
                await self.tear(whole)  # all of it came, and the answer is not heard
            case 2:
                await asyncio.gather(self.ask(whole), self.ask(whole))
            case _:
                pass

    async def ask(self, data: bytes) -> Answer:
        """Send a real request, and count what comes back."""
        self.sent += 1
        answer = await Wire.ask(self.port, data)
        self.statuses[answer.status] += 1
        return answer

    async def tear(self, data: bytes) -> None:
        """Send the beginning of a request, and cut the connection."""
        self.sent += 1
        async with Wire.to(self.port) as wire:
            wire.send(data)
            await wire.sent()

    async def forge(self, count: int) -> None:
        """Send requests that are not Telegram's; each must be refused in its way."""
        for _ in range(count):
            self.sent += 1
            made, statuses = self.dice.choice(FORGED)
            body = post(update(self.dice.randrange(10_000), "forged")).partition(b"\r\n\r\n")[2]
            async with Wire.to(self.port) as wire:
                wire.send(made(body))
                await wire.sent()
                if 0 in statuses:
                    wire.end()
                assert (await wire.answer()).status in statuses


def written() -> dict[int, list[tuple[int, str, int]]]:
    """Make what people write: each update has a number, a text and a chat."""
    numbers = iter(range(1, 10_000))
    chats: dict[int, list[tuple[int, str, int]]] = {chat: [] for chat in CHATS}
    for turn in range(EACH):
        for chat in CHATS:
            chats[chat].append((next(numbers), f"{turn} of {chat}", chat))
    return chats


async def test_a_thousand_rough_requests(emulator: EmulatorServer, tmp_path: Path) -> None:
    """Forged, late, doubled and torn ones: none reaches the agent, no real one is lost or doubled.

    At the end some of it comes once more, to the next process.
    """
    chats, agent, dice = written(), Echo(), random.Random(20)  # noqa: S311
    people = frozenset(map(str, CHATS))
    async with served(emulator, tmp_path, agent, chats=people) as one:
        town = Town(one.port, dice)
        forging = [asyncio.create_task(town.forge(45)) for _ in range(16)]
        await asyncio.gather(*map(town.chat, chats.values()))
        await asyncio.gather(*forging)
        while town.sent < REQUESTS:
            number, text, chat = dice.choice(chats[dice.choice(CHATS)])
            assert (await town.ask(post(update(number, text, chat)))).status == 200
        for chat, updates in chats.items():
            await one.channel.shows(*(f"re: {text}" for _, text, _ in updates), at=place(chat))
    real = [(str(chat), text) for updates in chats.values() for _, text, chat in updates]
    assert Counter(agent.asked) == Counter(real)
    assert town.sent == REQUESTS
    assert set(town.statuses) == {200}
    async with served(emulator, tmp_path, agent, chats=people) as next_one:
        town = Town(next_one.port, dice)
        late = [post(update(*one)) for updates in chats.values() for one in updates]
        answers = [await town.ask(data) for data in dice.sample(late, 40)]
        assert {answer.status for answer in answers} == {200}
        await next_one.comes(9_999, "new")
        await next_one.channel.shows("re: new")
    assert Counter(agent.asked) == Counter([*real, ("1001", "new")])


async def test_200_comes_after_the_commit(emulator: EmulatorServer, tmp_path: Path) -> None:
    """As long as the database takes, Telegram waits; the answer does not have to be there."""
    async with served(emulator, tmp_path, Echo(), chats=ANNA) as one:
        one.journal.may_take.clear()
        posted = one.posts(1, "hello")
        await one.journal.offered.wait()
        assert not posted.done()
        assert await kept(one) == 0
        one.journal.may_take.set()
        assert (await posted).status == 200
        assert await kept(one) == 1
        await one.channel.shows("re: hello")


async def kept(one: Served) -> int:
    """Count what the journal has ever taken: another process would know of as many."""
    async with one.journal._database.read() as session:
        rows = await session.execute(select(InboxRow.id))
    return len(rows.all())


@pytest.mark.parametrize("fails", ["before", "behind"])
async def test_a_database_that_fails_loses_nothing(
    fails: Literal["before", "behind"],
    emulator: EmulatorServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Telegram hears 503, and brings the message until it can be kept; it is answered once.

    So it is where the message was recorded, and the answer of the database was lost.
    """
    monkeypatch.setattr(intake, "_PAUSES", (0.0, 0.0, 0.0))
    agent = Echo()
    async with served(emulator, tmp_path, agent, chats=ANNA | {"1002"}) as one:
        one.journal.fails = fails
        for _ in range(3):
            answer = await one.posts(1, "hello")
            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert agent.asked == []
        one.journal.fails = ""
        await one.comes(2, "between", 1002)
        await one.channel.shows("re: between", at=place(1002))
        await one.comes(1, "hello")
        await one.channel.shows("re: hello")
        assert (await one.posts(1, "hello")).status == 200
        await one.comes(3, "more")
        await one.channel.shows("re: hello", "re: more")
    assert agent.asked == [("1002", "between"), ("1001", "hello"), ("1001", "more")]
    assert "a message is not recorded" in [record.message for record in caplog.records]


async def test_a_gateway_that_stops_takes_nothing_more(
    emulator: EmulatorServer, tmp_path: Path
) -> None:
    """What is not in the database by then gets a 503, and is answered by the next process."""
    agent = Echo()
    async with served(emulator, tmp_path, agent, chats=ANNA) as one:
        one.journal.may_take.clear()
        posted = [one.posts(1, "first"), one.posts(2, "second", 1002)]
        await one.journal.offered.wait()
        one.gateway.stop()
        assert [answer.status for answer in await asyncio.gather(*posted)] == [503, 503]
        assert (await one.posts(3, "third")).status == 503
        await one.run
        assert (await one.posts(3, "third")).status == 503
    assert emulator.world.bots[0].webhook is None
    async with served(emulator, tmp_path, agent, chats=ANNA) as one:
        for number, text in ((1, "first"), (3, "third")):
            await one.comes(number, text)
        await one.channel.shows("re: first", "re: third")
    assert agent.asked == [("1001", "first"), ("1001", "third")]


async def test_a_strangers_messages_are_taken_and_dropped(
    emulator: EmulatorServer, tmp_path: Path
) -> None:
    """Who is not named gets no answer; Telegram is not asked to bring it again."""
    agent = Echo()
    async with served(emulator, tmp_path, agent, chats=ANNA) as one:
        assert (await one.posts(1, "let me in", 6666)).status == 200
        await one.comes(2, "hello")
        await one.channel.shows("re: hello")
    assert agent.asked == [("1001", "hello")]
