"""A button that means nothing goes, within the chat's budget, and holds nothing up."""

from __future__ import annotations

import asyncio

from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.delivery.actions import (
    Accepted,
    ClearButtons,
    Post,
    Reason,
    Refused,
    Throttled,
    Unknown,
)
from tickertape.delivery.limits.limit_estimate import Family, LimitEstimate
from tickertape.delivery.surface import Cadence, Window
from tickertape.outbox import Outbox
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.transports import FakeTransport

HERE = Address("chat", "here", ChatKind.GROUP)
THERE = Address("chat", "there", ChatKind.GROUP)
SLOW = Cadence(messages=(Window(calls=3, seconds=20.0),))


def test_it_goes_at_once_and_its_text_stays() -> None:
    """Where the budget has a call."""

    async def run() -> None:
        channel = FakeTransport(stop_buttons=True)
        posted = await channel.perform(Post(HERE, "half", stop_button=True))
        assert isinstance(posted, Accepted)
        assert posted.message_id is not None
        assert await Outbox(channel).clear_buttons(HERE, posted.message_id) == Accepted("")
        assert channel.screen(HERE).buttons == set()
        assert channel.texts(HERE) == ["half"]

    run_in_virtual_time(run())


def test_it_leaves_the_calls_that_answers_need() -> None:
    """It waits for its turn, and is given up after a minute; it is made once."""

    async def run() -> None:
        channel = FakeTransport(stop_buttons=True, cadence=SLOW)
        outbox = Outbox(channel)
        loop = asyncio.get_running_loop()
        for number in range(3):
            await outbox.clear_buttons(HERE, f"m{number}")
        began = loop.time()
        await outbox.clear_buttons(HERE, "m3")
        assert 19.0 < loop.time() - began < 25.0
        outbox.restore_limits({HERE.chat: [LimitEstimate(Family.MESSAGES, 1.0, 100.0)]})
        assert isinstance(await outbox.clear_buttons(HERE, "m4"), Throttled)
        assert [a.message_id for a in channel.actions if isinstance(a, ClearButtons)] == [
            "m0",
            "m1",
            "m2",
            "m3",
        ]

    run_in_virtual_time(run())


def test_whatever_comes_of_it_an_answer_goes_on() -> None:
    """A refusal teaches the chat's limits, as any other does; nothing is tried again."""

    async def run() -> None:
        taught: list[str] = []
        channel = FakeTransport(stop_buttons=True)
        outbox = Outbox(channel, on_learned=lambda chat, _: taught.append(chat))
        for outcome in (Throttled(5.0), Unknown(), Refused(Reason.MESSAGE_GONE)):
            channel.script.append(outcome)
            assert await outbox.clear_buttons(HERE, "m1") == outcome
        assert taught == [HERE.chat]
        consumer = StreamConsumer(outbox, to=HERE)
        consumer.on_delta("an answer")
        consumer.finish()
        await consumer.run()
        assert channel.texts(HERE) == ["an answer"]

    run_in_virtual_time(run())


def test_a_chat_that_moves_keeps_what_its_limits_taught() -> None:
    """Unless it taught by itself; what was only recalled counts, too."""

    async def run() -> None:
        channel = FakeTransport(cadence=SLOW)
        outbox = Outbox(channel)
        outbox.restore_limits({HERE.chat: [LimitEstimate(Family.MESSAGES, 1.0, 100.0)]})
        outbox.move(HERE.chat, THERE.chat)
        assert isinstance(await outbox.clear_buttons(THERE, "m4"), Throttled)
        outbox.restore_limits({HERE.chat: [LimitEstimate(Family.MESSAGES, 1.0, 1_000.0)]})
        outbox.move(HERE.chat, THERE.chat)
        await asyncio.sleep(90.0)
        assert not isinstance(await outbox.clear_buttons(THERE, "m4"), Throttled)

    run_in_virtual_time(run())
