"""Whole answers where calls are scarce: our pump and channel against the emulator's world.

Counts only: how many calls were made, and how many of them were refused.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from dataclasses import replace

import pytest

from test_back_to_back import PLACES, throttled_by_the_world
from tickertape.channels.telegram import TelegramTransport
from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.scene import GROUP, TOKEN, furnished_world
from tickertape.emulator.settings import ChatLimits, Settings, TokenBucket
from tickertape.emulator.world import World
from tickertape.outbox import Outbox
from tickertape.simulation.messages import readable
from tickertape.simulation.network import SimulatedNetwork
from tickertape.simulation.simulated_client import SimulatedClient
from tickertape.testing.clock import run_in_virtual_time

PRIVATE_PLACE, GROUP_PLACE = PLACES[0], PLACES[1]
EDITS = StreamingConfig(transport="edit")


async def carry(
    world: World, to: Address, seconds: float, config: StreamingConfig, rate: float = 20.0
) -> tuple[Outbox, StreamConsumer]:
    """Let an agent speak steadily for some seconds."""
    outbox = Outbox(TelegramTransport(SimulatedClient(SimulatedNetwork(world))))
    consumer = StreamConsumer(outbox, to=to, config=config, timeout=10_000.0)
    run = asyncio.create_task(consumer.run())
    for number in range(int(seconds * rate)):
        consumer.on_delta(f"{number} ")
        await asyncio.sleep(1.0 / rate)
    consumer.finish()
    await run
    return outbox, consumer


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.kind)
@pytest.mark.parametrize("seconds", [5.0, 20.0, 45.0, 150.0])
@pytest.mark.parametrize("config", [StreamingConfig(), EDITS], ids=["auto", "edit"])
def test_no_answer_of_any_length_is_refused(
    place: Address, seconds: float, config: StreamingConfig
) -> None:
    """Limits that are as documented never have cause to refuse, and previews never stop."""
    world = furnished_world()
    _, consumer = run_in_virtual_time(carry(world, place, seconds, config))
    assert throttled_by_the_world(world) == 0
    assert readable("".join(world.screen(int(place.chat)).texts)) == readable(consumer.shown.said)
    calls = [record.at for _, record in world.calls.after(0) if record.chat_id is not None]
    gaps = [b - a for a, b in itertools.pairwise(calls)]
    assert max(gaps) <= 12.0


@pytest.mark.parametrize("burst", [1, 2, 5])
def test_a_chat_that_takes_half_is_overrun_twice_at_most(burst: int) -> None:
    """One call in 2 s, whatever its burst: the chat is learned, and the answer is whole."""
    limits = ChatLimits(messages=(TokenBucket(0.5, burst),))
    settings = replace(Settings(), chats={int(PRIVATE_PLACE.chat): limits})
    world = furnished_world(settings)
    _, consumer = run_in_virtual_time(carry(world, PRIVATE_PLACE, 45.0, EDITS))
    assert throttled_by_the_world(world) <= 2
    assert readable("".join(world.screen(int(PRIVATE_PLACE.chat)).texts)) == readable(
        consumer.shown.said
    )


def test_others_that_spend_cost_one_refusal() -> None:
    """With 14 of 20 calls spent by others, one refusal tells of it, and the final is next."""
    world = furnished_world()
    for number in range(14):
        text = f"somebody else's message {number}"
        world.exchange(TOKEN, "sendMessage", {"chat_id": str(GROUP), "text": text}, 0.0)
    _, consumer = run_in_virtual_time(carry(world, GROUP_PLACE, 20.0, EDITS))
    assert throttled_by_the_world(world) == 1
    assert readable(world.screen(GROUP).texts[-1]) == readable(consumer.shown.said)


def test_forty_finals_at_once_are_served_without_a_refusal() -> None:
    """All chats of a bot end at the same moment: finals go at the bot's rate."""

    async def main(world: World) -> list[StreamConsumer]:
        outbox = Outbox(TelegramTransport(SimulatedClient(SimulatedNetwork(world))))
        consumers = [
            StreamConsumer(outbox, to=Address("telegram", str(number), ChatKind.PRIVATE))
            for number in ids
        ]
        runs = [asyncio.create_task(consumer.run()) for consumer in consumers]
        for _ in range(200):
            for consumer in consumers:
                consumer.on_delta("word ")
            await asyncio.sleep(0.05)
        for consumer in consumers:
            consumer.finish()
        await asyncio.gather(*runs)
        return consumers

    world = furnished_world()
    ids = list(range(9001, 9041))
    for number in ids:
        world.add_person(number, f"Person {number}")
        world.begin(number)
    consumers = run_in_virtual_time(main(world))
    assert throttled_by_the_world(world) == 0
    assert all(consumer.shown.is_whole for consumer in consumers)
    frames = Counter(record.chat_id for _, record in world.calls.after(0) if record.chat_id)
    assert max(frames.values()) <= 1.5 * min(frames.values())
