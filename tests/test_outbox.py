"""The outbox remembers what refusals taught, and which places are out of reach."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.delivery.actions import (
    Accepted,
    Action,
    Outcome,
    Post,
    Reason,
    Refused,
    Throttled,
    Unknown,
)
from tickertape.delivery.limits.limit_estimate import Family, LimitEstimate
from tickertape.delivery.shown import Shown
from tickertape.outbox import Outbox
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.transports import FakeTransport, LostAnswer

GROUP = Address("chat", "crew", ChatKind.GROUP)
TOPIC = Address("chat", "crew", ChatKind.GROUP, "t9")


async def say(outbox: Outbox, to: Address = GROUP) -> Shown:
    """Say one sentence and end."""
    consumer = StreamConsumer(outbox, to=to)
    consumer.on_delta("Good morning, everybody.")
    consumer.finish()
    return await consumer.run()


def test_lessons_are_told_and_can_be_recalled() -> None:
    """A refusal is told at once; another outbox that restores it waits for the rest."""

    async def main() -> tuple[list[tuple[str, tuple[LimitEstimate, ...]]], float]:
        told: list[tuple[str, tuple[LimitEstimate, ...]]] = []
        transport = FakeTransport()
        transport.script.append(Throttled(4_000.0))
        first = Outbox(transport, on_learned=lambda chat, learned: told.append((chat, learned)))
        run = asyncio.create_task(say(first))
        await asyncio.sleep(1_000.0)
        run.cancel()
        await first.aclose()
        second = Outbox(FakeTransport())
        second.restore_limits(
            {chat: [one.after(1_000.0) for one in learned] for chat, learned in told}
        )
        assert (await say(second)).is_whole
        return told, asyncio.get_running_loop().time()

    told, ended_at = run_in_virtual_time(main())
    assert told == [(GROUP.chat, (LimitEstimate(Family.MESSAGES, 2.5, 4_000.0),))]
    assert 4_000.0 <= ended_at < 4_001.0


def test_a_chat_that_moved_keeps_what_it_taught() -> None:
    """A refusal is told of the id that was called, and later replies there wait for it as well."""

    async def main() -> tuple[list[str], float]:
        told: list[str] = []
        transport = FakeTransport()
        transport.script += [Refused(Reason.CHAT_MOVED, moved_to="town"), Throttled(4_000.0)]
        outbox = Outbox(transport, on_learned=lambda chat, _: told.append(chat))
        run = asyncio.create_task(say(outbox))
        await asyncio.sleep(1_000.0)
        assert (await say(outbox, replace(GROUP, chat="town"))).is_whole
        ended_at = asyncio.get_running_loop().time()
        await run
        return told, ended_at

    told, ended_at = run_in_virtual_time(main())
    assert told == ["town"]
    assert 4_000.0 <= ended_at < 4_010.0


class CountingTransport(FakeTransport):
    """Counts the calls that are under way at once."""

    under_way = 0
    most = 0

    async def perform(self, action: Action) -> Outcome:
        """Perform it as a fake transport does."""
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            return await super().perform(action)
        finally:
            self.under_way -= 1


@pytest.mark.parametrize("is_told", [True, False])
def test_the_ids_of_one_chat_take_turns(is_told: bool) -> None:
    """Whoever opens an answer by the old id or the new one: one call at a time."""

    async def main() -> int:
        transport = CountingTransport(latency=2.0)
        outbox = Outbox(transport)
        if is_told:
            outbox.move(GROUP.chat, "town")
        transport.script.append(Refused(Reason.CHAT_MOVED, moved_to="town"))
        first = asyncio.create_task(say(outbox))
        await asyncio.sleep(3.0)
        second = asyncio.create_task(say(outbox, replace(GROUP, chat="town")))
        assert (await first).is_whole
        assert (await second).is_whole
        return transport.most

    assert run_in_virtual_time(main()) == 1


def test_a_dead_chat_costs_no_further_call() -> None:
    """Where we may not write, no reply tries again for a while; other places go on."""

    async def main() -> list[int]:
        transport = FakeTransport()
        transport.script.append(Refused(Reason.CHAT_DEAD, "bot was kicked"))
        outbox = Outbox(transport)
        counts = []
        for to, pause in ((GROUP, 0.0), (GROUP, 300.0), (TOPIC, 0.0), (GROUP, 400.0)):
            await asyncio.sleep(pause)
            shown = await say(outbox, to)
            assert shown.is_whole is (shown.gave_up is None)
            counts.append(len(transport.actions))
        return counts

    first, second, third, fourth = run_in_virtual_time(main())
    assert first == second == 1
    assert first < third < fourth


def test_who_writes_is_alive() -> None:
    """An inbound message from a dead chat proves that it can be reached again."""

    async def main() -> bool:
        transport = FakeTransport()
        transport.script.append(Refused(Reason.CHAT_DEAD, "bot was blocked by the user"))
        outbox = Outbox(transport)
        assert (await say(outbox)).gave_up is not None
        outbox.mark_reachable(GROUP)
        return (await say(outbox)).is_whole

    assert run_in_virtual_time(main())


@pytest.mark.parametrize("is_old", [True, False])
def test_the_message_of_a_program_before_is_not_taken_for_a_lost_posts(is_old: bool) -> None:
    """It came after a question that is read only now: the lost post may not be edited into it."""

    async def main() -> tuple[list[str], tuple[str, ...]]:
        transport = FakeTransport(finds=6)
        early, late = (transport._next_id() for _ in range(2))
        first = Outbox(transport, only_writer=True)
        first.saw(GROUP, early)
        before = await say(first)
        second = Outbox(transport, only_writer=True)
        if is_old:
            second.saw(GROUP, late, sent_at=time.time() - 60.0)
        else:
            second.saw(GROUP, transport._next_id(), sent_at=time.time() + 60.0)
        transport.script.append(Unknown("the connection broke"))
        after = await say(second)
        assert not set(before.messages) & set(after.messages)
        return transport.texts(GROUP), after.doubtful

    texts, doubtful = run_in_virtual_time(main())
    assert texts == ["Good morning, everybody."] * 2
    assert doubtful == (("Good morning, everybody.",) if is_old else ())


class FirstWithoutId(FakeTransport):
    """Accepts its first post without telling which message it made."""

    has_told = False

    async def perform(self, action: Action) -> Outcome:
        outcome = await super().perform(action)
        if self.has_told or not isinstance(outcome, Accepted) or not isinstance(action, Post):
            return outcome
        self.has_told = True
        return replace(outcome, message_id=None)


@pytest.mark.parametrize("later", [60.0, 600.0])
def test_a_question_minutes_later_parts_a_lost_post_from_an_earlier_one_without_an_id(
    later: float,
) -> None:
    """The message behind it is the lost post's: it is not posted again. Sooner, nobody can tell."""

    async def main() -> tuple[int, tuple[str, ...]]:
        transport = FirstWithoutId(finds=6)
        outbox = Outbox(transport, only_writer=True)
        outbox.saw(GROUP, transport._next_id())
        assert (await say(outbox)).is_whole
        outbox.saw(GROUP, transport._next_id(), sent_at=time.time() + later)
        transport.script.append(LostAnswer())
        after = await say(outbox)
        return len(transport.texts(GROUP)), after.doubtful

    is_known = later > 360.0
    texts = run_in_virtual_time(main())
    assert texts == ((2, ()) if is_known else (3, ("Good morning, everybody.",)))
