"""The pump: any thread may speak, one writer writes, one timer waits, nothing polls."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer, stream
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Cause,
    Edit,
    Outcome,
    Post,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.marks import StopReason
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Cadence, Window
from tickertape.events import Event, Finished, SegmentEnded, TextDelta
from tickertape.outbox import Outbox
from tickertape.testing.clock import VirtualTimeLoop, run_in_virtual_time
from tickertape.testing.transports import FakeTransport, LostAnswer

PRIVATE = Address("chat", "ada", ChatKind.PRIVATE)
GROUP = Address("chat", "crew", ChatKind.GROUP, "t9")


def in_virtual_time(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Let an asynchronous test run on a clock that leaps."""

    def run() -> None:
        run_in_virtual_time(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


async def said(*texts: str) -> AsyncIterator[str]:
    """Yield texts, as an agent would."""
    for text in texts:
        yield text


async def speak(consumer: StreamConsumer, count: int, every: float) -> None:
    """Say `count` short sentences and finish."""
    for number in range(count):
        consumer.on_delta(f"This is sentence {number}. ")
        await asyncio.sleep(every)
    consumer.finish()


@in_virtual_time
async def test_an_answer_appears_while_it_is_written_and_settles_into_one_message() -> None:
    """Drafts grow, one message remains, and `already_sent` is true only then."""
    transport = FakeTransport(latency=0.08)
    consumer = StreamConsumer(transport, to=PRIVATE)
    run = asyncio.create_task(consumer.run())
    await speak(consumer, 20, 0.1)
    assert not consumer.shown.is_whole
    await run
    drafts = [a.text for a in transport.actions if isinstance(a, ShowDraft)]
    assert len(drafts) >= 5
    assert all(b.startswith(a) for a, b in itertools.pairwise(drafts))
    assert transport.texts(PRIVATE) == [consumer.shown.said.strip()]
    assert transport.screen(PRIVATE).draft is None
    assert consumer.shown.is_whole


@in_virtual_time
async def test_text_may_come_before_the_run_and_all_at_once() -> None:
    """What was said before `run` is delivered by it."""
    transport = FakeTransport()
    consumer = StreamConsumer(transport, to=GROUP)
    consumer.on_delta("")
    consumer.on_delta("Hello")
    consumer.finish()
    await consumer.run()
    assert transport.actions == [Post(GROUP, "Hello")]
    with pytest.raises(RuntimeError, match="carries one answer"):
        await consumer.run()


@in_virtual_time
async def test_a_run_that_nobody_finishes_is_ended_and_committed() -> None:
    """After the safety timeout what was said is posted, and marked."""
    transport = FakeTransport()
    loop = asyncio.get_running_loop()
    consumer = StreamConsumer(transport, to=GROUP)
    consumer.on_delta("Hello")
    await consumer.run()
    assert loop.time() == pytest.approx(300.0, abs=1.0)
    assert transport.texts(GROUP) == ["Hello\n\n⏱ Cut short: it took too long."]


@in_virtual_time
async def test_a_stop_commits_at_once() -> None:
    """The stop is seen at once, not at the next preview; later text does not count."""
    transport = FakeTransport(latency=0.08)
    consumer = StreamConsumer(transport, to=PRIVATE)
    run = asyncio.create_task(consumer.run())
    consumer.on_delta("Hello")
    await asyncio.sleep(10)
    stopped_at = asyncio.get_running_loop().time()
    consumer.stop()
    consumer.on_delta(" unheard")
    await run
    assert asyncio.get_running_loop().time() - stopped_at <= 0.1
    assert transport.texts(PRIVATE) == ["Hello\n\n⏹ Stopped."]


@in_virtual_time
async def test_cancelling_the_run_does_not_drop_the_answer() -> None:
    """What was said is committed in the background, and `drain` waits for that."""
    transport = FakeTransport(latency=0.08)
    outbox = Outbox(transport)
    consumer = StreamConsumer(outbox, to=PRIVATE)
    run = asyncio.create_task(consumer.run())
    consumer.on_delta("Hello")
    await asyncio.sleep(1)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    await outbox.drain()
    assert transport.texts(PRIVATE) == ["Hello\n\n⏹ Stopped."]


@in_virtual_time
async def test_closing_the_outbox_ends_every_run() -> None:
    """A run whose writer is cancelled does not wait for ever."""
    transport = FakeTransport()
    outbox = Outbox(transport)
    consumer = StreamConsumer(outbox, to=PRIVATE)
    run = asyncio.create_task(consumer.run())
    consumer.on_delta("Hello")
    await asyncio.sleep(1)
    await outbox.aclose()
    with pytest.raises(asyncio.CancelledError):
        await run
    shown = await stream(said("Hello again"), outbox, to=PRIVATE)
    assert shown.is_whole


@in_virtual_time
async def test_closing_the_outbox_before_the_writer_began_ends_the_run() -> None:
    """A writer that was cancelled before its first step leaves nobody waiting either."""
    outbox = Outbox(FakeTransport())
    consumer = StreamConsumer(outbox, to=PRIVATE)
    consumer.on_delta("Hello")
    run = asyncio.create_task(consumer.run())
    closing = asyncio.create_task(outbox.aclose())
    with pytest.raises(asyncio.CancelledError):
        await run
    await closing
    assert not outbox._writers


@in_virtual_time
async def test_what_joins_while_the_outbox_closes_is_shown() -> None:
    """Its chat's writer is about to end: it gets another one, and is not dropped with the rest."""
    transport = FakeTransport()
    outbox = Outbox(transport)
    consumer = StreamConsumer(outbox, to=PRIVATE)
    consumer.on_delta("Hello")
    first = asyncio.create_task(consumer.run())
    await asyncio.sleep(1)
    closing = asyncio.create_task(outbox.aclose())
    second = asyncio.create_task(stream(said("Hello again"), outbox, to=PRIVATE))
    assert (await second).is_whole
    await closing
    with pytest.raises(asyncio.CancelledError):
        await first
    assert transport.texts(PRIVATE) == ["Hello again"]


@in_virtual_time
async def test_a_transport_that_cancels_itself_is_an_answer_never_heard() -> None:
    """A cancellation that is not ours ends neither the writer nor the run."""
    transport = FakeTransport()

    def cancel(action: Action) -> None:
        transport.on_action = None
        raise asyncio.CancelledError

    transport.on_action = cancel
    logging.disable()
    shown = await stream(said("Hello"), transport, to=GROUP)
    logging.disable(logging.NOTSET)
    assert transport.texts(GROUP) == ["Hello"]
    assert shown.doubtful == ("Hello",)


@in_virtual_time
async def test_an_outbox_forgets_the_writers_of_quiet_chats() -> None:
    """A thousand chats later there is no task and no lane left over."""
    outbox = Outbox(FakeTransport())
    for chat in range(1000):
        await stream(said("Hello"), outbox, to=Address("chat", f"c{chat}", ChatKind.GROUP))
    assert not outbox._writers


@in_virtual_time
async def test_what_cannot_be_said_leaves_no_open_reply() -> None:
    """A delta that is no text raises where it is said, and nothing waits for ever."""
    outbox = Outbox(FakeTransport())
    consumer = StreamConsumer(outbox, to=GROUP)
    with pytest.raises(TypeError, match="takes text, not NoneType"):
        consumer.feed(TextDelta(None))  # type: ignore[arg-type]
    consumer.finish()
    assert (await consumer.run()).is_whole
    await outbox.drain()


@in_virtual_time
async def test_a_model_is_not_read_for_a_dead_chat() -> None:
    """`stream` stops reading when nobody can read what is said."""
    transport = FakeTransport()
    transport.script.append(Refused(Reason.CHAT_DEAD))
    read = 0

    async def endless() -> AsyncIterator[str]:
        nonlocal read
        while read < 1000:
            read += 1
            yield "word "
            await asyncio.sleep(0.1)

    shown = await stream(endless(), transport, to=PRIVATE)
    assert shown.gave_up is not None
    assert read < 20


@in_virtual_time
async def test_a_model_whose_chat_died_is_closed() -> None:
    """When `stream` returns, a generator that it did not read to its end is not left open."""
    transport = FakeTransport()
    transport.script.append(Refused(Reason.CHAT_DEAD))
    closed = False

    async def endless() -> AsyncIterator[str]:
        nonlocal closed
        try:
            while True:
                yield "word "
                await asyncio.sleep(0.1)
        finally:
            closed = True

    events = endless()
    await stream(events, transport, to=PRIVATE)
    assert closed
    assert [event async for event in events] == []


@in_virtual_time
async def test_a_throttled_final_is_waited_for_beyond_the_timeout() -> None:
    """The platform's wait is honoured however long; then the whole answer comes."""
    transport = FakeTransport()
    transport.script.append(Throttled(4000.0))
    consumer = StreamConsumer(transport, to=GROUP)
    consumer.on_delta("Hello")
    consumer.finish()
    await consumer.run()
    assert asyncio.get_running_loop().time() >= 4000.0
    assert transport.texts(GROUP) == ["Hello"]
    assert len(transport.actions) == 2


@in_virtual_time
async def test_an_idle_stream_wakes_nobody() -> None:
    """While nothing is said and nothing is due, the loop has nothing to run."""
    transport = FakeTransport()
    consumer = StreamConsumer(transport, to=GROUP, timeout=10_000.0)
    run = asyncio.create_task(consumer.run())
    consumer.on_delta("Hello")
    await asyncio.sleep(5)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    before = loop.waits
    await asyncio.sleep(9000)
    assert loop.waits - before <= 2
    consumer.finish()
    await run


@in_virtual_time
async def test_a_thousand_chats_of_one_bot_take_turns_and_wake_once() -> None:
    """Waiting for the bot's limit, no chat wakes for another's call; all get theirs."""
    transport = FakeTransport()
    outbox = Outbox(transport)
    chats = [Address("chat", f"c{number}", ChatKind.GROUP) for number in range(1, 1001)]
    consumers = [StreamConsumer(outbox, to=chat, timeout=10_000.0) for chat in chats]
    runs = [asyncio.create_task(consumer.run()) for consumer in consumers]
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    before = loop.timers
    for consumer in consumers:
        consumer.on_delta("Hello there")
    await asyncio.sleep(60)
    assert len(transport.actions) == 1000
    assert loop.timers - before < 5000
    for consumer in consumers:
        consumer.finish()
    await asyncio.gather(*runs)
    assert all(transport.texts(chat) == ["Hello there"] for chat in chats)


@in_virtual_time
async def test_topics_of_one_chat_share_a_lane_and_its_budget() -> None:
    """Two answers at once in one forum: one call at a time, the budget kept, both exact."""
    cadence = Cadence(messages=(Window(6, 10.0),))
    transport = FakeTransport(latency=0.08, cadence=cadence)
    flying, most, times = 0, 0, []

    class Watched(FakeTransport):
        async def perform(self, action: Action) -> Outcome:
            nonlocal flying, most
            flying += 1
            most = max(most, flying)
            times.append(asyncio.get_running_loop().time())
            outcome = await transport.perform(action)
            flying -= 1
            return outcome

    outbox = Outbox(Watched(cadence=cadence))
    topics = [Address("chat", "crew", ChatKind.GROUP, topic) for topic in ("t1", "t2")]
    consumers = [StreamConsumer(outbox, to=topic) for topic in topics]
    runs = [asyncio.create_task(consumer.run()) for consumer in consumers]
    await asyncio.gather(*(speak(consumer, 30, 0.2) for consumer in consumers))
    await asyncio.gather(*runs)
    assert most == 1
    assert all(sum(1 for b in times if a <= b < a + 10.0) <= 6 for a in times)
    for topic, consumer in zip(topics, consumers, strict=True):
        assert transport.texts(topic) == [consumer.shown.said.strip()]


@in_virtual_time
async def test_a_transport_that_raises_is_an_answer_never_heard(
) -> None:  # fmt: skip
    """The writer outlives a broken transport: the failure is an `Unknown`, and it tries again."""
    transport = FakeTransport()
    failures = 2

    def fail(action: Action) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            msg = "broken"
            raise OSError(msg)

    transport.on_action = fail
    consumer = StreamConsumer(transport, to=GROUP)
    consumer.on_delta("Hello")
    consumer.finish()
    logging.disable()
    await consumer.run()
    logging.disable(logging.NOTSET)
    assert transport.texts(GROUP) == ["Hello"]
    assert consumer.shown.doubtful == ("Hello",)


@in_virtual_time
async def test_a_lost_answer_doubles_at_most_the_first_words() -> None:
    """With edits, what can stand twice is the short first post; it is listed."""
    transport = FakeTransport()
    transport.script.append(LostAnswer())
    consumer = StreamConsumer(transport, to=GROUP)
    run = asyncio.create_task(consumer.run())
    consumer.on_delta("Hello")
    await asyncio.sleep(3)
    consumer.on_delta(" world, how are you?")
    consumer.finish()
    await run
    assert transport.texts(GROUP) == ["Hello", "Hello world, how are you?"]
    assert consumer.shown.doubtful == ("Hello",)


@in_virtual_time
async def test_a_dead_chat_ends_the_run() -> None:
    """Blocked: one call, then the run returns and says why."""
    transport = FakeTransport()
    transport.script.append(Refused(Reason.CHAT_DEAD))
    consumer = StreamConsumer(transport, to=PRIVATE)
    consumer.on_delta("Hello")
    await consumer.run()
    assert consumer.shown.gave_up == Refused(Reason.CHAT_DEAD)
    assert not consumer.shown.is_whole
    assert len(transport.actions) == 1


@in_virtual_time
async def test_an_answer_knows_its_messages() -> None:
    """While it grows and afterwards it tells the messages that show it."""
    transport = FakeTransport()
    consumer = StreamConsumer(transport, to=GROUP)
    run = asyncio.create_task(consumer.run())
    consumer.on_delta("one")
    await asyncio.sleep(1)
    assert consumer.shown.messages == tuple(transport.screen(GROUP).messages) != ()
    consumer.feed(SegmentEnded())
    consumer.on_delta("two")
    consumer.finish()
    await run
    assert transport.texts(GROUP) == ["one", "two"]
    assert consumer.shown.messages == tuple(transport.screen(GROUP).messages)


@in_virtual_time
async def test_a_press_is_acknowledged_at_once() -> None:
    """It waits neither for the chat's call in flight nor for its limits."""
    transport = FakeTransport(latency=2.0)
    outbox = Outbox(transport)
    consumer = StreamConsumer(outbox, to=GROUP)
    run = asyncio.create_task(consumer.run())
    transport.script.append(Throttled(60.0))
    consumer.on_delta("one")
    await asyncio.sleep(1)
    began = asyncio.get_running_loop().time()
    assert await outbox.acknowledge(GROUP, "7", "Stopping.") == Accepted("")
    assert asyncio.get_running_loop().time() - began == 2.0
    assert transport.actions[-1] == Acknowledge(GROUP, "7", "Stopping.")
    consumer.finish()
    await run


@in_virtual_time
async def test_an_acknowledgement_never_raises() -> None:
    """A transport that breaks its promise is held to it here too."""

    class Broken(FakeTransport):
        async def perform(self, action: Action) -> Outcome:
            raise RuntimeError("no")

    assert await Outbox(Broken()).acknowledge(GROUP, "7") == Unknown("RuntimeError", Cause.RAISED)


@in_virtual_time
async def test_stream_shows_text_and_events_alike() -> None:
    """`stream` takes an async iterator of strings or events to the screen."""

    async def events() -> AsyncIterator[Event | str | None]:
        yield "Hello "
        yield TextDelta("world")
        yield None
        yield Finished()

    transport = FakeTransport()
    shown = await stream(events(), transport, to=GROUP)
    assert shown.is_whole
    assert transport.texts(GROUP) == ["Hello world"]


@in_virtual_time
async def test_an_agent_that_breaks_leaves_its_text_and_raises() -> None:
    """What was said is committed and marked; the caller gets the agent's own error."""

    async def events() -> AsyncIterator[Event | str]:
        yield "Half an answer"
        await asyncio.sleep(1)
        msg = "no more"
        raise LookupError(msg)

    transport = FakeTransport()
    with pytest.raises(LookupError, match="no more"):
        await stream(events(), transport, to=GROUP)
    assert transport.texts(GROUP) == ["Half an answer\n\n⚠ The model's answer broke off."]


def test_deltas_may_come_from_any_thread() -> None:
    """Four threads speak at once: every delta arrives, each thread's in its order."""
    transport = FakeTransport()

    async def main() -> None:
        consumer = StreamConsumer(transport, to=PRIVATE)
        run = asyncio.create_task(consumer.run())

        def agent(name: str) -> None:
            for number in range(200):
                consumer.on_delta(f"{name}{number} ")

        threads = [threading.Thread(target=agent, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        await asyncio.gather(*(asyncio.to_thread(thread.join) for thread in threads))
        consumer.finish()
        await run
        assert consumer.shown.is_whole

    asyncio.run(main())
    [text] = transport.texts(PRIVATE)
    words = text.split()
    assert len(words) == 800
    for name in "abcd":
        assert [w for w in words if w[0] == name] == [f"{name}{n}" for n in range(200)]


def test_a_stop_from_another_thread_is_heard() -> None:
    """`stop` may be called from a worker's thread."""
    transport = FakeTransport()

    async def main() -> None:
        consumer = StreamConsumer(transport, to=GROUP)
        consumer.on_delta("Hello")
        run = asyncio.create_task(consumer.run())
        await asyncio.to_thread(consumer.stop, StopReason.SHUTDOWN)
        await run

    asyncio.run(main())
    assert transport.texts(GROUP) == ["Hello\n\n⏸ Interrupted: the bot is restarting."]


@in_virtual_time
async def test_every_edit_goes_to_the_message_that_was_posted() -> None:
    """In a group: one post, then edits of that message only."""
    transport = FakeTransport(latency=0.08)
    consumer = StreamConsumer(transport, to=GROUP)
    run = asyncio.create_task(consumer.run())
    await speak(consumer, 10, 0.5)
    await run
    first, *rest = transport.actions
    assert isinstance(first, Post)
    assert rest
    assert all(isinstance(action, Edit) and action.message_id == "m1" for action in rest)


@in_virtual_time
async def test_an_answer_that_joins_a_sleeping_chat_wakes_its_writer() -> None:
    """A short answer beside one that waits for its agent is not held up by it."""
    transport = FakeTransport()
    outbox = Outbox(transport)
    waiting = StreamConsumer(outbox, to=GROUP)
    run = asyncio.create_task(waiting.run())
    await asyncio.sleep(1.0)
    short = StreamConsumer(outbox, to=GROUP)
    short.on_delta("Hello")
    short.finish()
    async with asyncio.timeout(5.0):
        await short.run()
    assert transport.texts(GROUP) == ["Hello"]
    waiting.finish()
    await run


@in_virtual_time
async def test_a_message_that_is_full_does_not_wait_for_the_end() -> None:
    """Also where no preview is due that would make anybody listen."""
    transport = FakeTransport(limit=100)
    consumer = StreamConsumer(transport, to=GROUP, config=StreamingConfig(transport="off"))
    run = asyncio.create_task(consumer.run())
    for number in range(60):
        consumer.on_delta(f"word {number} ")
        await asyncio.sleep(0.1)
    assert len(transport.texts(GROUP)) >= 4
    consumer.finish()
    await run
