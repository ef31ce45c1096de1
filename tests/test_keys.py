"""Channels that know keys: a post that was not heard of is made again, and makes no second one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from rough_transport import NoId, RoughTransport, Slow, Trouble
from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer, stream
from tickertape.delivery.actions import Action, Outcome, Post, Reason, Refused, Unknown
from tickertape.delivery.reply.stored import dumps, loads
from tickertape.delivery.shown import Shown
from tickertape.delivery.ways import EDITS
from tickertape.outbox import Outbox
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.conformance import Stage, check_transport
from tickertape.testing.transports import FakeTransport, LostAnswer

PLACES = [
    Address("memory", "@home", ChatKind.PRIVATE),
    Address("memory", "#crew", ChatKind.GROUP),
]
WORDS = [f"word{number}" for number in range(40)]
TEXT = " ".join(WORDS)


async def speech() -> AsyncIterator[str]:
    """Say the words in eight seconds."""
    for word in WORDS:
        yield f"{word} "
        await asyncio.sleep(0.2)


@pytest.mark.anyio
async def test_the_channel_in_memory_is_a_transport() -> None:
    """It keeps the promises of a transport, those of keys among them."""

    @asynccontextmanager
    async def open_stage() -> AsyncIterator[Stage]:
        yield Stage(FakeTransport(keys=True), PLACES[0])

    await check_transport(open_stage)


@pytest.mark.parametrize("to", PLACES)
@pytest.mark.parametrize("lost", [LostAnswer(), Unknown("the call was lost")])
@pytest.mark.parametrize("times", [1, 7])
def test_a_post_is_made_again_until_it_is_heard_of(
    to: Address, lost: Outcome | LostAnswer, times: int
) -> None:
    """However often: one message, and nothing in doubt."""
    transport = FakeTransport(keys=True, latency=0.1)

    def lose(action: object) -> None:
        posts = [one for one in transport.actions if isinstance(one, Post)]
        if isinstance(action, Post) and len(posts) <= times:
            transport.script.append(lost)

    transport.on_action = lose
    shown = run_in_virtual_time(stream(speech(), transport, to=to))
    assert transport.texts(to) == [TEXT]
    assert shown.is_whole
    assert shown.doubtful == ()
    posts = [one for one in transport.actions if isinstance(one, Post)]
    assert len(posts) == times + 1
    assert len(set(posts)) == 1


def test_a_post_that_is_refused_at_last_made_no_message() -> None:
    """The text is posted another way, with another key."""
    transport = FakeTransport(keys=True)
    transport.script.extend([Unknown("lost"), Refused(Reason.TOO_LONG)])
    to = PLACES[1]
    shown = run_in_virtual_time(stream(speech(), transport, to=to))
    assert "".join("".join(transport.texts(to)).split()) == "".join(WORDS)
    assert shown.is_whole
    keys = [one.key for one in transport.actions if isinstance(one, Post)]
    assert keys[0] == keys[1] != keys[2]


def test_an_id_that_comes_late_is_that_of_the_message_that_stands_there() -> None:
    """The second call was accepted without one: there is one message for both, and it stays."""
    troubles: list[Trouble] = [Slow(20.0), NoId()]
    answers = iter(troubles)

    def trouble(action: Action, _: float) -> Trouble | None:
        return next(answers, None) if isinstance(action, Post) else None

    transport = RoughTransport(trouble, EDITS, drafts=True, keys=True)

    async def show() -> Shown:
        outbox = Outbox(transport)
        shown = await stream(speech(), outbox, to=PLACES[0])
        await outbox.drain()
        return shown

    assert run_in_virtual_time(show()).is_whole
    assert transport.texts(PLACES[0]) == [TEXT]


@pytest.mark.parametrize("to", PLACES)
@pytest.mark.parametrize("moment", [0.03, 0.08, 1.0, 8.03, 8.08])
def test_a_program_that_is_killed_in_a_post_leaves_one_message(to: Address, moment: float) -> None:
    """The next one makes the same post again."""
    transport = FakeTransport(keys=True, latency=0.1)

    async def lives() -> Shown:
        outbox = Outbox(transport)
        first = StreamConsumer(outbox, to=to)
        run = asyncio.ensure_future(first.run())
        speaking = asyncio.ensure_future(speak(first))
        await asyncio.sleep(moment)
        stored = dumps(first.state)
        speaking.cancel()
        run.cancel()
        await outbox.aclose()
        await asyncio.gather(run, speaking, return_exceptions=True)
        second = StreamConsumer.resume(Outbox(transport), loads(stored))
        run = asyncio.ensure_future(second.run())
        second.on_delta(f"{TEXT} "[len(second.shown.said) :])
        second.finish()
        return await run

    async def speak(consumer: StreamConsumer) -> None:
        async for word in speech():
            consumer.on_delta(word)
        consumer.finish()

    shown = run_in_virtual_time(lives())
    assert transport.texts(to) == [TEXT]
    assert shown.is_whole
    assert shown.doubtful == ()
