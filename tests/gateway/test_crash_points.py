"""The process dies at each statement of the journal, before or behind it; the next goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Literal, TypeAlias

import pytest
from benchmarks.kills import LookingModel
from gateway_stage import ANNA, GROUP, PRIVATE
from hypothesis import given
from hypothesis import strategies as st
from test_restarts import Keyed

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.chat import Address, Message
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.reply.state import ReplyState
from tickertape.delivery.reply.stored import dumps, loads
from tickertape.gateway import commands
from tickertape.gateway.access import Access
from tickertape.gateway.journal import BegunTurn, Unsettled
from tickertape.gateway.loop import Gateway
from tickertape.gateway.storage.memory import PassingMemory
from tickertape.ports import ToolSpec
from tickertape.testing.clock import run_in_virtual_time

Side: TypeAlias = Literal["before", "behind"]


class _Look:
    """A tool that counts its runs."""

    spec = ToolSpec("look", "Look at something.", {"type": "object"})

    def __init__(self) -> None:
        self.ran: Counter[str] = Counter()

    async def call(self, arguments: Mapping[str, object]) -> str:
        """Count the run."""
        self.ran[str(arguments["at"])] += 1
        return "seen"


class Kept:
    """What outlasts a process: conversations, messages that were taken, and turns."""

    def __init__(self) -> None:
        self.memory = PassingMemory()
        self.inbox: dict[int, Message | None] = {}
        self.known: dict[str, int] = {}
        self.turns: dict[int, tuple[int, str, str]] = {}


class DyingJournal:
    """A journal in memory, whose process dies at one of its statements. Implements `Journal`."""

    is_lasting = True

    def __init__(self, kept: Kept, dies_at: int, side: Side, on_death: Callable[[], None]) -> None:
        self._kept = kept
        self._left = dies_at
        self._side = side
        self._on_death = on_death
        self.died = asyncio.Event()

    async def take(self, message: Message) -> Message | None:
        """Record a message."""
        await self._begin_statement()
        if message.key in self._kept.known:
            taken = None
        else:
            number = self._kept.known[message.key] = len(self._kept.known) + 1
            taken = self._kept.inbox[number] = replace(message, taken=(number,))
        await self._end_statement()
        return taken

    async def unsettled(self, _: Collection[str]) -> tuple[Unsettled, ...]:
        """Return what is owed."""
        owed = [
            Unsettled(message, self._turn(number))
            for number, message in self._kept.inbox.items()
            if message is not None
        ]
        return tuple(sorted(owed, key=lambda one: one.turn is None))

    async def begin(
        self,
        message: Message,
        question: Utterance | None = None,
        added: Sequence[Utterance] = (),
    ) -> int:
        """Record the beginning of a turn."""
        await self._begin_statement()
        number = message.taken[0]
        if number in self._kept.turns:
            attempt, asked, state = self._kept.turns[number]
            self._kept.turns[number] = attempt + 1, asked, state
        else:
            self._kept.turns[number] = 1, question.text if question is not None else "", ""
            self._kept.inbox |= dict.fromkeys(message.taken)
            self._kept.inbox[number] = replace(message, taken=(number,))
            if question is not None:
                await self._kept.memory.append(message.address, [question, *added])
        await self._end_statement()
        return self._kept.turns[number][0]

    async def record(
        self,
        message: Message,
        entries: Sequence[Entry],
        state: ReplyState | None,
        added: Collection[Message] = (),
    ) -> None:
        """Record how far a turn is."""
        await self._begin_statement()
        await self._kept.memory.append(message.address, entries)
        attempt, asked, before = self._kept.turns[message.taken[0]]
        after = dumps(state) if state is not None else before
        self._kept.turns[message.taken[0]] = attempt, asked, after
        self._kept.inbox |= dict.fromkeys(number for one in added for number in one.taken)
        await self._end_statement()

    async def leave(self, message: Message) -> None:
        """Do nothing: no process is told to end."""

    async def settle(self, messages: Collection[Message]) -> None:
        """Record that nothing is owed."""
        await self._begin_statement()
        for number in (number for message in messages for number in message.taken):
            self._kept.inbox[number] = None
            self._kept.turns.pop(number, None)
        await self._end_statement()

    def _turn(self, number: int) -> BegunTurn | None:
        if number not in self._kept.turns:
            return None
        attempt, asked, state = self._kept.turns[number]
        return BegunTurn(attempt, asked, loads(state) if state else None)

    async def _begin_statement(self) -> None:
        self._left -= 1
        if self._left < 0 or (not self._left and self._side == "before"):
            await self._die()

    async def _end_statement(self) -> None:
        if not self._left:
            await self._die()

    async def _die(self) -> None:
        self.died.set()
        self._on_death()
        await asyncio.get_running_loop().create_future()


class Stage:
    """Lives of a gateway, one after another, with one memory and one screen."""

    def __init__(self, place: Address) -> None:
        self.place = place
        self.kept = Kept()
        self.channel = Keyed()
        self.look = _Look()

    async def live(self, dies_at: int, side: Side) -> bool:
        """Run one process until nothing is left to do, or until it dies; return whether it did."""
        journal = DyingJournal(self.kept, dies_at, side, self._cut)
        agent = ModelAgent([Model("m", LookingModel())], tools=lambda: [self.look])
        self.channel.is_cut = False
        channels, access = {PRIVATE.channel: self.channel}, Access(frozenset({ANNA.id}))
        gateway = Gateway(channels, agent, self.kept.memory, access, journal=journal)
        running = asyncio.create_task(gateway.run())
        dying = asyncio.create_task(journal.died.wait())
        await asyncio.wait({running, dying}, return_when=asyncio.FIRST_COMPLETED)
        has_died = dying.done()
        dying.cancel()
        running.cancel()
        await asyncio.wait({running, dying})
        return has_died

    def _cut(self) -> None:
        self.channel.is_cut = True


async def _play(stage: Stage, words: Sequence[str], *deaths: tuple[int, Side]) -> bool:
    """Let people write, and processes die; return whether each came so far as to die.

    After each death the platform brings all messages again, also those that were confirmed.
    """
    for one in words:
        stage.channel.write(one, stage.place)
    stage.channel.end()
    for dies_at, side in deaths:
        if not await stage.live(dies_at, side):
            return False
        stage.channel.again()
    assert not await stage.live(10_000, "before")
    return True


def _check(stage: Stage, words: Sequence[str], at: str) -> None:
    """All is answered, once, in order, whole."""
    assert stage.channel.texts(stage.place) == _expected(words), at
    _check_end(stage, at)


def _check_end(stage: Stage, at: str) -> None:
    """No tool ran twice, and nothing is owed."""
    assert stage.channel.screen(stage.place).draft is None, at
    assert set(stage.look.ran.values()) <= {1}, at
    assert not any(stage.kept.inbox.values()), at
    assert stage.kept.turns == {}, at


def _expected(words: Sequence[str]) -> list[str]:
    told = {"/help": [commands.words(commands.HelpCommand())]}
    answers = ([f"Looking at {one}.", f"Answer to {one}."] for one in words)
    pairs = zip(words, answers, strict=True)
    return [text for one, answer in pairs for text in told.get(one, answer)]


PLACES = pytest.mark.parametrize("place", [PRIVATE, GROUP], ids=["private", "group"])
WORDS = ("one", "/help", "two")


@PLACES
@pytest.mark.parametrize("side", ["before", "behind"])
def test_a_death_at_each_statement(place: Address, side: Side) -> None:
    """The next process makes good what the first one left, wherever that was."""
    for dies_at in count(1):
        stage = Stage(place)
        if not run_in_virtual_time(_play(stage, WORDS, (dies_at, side))):
            break
        _check(stage, WORDS, f"{side} {dies_at}")
    assert dies_at > 15


@PLACES
@given(st.integers(1, 25), st.integers(1, 25), st.sampled_from(["before", "behind"]))
def test_two_deaths(place: Address, first: int, second: int, side: Side) -> None:
    """Also where the second process dies while it makes good.

    Where it dies while it looks for a post, the third does not know what else was posted meanwhile:
    it looks for nothing, and that one text may stand there twice.
    """
    stage = Stage(place)
    if run_in_virtual_time(_play(stage, WORDS, (first, side), (second, side))):
        shown = stage.channel.texts(place)
        once = [text for at, text in enumerate(shown) if text not in shown[:at]]
        assert len(shown) - len(once) <= 1
        assert once == _expected(WORDS)
        _check_end(stage, f"{side} {first}, {second}")
