"""What a stream costs besides its calls: feeding a delta, and doing nothing at all."""

from __future__ import annotations

import asyncio
import itertools
import resource
import time

from tickertape.channels.telegram import surface_of
from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.delivery.limits.budget import Budget
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import TextDelta
from tickertape.outbox import Outbox
from tickertape.testing.transports import FakeTransport

__all__ = ["run"]

_DELTA = TextDelta("four")
_DELTAS = 400
_REPEATS = 30
_STREAMS = 1000
_CHATS_OF_A_BOT = 20
_IDLE_SECONDS = 5.0


def _feed_cost(characters: int) -> float:
    """Give the microseconds that a delta costs a reply that has said `characters` already."""
    address = Address("telegram", "1", ChatKind.PRIVATE)
    surface = surface_of(address)
    best = float("inf")
    for _ in range(_REPEATS):
        budget = Budget().chat(address.chat, surface.cadence)
        reply = Reply(
            address, surface, budget, StreamingConfig(), draft_ids=map(str, itertools.count(1))
        )
        for at in range(0, characters, 4):
            reply.feed(_DELTA, at / 1000)
        began = time.perf_counter()
        for _ in range(_DELTAS):
            reply.feed(_DELTA, 100.0)
        best = min(best, time.perf_counter() - began)
    return best / _DELTAS * 1e6


async def _idle_cpu() -> float:
    """Give the share of one core that a thousand idle streams take."""
    # Few enough chats a bot that every first post fits into the bot's burst.
    outboxes = [Outbox(FakeTransport()) for _ in range(_STREAMS // _CHATS_OF_A_BOT)]
    consumers = [
        StreamConsumer(outbox, to=Address("telegram", str(number), ChatKind.GROUP))
        for outbox in outboxes
        for number in range(_CHATS_OF_A_BOT)
    ]
    runs = [asyncio.create_task(consumer.run()) for consumer in consumers]
    for consumer in consumers:
        consumer.on_delta("Hello")
    await asyncio.sleep(1.0)
    before = _cpu_seconds()
    await asyncio.sleep(_IDLE_SECONDS)
    spent = _cpu_seconds() - before
    for consumer in consumers:
        consumer.finish()
    await asyncio.gather(*runs)
    return spent / _IDLE_SECONDS


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run() -> str:
    """Measure; give a table."""
    short, long = _feed_cost(1_000), _feed_cost(30_000)
    idle = asyncio.run(_idle_cpu())
    lines = [
        f"feeding a delta at  1,000 characters  {short:5.2f} us (≤ 5)",
        f"feeding a delta at 30,000 characters  {long:5.2f} us (≤ 5)",
        f"the second to the first               {long / short:5.2f} (≤ 1.3)",
        f"{_STREAMS} idle streams for {_IDLE_SECONDS:.0f} s             {idle:6.2%} of one core",
    ]
    return "\n".join(lines)
