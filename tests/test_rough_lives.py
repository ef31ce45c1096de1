"""Random answers in random trouble that lasts, by every way in which an answer can grow."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from rough_transport import Cut, Held, NoId, RoughTransport, Slow, Trouble, Unreached
from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.delivery.actions import Action, Append, Delete, Edit, Find, Post, Probe, Seal
from tickertape.delivery.reply.stored import dumps, loads
from tickertape.delivery.shown import Shown
from tickertape.delivery.surface import Bucket, Cadence
from tickertape.delivery.ways import EDITS, AppendWay, ExtendWay, Way, WholeWay
from tickertape.events import Event, Finished, Restarted, SegmentEnded, TextDelta, ToolStarted
from tickertape.outbox import Outbox
from tickertape.testing.clock import run_in_virtual_time

PLACES = [Address("memory", "@home", ChatKind.PRIVATE, thread) for thread in (None, "t2")]
WAYS: dict[str, tuple[Way, ...]] = {
    "draft": EDITS,  # and drafts before them
    "edit": EDITS,
    "append": (AppendWay(60.0, 900), *EDITS),
    "extend": (ExtendWay(60.0, 900), *EDITS),
    "whole": (WholeWay(),),
}
KINDS: list[type[Action] | None] = [None, None, Post, Post, Edit, Append, Seal, Find, Probe, Delete]
FOR_EVER = 1e9
HOURS = 20_000.0
AFTERMATH = 400.0


@dataclass(frozen=True)
class Span:
    """All calls of a kind meet one trouble for a while."""

    trouble: Trouble
    kind: type[Action] | None
    since: float
    until: float

    def befalls(self, action: Action, now: float) -> bool:
        """Return whether a call meets it."""
        return self.since <= now < self.until and isinstance(action, self.kind or object)


@dataclass
class Life:
    """One run: what the channel is, what befalls it, and what became of the answers."""

    seed: int
    way: str
    dice: random.Random = field(init=False)
    spans: list[Span] = field(init=False)
    consumers: list[StreamConsumer] = field(default_factory=list)
    live: dict[Address, tuple[StreamConsumer, asyncio.Future[Shown]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.up = asyncio.Lock()
        self.dice = random.Random(f"{self.seed} {self.way}")  # noqa: S311 - no secret
        self.has_keys = self.dice.random() < 0.2
        self.spans = [self._span() for _ in range(self.dice.choice([0, 1, 1, 2, 3]))]
        self.singles = self.dice.choice([0.0, 0.0, 0.05])
        self.only_writer = self.dice.random() < 0.5
        self.transport = RoughTransport(
            self._trouble,
            WAYS[self.way],
            limit=900,
            drafts=self.way == "draft",
            finds=6 * (self.dice.random() < 0.7),
            keys=self.has_keys,
            cadence=Cadence(messages=(Bucket(1.0, 5),)),
        )

    def _span(self) -> Span:
        dice = self.dice
        since = dice.uniform(0.0, dice.choice([0.0, 2.0, 10.0, 40.0]))
        # A post with a key is made again for as long as it is not heard of.
        if dice.random() < 0.1 and not self.has_keys:
            silences: list[Trouble] = [Cut(), Slow(600.0)]
            return Span(dice.choice(silences), Post, since, FOR_EVER)
        until = since + dice.choice([3.0, 10.0, 30.0, 60.0, 100.0]) * dice.uniform(0.5, 1.1)
        slow = Slow(dice.choice([5.0, 12.0, 17.0, 50.0, 90.0, 600.0]))
        cut, held = Cut(applied=False), Held(until)
        troubles: list[Trouble] = [Cut(), cut, slow, held, NoId(), Unreached()]
        return Span(dice.choice(troubles), dice.choice(KINDS), since, until)

    def _trouble(self, action: Action, now: float) -> Trouble | None:
        if self.dice.random() < self.singles:
            return self.dice.choice([Cut(), Cut(applied=False)])
        return next((span.trouble for span in self.spans if span.befalls(action, now)), None)

    async def play(self) -> None:
        """Play the answers, in one place or in two at a time."""
        self.outbox = self._outbox()
        async with asyncio.timeout(HOURS):
            await asyncio.gather(*map(self._line, PLACES[: self.dice.choice([1, 1, 2])]))
            await self.outbox.drain()
        await asyncio.sleep(AFTERMATH)

    def _outbox(self) -> Outbox:
        return Outbox(self.transport, only_writer=self.only_writer)

    async def _line(self, to: Address) -> None:
        for number in range(self.dice.choice([1, 1, 2])):
            async with self.up:
                self.outbox.saw(to, self.transport.hear())
                consumer = StreamConsumer(self.outbox, to=to, timeout=HOURS)
                self.live[to] = consumer, asyncio.ensure_future(consumer.run())
            await self._speak(to, f"{to.thread or 't1'}a{number}w")
            while to in self.live:
                consumer, run = self.live[to]
                await asyncio.wait([run])
                async with self.up:  # a program that was killed is followed by another one
                    if self.live[to] == (consumer, run):
                        self.consumers.append(consumer)
                        del self.live[to]

    async def _speak(self, to: Address, name: str) -> None:
        dice = self.dice
        pauses = dice.choice([[0.02], [0.1, 0.5], [0.02, 0.1, 0.5, 8.0]])
        dies = dice.choice([0.0, 0.0, 0.03])
        for number in range(dice.choice([1, 3, 20, 120])):
            match dice.random():
                case chance if chance < 0.02:
                    await self._feed(to, ToolStarted(str(number), f"{name}{number}"))
                case chance if chance < 0.03:
                    await self._feed(to, Restarted())
                case chance if chance < 0.04:
                    await self._feed(to, SegmentEnded())
                case chance if chance < 0.04 + dies:
                    await self._be_killed()
                case _:
                    end = dice.choice([" ", " ", " ", ". ", "\n\n"])
                    await self._feed(to, TextDelta(f"{name}{number}{end}"))
            await asyncio.sleep(dice.choice(pauses))
        await self._feed(to, Finished())

    async def _feed(self, to: Address, event: Event) -> None:
        async with self.up:
            self.live[to][0].feed(event)

    async def _be_killed(self) -> None:
        """Kill the program between two instructions; another one goes on with its answers."""
        async with self.up:
            states = {to: dumps(consumer.state) for to, (consumer, _) in self.live.items()}
            runs = [run for _, run in self.live.values()]
            for run in runs:
                run.cancel()
            await self.outbox.aclose()
            await asyncio.gather(*runs, return_exceptions=True)
            self.outbox = self._outbox()
            for to, state in states.items():
                consumer = StreamConsumer.resume(self.outbox, loads(state), timeout=HOURS)
                self.live[to] = consumer, asyncio.ensure_future(consumer.run())

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with what is left of it."""
        due = Counter(text for one in self.consumers for text in finals(one))
        there = Counter(bare(text) for to in PLACES for text in self.transport.texts(to))
        doubtful = Counter(bare(text) for one in self.consumers for text in one.shown.doubtful)
        if self.transport.broken:
            yield f"rules were broken: {self.transport.broken[0]}"
        yield from (f"gave up: {one.shown.gave_up}" for one in self.consumers if one.shown.gave_up)
        yield from (f"untold: {text!r}" for text in (there - due - doubtful))
        yield from (f"missing: {text!r}" for text in (due - there - doubtful))
        # Lines of progress look alike in several messages.
        several = (text for text in there if there[text] > max(due[text], 1) + 1)
        yield from (f"thrice: {text!r}" for text in several if "🔧" not in text)
        for to in PLACES:
            screen = self.transport.screen(to)
            pressed = Counter(bare(screen.messages[one]) for one in screen.buttons)
            yield from (f"button: {text!r}" for text in (pressed - doubtful))


def finals(consumer: StreamConsumer) -> Iterator[str]:
    """Yield the texts that must be there."""
    segments = consumer._reply._parts.segments.all
    yield from (text for one in segments if (text := bare(one.final().text)))


def bare(text: str) -> str:
    """Return a text without blanks."""
    return "".join(text.split())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("begin", range(0, 60, 20))
def test_whatever_lasts_a_text_is_there_once_or_what_may_be_too_many_is_told(
    way: str, begin: int
) -> None:
    """Calls are lost, late, held or refused for minutes, and programs are killed."""
    for seed in range(begin, begin + 20):
        life = Life(seed, way)
        run_in_virtual_time(life.play())
        assert list(life.faults()) == [], seed
