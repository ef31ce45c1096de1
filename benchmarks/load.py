"""A thousand live streams in one loop, without their HTTP calls: what they take of one core.

Every chat is a private one and gets fifty tokens of Markdown a second; the answers begin within two
seconds of each other. The channel is Telegram's as far as the core can see; a call takes 80 ms and
is accepted. Once all chats are those of one bot, whose limit then rules; and once they are those of
fifty bots, where every chat has as many previews as its own limit allows. The loop has a core to
itself (`own_core`), and the garbage collector is set as `tickertape serve` sets it.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
from dataclasses import dataclass

from benchmarks.frames import answer
from benchmarks.own_core import run_on_own_core
from tickertape.channels.telegram import surface_of
from tickertape.chat import Address, ChatKind
from tickertape.cli.garbage import look_briefly
from tickertape.cli.tables import aligned
from tickertape.consumer import StreamConsumer
from tickertape.delivery.actions import Accepted, Action, Edit, Outcome, Post, ShowDraft
from tickertape.delivery.surface import Surface
from tickertape.outbox import Outbox
from tickertape.testing.measures import quantile

__all__ = ["LAG", "SHARE", "STREAMS", "run"]

STREAMS = 1000
"""Answers at once."""

SHARE = 0.6
"""The share of one core that they may take."""

LAG = 0.02
"""Seconds that the loop may lag at the 99th percentile."""

_BOTS = (1, 50)
_RATE = 50.0
_SECONDS = 10.0
_SPREAD = 2.0
_THOUGHT = 1.0
_TURNS = 20
_ROUND_TRIP = 0.08
_BEAT = 0.005
_TOKEN = 4


class _Channel:
    """Accepts everything, after the time that a call takes."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self.frames = 0

    def surface(self, address: Address) -> Surface:
        return surface_of(address)

    async def perform(self, action: Action) -> Outcome:
        await asyncio.sleep(_ROUND_TRIP)
        self.frames += 1
        match action:
            case Post(text=text):
                return Accepted(text, str(next(self._ids)))
            case Edit(text=text, message_id=message_id):
                return Accepted(text, message_id)
            case ShowDraft(text=text):
                return Accepted(text)
            case _:
                return Accepted("")


@dataclass(frozen=True, slots=True)
class _Load:
    """What the streams took."""

    share: float
    lags: list[float]
    frames: int
    whole: int


async def _measure(bots: int) -> _Load:
    channels = [_Channel() for _ in range(bots)]
    outboxes = [Outbox(channel) for channel in channels]
    consumers = [
        StreamConsumer(
            outboxes[number % bots], to=Address("telegram", str(number + 1), ChatKind.PRIVATE)
        )
        for number in range(STREAMS)
    ]
    starts = [_SPREAD * number / STREAMS for number in range(STREAMS)]
    runs = [asyncio.create_task(_later(*one)) for one in zip(starts, consumers, strict=True)]
    look_briefly()
    lags: list[float] = []
    beat = asyncio.create_task(_beat(lags))
    clock = asyncio.get_running_loop().time
    begun, spent = clock(), time.process_time()
    try:
        await _speak(consumers)
        share = (time.process_time() - spent) / (clock() - begun)
    finally:
        beat.cancel()
        gc.unfreeze()
    for consumer in consumers:
        consumer.finish()
    await asyncio.gather(*runs)
    frames = sum(channel.frames for channel in channels)
    return _Load(share, lags, frames, sum(consumer.shown.is_whole for consumer in consumers))


async def _later(seconds: float, consumer: StreamConsumer) -> None:
    """Begin an answer after a while: people do not ask at the same moment."""
    await asyncio.sleep(seconds)
    await consumer.run()


async def _speak(consumers: list[StreamConsumer]) -> None:
    """Give each answer its tokens, a second after it begins."""
    text = answer(int(_RATE * _SECONDS) * _TOKEN)
    tokens = [text[at : at + _TOKEN] for at in range(0, len(text), _TOKEN)]
    late = [int(_RATE * _SPREAD * number / STREAMS) for number in range(len(consumers))]
    clock = asyncio.get_running_loop().time
    begun = clock() + _THOUGHT
    for step in range(len(tokens) + late[-1] + 1):
        for turn in range(_TURNS):
            due = begun + (step + turn / _TURNS) / _RATE
            await asyncio.sleep(max(0.0, due - clock()))
            for number in range(turn, len(consumers), _TURNS):
                if 0 <= step - late[number] < len(tokens):
                    consumers[number].on_delta(tokens[step - late[number]])


async def _beat(lags: list[float]) -> None:
    """Note how late a timer rings, again and again."""
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + _BEAT
        await asyncio.sleep(_BEAT)
        lags.append(max(0.0, clock() - due))


def _line(bots: int) -> tuple[str, ...]:
    load = run_on_own_core(_measure(bots))
    lag = quantile(load.lags, 0.99)
    return (
        f"{bots} bot{'s' if bots > 1 else ''}",
        f"{load.share:.0%}{'' if load.share <= SHARE else ' !'}",
        f"{quantile(load.lags, 0.5) * 1000:.1f} ms",
        f"{lag * 1000:.1f} ms{'' if lag <= LAG else ' !'}",
        str(load.frames),
        f"{load.whole} of {STREAMS}{'' if load.whole == STREAMS else ' !'}",
    )


def run() -> str:
    """Measure; give a table. `!` marks a bar that was missed."""
    head = (
        "all chats of",
        f"of a core (≤ {SHARE:.0%})",
        "lag p50",
        f"p99 (≤ {LAG * 1000:.0f})",
        "frames",
        "whole",
    )
    return aligned([head, *map(_line, _BOTS)])
