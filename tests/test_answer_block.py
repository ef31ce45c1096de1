"""`async with StreamConsumer(...)`: however the block is left, the reader sees what came of it."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer, stream
from tickertape.delivery.actions import Action, Outcome, Reason, Refused, Throttled, Unknown
from tickertape.delivery.marks import StopReason
from tickertape.delivery.shown import Shown
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Failed
from tickertape.outbox import Outbox
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.transports import FakeTransport

CHAT = Address("chat", "ada", ChatKind.PRIVATE)
GROUP = Address("chat", "crew", ChatKind.GROUP)
BROKE_OFF = "\n\n⚠ The model's answer broke off."
STOPPED = "\n\n⏹ Stopped."


def in_virtual_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Let an asynchronous test run on a clock that leaps."""

    def run() -> None:
        run_in_virtual_time(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def now() -> float:
    """Read the loop's clock."""
    return asyncio.get_running_loop().time()


async def half(
    say: Callable[[str], None], error: Exception | None = None, *, for_ever: bool = False
) -> None:
    """Say half an answer, a word now and then; then fail, think for ever, or return."""
    for word in ("Half", " an", " answer"):
        say(word)
        await asyncio.sleep(0.5)
    if error is not None:
        raise error
    if for_ever:
        await asyncio.Event().wait()


@in_virtual_time
async def test_the_end_of_the_block_completes_the_answer() -> None:
    """The block is left when all of it is on screen."""
    transport = FakeTransport(latency=0.08)
    async with StreamConsumer(transport, to=CHAT) as answer:
        await half(answer.on_delta)
        assert transport.texts(CHAT) == []
    assert answer.shown.is_whole
    assert transport.texts(CHAT) == ["Half an answer"]


FAILURES = {
    "an exception": (LookupError("a secret"), BROKE_OFF),
    "a timeout": (TimeoutError(), BROKE_OFF),
    "a group": (ExceptionGroup("x", [ValueError()]), BROKE_OFF),
    "a server's no": (
        ProviderError(FailureKind.QUOTA, "a secret"),
        "\n\n⚠ The account with the model's provider is out of credit.",
    ),
}


@pytest.mark.parametrize("to", [CHAT, GROUP], ids=lambda to: to.kind.value)
@pytest.mark.parametrize("name", FAILURES)
def test_an_agent_that_fails_leaves_a_marked_half_at_once(name: str, to: Address) -> None:
    """What was said is marked as broken off, in the chat, and the exception goes on."""
    error, mark = FAILURES[name]
    transport = FakeTransport(latency=0.08)

    async def main() -> None:
        with pytest.raises(type(error)) as raised:
            async with StreamConsumer(transport, to=to) as answer:
                await half(answer.on_delta, error)
        assert raised.value is error
        assert now() < 1.5 + 5.0
        assert transport.texts(to) == ["Half an answer" + mark]
        assert transport.screen(to).draft is None

    run_in_virtual_time(main())


@in_virtual_time
async def test_an_agent_that_fails_before_its_first_word_is_told_of() -> None:
    """The reader does not wait before an empty screen for what will not come."""
    transport = FakeTransport()
    with pytest.raises(LookupError):
        async with StreamConsumer(transport, to=CHAT):
            raise LookupError
    assert transport.texts(CHAT) == [BROKE_OFF.strip()]


@in_virtual_time
async def test_a_cancelled_block_is_stopped_and_committed_behind_it() -> None:
    """The cancellation goes on at once; `drain` waits for what the reader gets."""
    transport = FakeTransport(latency=0.08)
    outbox = Outbox(transport)

    async def handle() -> None:
        async with StreamConsumer(outbox, to=CHAT) as answer:
            await half(answer.on_delta, for_ever=True)

    task = asyncio.create_task(handle())
    await asyncio.sleep(2)
    task.cancel()
    cancelled_at = now()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert now() == cancelled_at
    await outbox.drain()
    assert transport.texts(CHAT) == ["Half an answer" + STOPPED]


@in_virtual_time
async def test_a_block_that_is_cancelled_while_it_waits_for_the_screen_loses_nothing() -> None:
    """The answer was complete: it is shown whole, without a mark, by the writer alone."""
    transport = FakeTransport()
    transport.script.append(Throttled(60.0))
    outbox = Outbox(transport)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5), StreamConsumer(outbox, to=GROUP) as answer:
            answer.on_delta("Hello")
    assert now() == 5
    await outbox.drain()
    assert transport.texts(GROUP) == ["Hello"]


@in_virtual_time
async def test_a_timeout_around_the_block_stops_it() -> None:
    """Whoever limits the agent's time sees `TimeoutError`, and the reader what came until then."""
    transport = FakeTransport()
    outbox = Outbox(transport)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2), StreamConsumer(outbox, to=CHAT) as answer:
            await half(answer.on_delta, for_ever=True)
    await outbox.drain()
    assert transport.texts(CHAT) == ["Half an answer" + STOPPED]


@in_virtual_time
async def test_a_generator_that_is_closed_within_the_block_stops_it() -> None:
    """Closing a stream is no failure of its agent."""
    transport = FakeTransport()
    outbox = Outbox(transport)

    async def relay() -> AsyncGenerator[str, None]:
        async with StreamConsumer(outbox, to=CHAT) as answer:
            for word in ("Half", " an", " answer"):
                answer.on_delta(word)
                yield word

    words = relay()
    await anext(words)
    await words.aclose()
    await outbox.drain()
    assert transport.texts(CHAT) == ["Half" + STOPPED]


@in_virtual_time
async def test_a_block_without_a_word_shows_nothing() -> None:
    """No message, no call that would make one, and the reader's screen is as it was."""
    transport = FakeTransport()
    async with StreamConsumer(transport, to=CHAT) as answer:
        answer.on_delta("")
    assert transport.texts(CHAT) == []
    assert answer.shown.is_silent
    assert answer.shown.is_whole


def ends(answer: StreamConsumer, how: str) -> None:
    """End an answer from within its block."""
    match how:
        case "finish":
            answer.finish()
        case "stop":
            answer.stop(StopReason.USER)
        case _:
            answer.feed(Failed(ProviderError(FailureKind.STALLED, "")))


@pytest.mark.parametrize(
    ("how", "mark"),
    [("finish", ""), ("stop", STOPPED), ("fail", "\n\n⚠ The model stopped sending.")],
)
@pytest.mark.parametrize("raises", [False, True])
def test_the_first_end_counts(how: str, mark: str, raises: bool) -> None:
    """The agent may end its answer itself; how the block is left says nothing more of it."""
    transport = FakeTransport()

    async def main() -> None:
        async with StreamConsumer(transport, to=CHAT) as answer:
            answer.on_delta("Hello")
            ends(answer, how)
            answer.on_delta(" unheard")
            answer.finish()
            if raises:
                raise LookupError

    if raises:
        with pytest.raises(LookupError):
            run_in_virtual_time(main())
    else:
        run_in_virtual_time(main())
    assert transport.texts(CHAT) == ["Hello" + mark]


@in_virtual_time
async def test_a_consumer_carries_one_answer() -> None:
    """To begin it twice is refused, in every order, and what was said first is not harmed."""
    transport = FakeTransport()
    answer = StreamConsumer(transport, to=CHAT)
    async with answer:
        answer.on_delta("Hello")
        with pytest.raises(RuntimeError, match="carries one answer"):
            await answer.run()
        with pytest.raises(RuntimeError, match="carries one answer"):
            async with answer:
                pass
    with pytest.raises(RuntimeError, match="carries one answer"):
        async with answer:
            pass
    assert transport.texts(CHAT) == ["Hello"]


@in_virtual_time
async def test_a_failure_in_a_dead_chat_goes_on_at_once() -> None:
    """There is nobody to be told: no call is tried, and the agent's own error is not lost."""
    transport = FakeTransport()
    transport.script.append(Refused(Reason.CHAT_DEAD))
    with pytest.raises(LookupError):
        async with StreamConsumer(transport, to=CHAT) as answer:
            await half(answer.on_delta, LookupError())
    assert answer.shown.gave_up == Refused(Reason.CHAT_DEAD)
    assert now() == 1.5
    assert len(transport.actions) == 1


@in_virtual_time
async def test_a_block_in_a_dead_chat_ends_as_it_ends() -> None:
    """`gave_up` says why nothing is on screen; nothing is raised, and the next one is spared."""
    transport = FakeTransport()
    transport.script.append(Refused(Reason.CHAT_DEAD))
    outbox = Outbox(transport)
    for _ in range(2):
        async with StreamConsumer(outbox, to=CHAT) as answer:
            await half(answer.on_delta)
        assert answer.shown.gave_up is not None
    assert len(transport.actions) == 1


@in_virtual_time
async def test_an_outbox_that_is_closed_does_not_hide_the_agents_error() -> None:
    """The writer is gone while the block waits for it: the error goes on all the same."""
    transport = FakeTransport(latency=60.0)
    outbox = Outbox(transport)

    async def handle() -> None:
        async with StreamConsumer(outbox, to=GROUP) as answer:
            await half(answer.on_delta, LookupError())

    task = asyncio.create_task(handle())
    await asyncio.sleep(10)
    await outbox.aclose()
    with pytest.raises(LookupError):
        await task


@in_virtual_time
async def test_what_is_no_text_fails_where_it_is_said() -> None:
    """In the agent, which is at fault, and not in the chat's writer, which others need too."""
    transport = FakeTransport()
    answer = StreamConsumer(transport, to=CHAT)
    answer.on_delta("Hello")
    answer.on_delta(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="takes text, not int"):
        async with answer:
            answer.on_delta(5)  # type: ignore[arg-type]
    assert transport.texts(CHAT) == ["Hello" + BROKE_OFF]


@in_virtual_time
async def test_text_where_an_event_belongs_is_not_swallowed() -> None:
    """The words of an answer never vanish: whoever mixes up the two methods is told."""
    answer = StreamConsumer(FakeTransport(), to=CHAT)
    with pytest.raises(TypeError, match="on_delta"):
        answer.feed("Hello")  # type: ignore[arg-type]


def test_threads_that_outlive_the_block_and_the_loop_are_not_heard() -> None:
    """A late delta raises nothing and changes nothing, wherever it is said."""
    transport = FakeTransport()
    left, closed = threading.Event(), threading.Event()
    failures: list[Exception] = []

    async def main() -> StreamConsumer:
        async with StreamConsumer(transport, to=CHAT) as answer:
            answers.append(answer)
            worker.start()
            await asyncio.to_thread(spoken.wait)
        left.set()
        await asyncio.to_thread(heard.wait)
        answer.on_delta(" late")
        return answer

    def speak() -> None:
        try:
            answers[0].on_delta("Hello")
            spoken.set()
            left.wait()
            answers[0].on_delta(" after the block")
            heard.set()
            closed.wait()
            answers[0].on_delta(" after the loop")
            answers[0].stop()
        except Exception as error:  # noqa: BLE001 - whatever a late word raised is the finding
            failures.append(error)

    answers: list[StreamConsumer] = []
    spoken, heard = threading.Event(), threading.Event()
    worker = threading.Thread(target=speak)
    answer = asyncio.run(main())
    answer.on_delta(" in the thread that ran the loop")
    answer.finish()
    closed.set()
    worker.join()
    assert failures == []
    assert transport.texts(CHAT) == ["Hello"]
    assert answer.shown.is_whole


@pytest.mark.parametrize("to", [CHAT, GROUP], ids=lambda to: to.kind.value)
def test_an_answer_that_nobody_can_finish_is_ended(to: Address) -> None:
    """A handler that started `run` and failed before `finish` leaves no half answer hanging."""
    transport = FakeTransport(latency=0.08)
    outbox = Outbox(transport)

    async def handle() -> None:
        consumer = StreamConsumer(outbox, to=to)
        run = asyncio.create_task(consumer.run())
        await half(consumer.on_delta, LookupError())
        consumer.finish()
        await run

    async def main() -> None:
        handler = asyncio.create_task(handle())
        await asyncio.wait([handler])
        assert isinstance(handler.exception(), LookupError)
        del handler
        gc.collect()
        failed_at = now()
        await outbox.drain()
        assert now() < failed_at + 5.0
        assert transport.texts(to) == ["Half an answer" + BROKE_OFF]

    run_in_virtual_time(main())


@in_virtual_time
async def test_an_answer_that_is_finished_needs_nobody() -> None:
    """Whoever said all may let go of it: it is complete, however long the channel takes."""
    transport = FakeTransport()
    transport.script.append(Throttled(60.0))
    outbox = Outbox(transport)
    consumer = StreamConsumer(outbox, to=GROUP)
    consumer.on_delta("Hello")
    consumer.finish()
    run = asyncio.create_task(consumer.run())
    await asyncio.sleep(1)
    del consumer
    gc.collect()
    await run
    assert transport.texts(GROUP) == ["Hello"]


@in_virtual_time
async def test_whoever_holds_only_on_delta_holds_the_answer() -> None:
    """An agent that goes on by itself is heard."""
    transport = FakeTransport()
    outbox = Outbox(transport)

    def open_answer() -> tuple[Callable[[str], None], Callable[[], None], asyncio.Task[Shown]]:
        consumer = StreamConsumer(outbox, to=GROUP)
        return consumer.on_delta, consumer.finish, asyncio.create_task(consumer.run())

    say, finish, run = open_answer()
    gc.collect()
    await half(say)
    gc.collect()
    finish()
    await run
    assert transport.texts(GROUP) == ["Half an answer"]


def test_an_answer_that_is_dropped_in_a_thread_is_ended() -> None:
    """Also where the last one to hold it is a worker that failed."""
    transport = FakeTransport()
    outbox = Outbox(transport)

    async def main() -> None:
        answers = [StreamConsumer(outbox, to=GROUP)]
        run = asyncio.create_task(answers[0].run())

        def work() -> None:
            answers[0].on_delta("Half")
            answers.clear()

        await asyncio.to_thread(work)
        await run

    asyncio.run(main())
    assert transport.texts(GROUP) == ["Half" + BROKE_OFF]


@in_virtual_time
async def test_a_block_that_waits_for_a_channel_can_be_cancelled() -> None:
    """While nothing is heard of the channel nothing is settled; whoever waits may give up."""

    class Unheard(FakeTransport):
        async def perform(self, action: Action) -> Outcome:
            return Unknown("lost")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(30), StreamConsumer(Unheard(), to=CHAT) as answer:
            await half(answer.on_delta, LookupError())
    assert not answer.shown.is_whole


@in_virtual_time
async def test_a_stream_that_a_server_broke_is_marked_with_its_reason() -> None:
    """`stream` and the block mark alike."""
    transport = FakeTransport()
    error = ProviderError(FailureKind.OVERLOADED, "a secret")

    async def events() -> AsyncIterator[str]:
        yield "Half an answer"
        raise error

    with pytest.raises(ProviderError) as raised:
        await stream(events(), transport, to=CHAT)
    assert raised.value is error
    assert transport.texts(CHAT) == [f"Half an answer\n\n⚠ {error.sentence}"]


@in_virtual_time
async def test_a_cancelled_stream_is_committed_behind_it() -> None:
    """The reader keeps what came; whoever cancelled does not wait for it."""
    transport = FakeTransport(latency=0.08)
    outbox = Outbox(transport)
    is_closed = False

    async def events() -> AsyncIterator[str]:
        nonlocal is_closed
        try:
            yield "Half an answer"
            await asyncio.Event().wait()
        finally:
            is_closed = True

    task = asyncio.create_task(stream(events(), outbox, to=CHAT))
    await asyncio.sleep(2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert is_closed
    await outbox.drain()
    assert transport.texts(CHAT) == ["Half an answer" + STOPPED]
