"""The gateway's two seams: what shows an answer can be another, and others may hear it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from gateway_stage import PRIVATE, STOPPED, GatedAgent, Parrot, drafted, reopened, running

from tickertape.chat import Message
from tickertape.delivery.marks import StopReason
from tickertape.delivery.shown import Shown
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Event, Failed, Finished, TextDelta
from tickertape.gateway import commands
from tickertape.ports import Listener

pytestmark = pytest.mark.anyio


class Paper:
    """Shows answers on a sheet of paper."""

    def __init__(self, sheet: list[str], config: StreamingConfig) -> None:
        self._sheet = sheet
        self.config = config
        self._over = asyncio.Event()
        self.said = ""
        self.stopped: StopReason | None = None

    def feed(self, event: Event) -> None:
        if isinstance(event, TextDelta):
            self.said += event.text

    def finish(self) -> None:
        self._over.set()

    def stop(self, reason: StopReason = StopReason.USER) -> None:
        self.stopped = reason
        self._over.set()

    async def run(self) -> Shown:
        await self._over.wait()
        self._sheet.append(self.said)
        return self.shown

    @property
    def shown(self) -> Shown:
        return Shown(self.said, self.said in self._sheet, not self.said, PRIVATE)


class Ear:
    """Hears an answer, and takes as long for it as the test wants."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.finished = asyncio.Event()
        self.stopped = asyncio.Event()
        self.free = asyncio.Event()

    def feed(self, event: Event) -> None:
        self.heard.append(event)

    def finish(self) -> None:
        self.finished.set()

    def stop(self) -> None:
        self.stopped.set()
        self.free.set()

    async def run(self) -> None:
        await self.free.wait()


class Deaf(Ear):
    """Cannot hear, and breaks its promise to say so by no exception."""

    async def run(self) -> None:
        raise OSError("no loudspeaker")


class Ears:
    """Gives each answer an ear, and keeps them for the test."""

    def __init__(self, kind: type[Ear] = Ear) -> None:
        self.kind = kind
        self.given: list[Ear] = []

    def __call__(self, message: Message) -> Sequence[Listener]:
        self.given.append(self.kind())
        return self.given[-1:]


async def test_another_showing_gets_answers_and_our_own_words(tmp_path: Path) -> None:
    """Whatever the factory makes is fed and run; the channel is not asked to perform anything."""
    sheet: list[str] = []
    made: list[Paper] = []

    def show(message: Message, config: StreamingConfig, *, is_pointed: bool = False) -> Paper:
        made.append(Paper(sheet, config))
        return made[-1]

    async with running(tmp_path, Parrot("Hello!"), showing=show) as (channel, *_):
        channel.write("hi")
        channel.write("/reasoning keep")
        channel.write("hi")
        channel.write("/nonsense")
    assert sheet[0] == sheet[2] == "Hello!"
    assert sheet[3] == commands.words(commands.UnknownCommand("nonsense"))
    assert [paper.config.reasoning for paper in made] == ["status", "status", "keep", "status"]
    assert [paper.config.enabled for paper in made] == [True, False, True, False]
    assert channel.actions == []


async def test_another_showing_is_stopped_as_ours_is(tmp_path: Path) -> None:
    """`/stop` ends it and closes the agent; what it said is remembered."""
    sheet: list[str] = []
    made: list[Paper] = []

    def show(message: Message, config: StreamingConfig, *, is_pointed: bool = False) -> Paper:
        made.append(Paper(sheet, config))
        return made[-1]

    agent = GatedAgent()
    async with running(tmp_path, agent, showing=show) as (channel, *_):
        channel.write("hi")
        _, say = await agent.turn()
        say(TextDelta("half a"))
        channel.write("/stop")
        async with asyncio.timeout(10):
            await agent.closed.wait()
    assert sheet == ["half a"]
    assert made[0].stopped is StopReason.USER
    assert await reopened(tmp_path) == [("user", "hi"), ("assistant", "half a")]


async def test_listeners_hear_what_is_shown_and_hold_up_nobody(tmp_path: Path) -> None:
    """Every event reaches them; the next question is answered while one still listens."""
    ears = Ears()
    async with running(tmp_path, Parrot("Hello!"), hearing=ears) as (channel, *_):
        channel.write("hi")
        await channel.shows("Hello!")
        channel.write("hi again")
        await channel.shows("Hello!", "Hello!")
        assert [ear.heard for ear in ears.given] == [[TextDelta("Hello!"), Finished()]] * 2
        assert all(ear.finished.is_set() for ear in ears.given)
        assert not any(ear.stopped.is_set() for ear in ears.given)
        for ear in ears.given:
            ear.free.set()


async def test_a_stop_silences_listeners_at_once(tmp_path: Path) -> None:
    """They are told before the screen is final, and once more is harmless."""
    agent, ears = GatedAgent(), Ears()
    async with running(tmp_path, agent, hearing=ears) as (channel, *_):
        channel.write("hi")
        _, say = await agent.turn()
        say(TextDelta("half a"))
        await drafted(channel, "half a")
        channel.write("/stop")
        async with asyncio.timeout(10):
            await ears.given[0].stopped.wait()
        await channel.shows(f"half a\n\n{STOPPED}", at=PRIVATE)


async def test_the_end_of_the_gateway_silences_listeners(tmp_path: Path) -> None:
    """One who still hears an answer that is complete is stopped, and waited for."""
    ears = Ears()
    async with running(tmp_path, Parrot("Hello!"), hearing=ears) as (channel, gateway, _, task):
        channel.write("hi")
        await channel.shows("Hello!")
        gateway.stop()
        async with asyncio.timeout(10):
            await task
    assert ears.given[0].stopped.is_set()


async def test_a_listener_that_breaks_breaks_nothing(tmp_path: Path) -> None:
    """The answer is shown, the next one too; the log says what happened."""
    ears = Ears(Deaf)
    async with running(tmp_path, Parrot("Hello!"), hearing=ears) as (channel, *_):
        channel.write("hi")
        channel.write("hi again")
        await channel.shows("Hello!", "Hello!")
    assert [ear.heard for ear in ears.given] == [[TextDelta("Hello!"), Finished()]] * 2


async def test_an_agent_that_raises_ends_its_listeners_too(tmp_path: Path) -> None:
    """They hear that the answer broke off, and that nothing more comes."""
    agent, ears = GatedAgent(), Ears()
    async with running(tmp_path, agent, hearing=ears) as (channel, *_):
        channel.write("hi")
        _, say = await agent.turn()
        say(TextDelta("half a"))
        say(RuntimeError("against its contract"))
        async with asyncio.timeout(10):
            await ears.given[0].finished.wait()
        ears.given[0].free.set()
    assert isinstance(ears.given[0].heard[-1], Failed)
