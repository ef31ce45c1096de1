"""What carries an answer to a chat, to a terminal or to the ear, held to the same promises.

Each is a machine that says what to do and when, and a task that moves it. Whatever the place, the
task begins with what was put in before, sleeps until there is something to do, hears any thread,
and comes to an end.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias

import pytest

from tickertape.channels.terminal.consumer import TerminalConsumer
from tickertape.channels.terminal.frames import Frame, TerminalScreen
from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.delivery.actions import (
    Action,
    Cause,
    Outcome,
    Post,
    Reason,
    Refused,
    ShowDraft,
    Unknown,
)
from tickertape.delivery.lane import Lane
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Event, TextDelta
from tickertape.interruption import Interruption
from tickertape.pump.chat_writer import perform
from tickertape.speech.audio import Audio
from tickertape.speech.speaker import Speaker
from tickertape.testing.clock import VirtualTimeLoop, run_in_virtual_time
from tickertape.testing.transports import FakeTransport

ONE, TWO = TextDelta("Number one. "), TextDelta("Number two. ")
ADA = Address("chat", "ada", ChatKind.PRIVATE)


class Carrier(Protocol):
    """One answer on its way."""

    def feed(self, event: Event) -> None:
        """Take anything an agent says."""
        ...

    def finish(self) -> None:
        """Mark the answer as complete."""
        ...

    def stop(self) -> None:
        """End the answer here."""
        ...

    def run(self) -> Coroutine[Any, Any, object]:
        """Carry it to its end."""
        ...


class Seen:
    """What was to be seen or heard of an answer, and when."""

    def __init__(self, *, takes: float = 0.0, error: Exception | None = None) -> None:
        """Begin with nothing.

        Args:
            takes: Seconds that it takes to show something.
            error: What is raised instead of showing anything.
        """
        self.frames: list[tuple[float, str]] = []
        self._takes = takes
        self._error = error

    async def note(self, text: str) -> None:
        """Show something."""
        if self._error is not None:
            raise self._error
        self.frames.append((asyncio.get_running_loop().time(), text))
        await asyncio.sleep(self._takes)

    def at(self, word: str) -> float:
        """Return when a word was first there."""
        return next(at for at, text in self.frames if word in text)


class Chat(FakeTransport):
    """A chat with drafts."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self._seen = seen

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, ShowDraft | Post):
            await self._seen.note(action.text)
        return await super().perform(action)


class Terminal:
    """A terminal."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def screen(self) -> TerminalScreen:
        return TerminalScreen()

    async def show(self, frame: Frame) -> bool:
        await self._seen.note("\n".join((*frame.lines, *frame.region)))
        return True


class Loudspeaker:
    """An engine whose sounds are the words, and what they are heard from."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    async def synthesise(self, text: str) -> Audio:
        return Audio(8_000, text.encode("utf-16-le"))

    async def play(self, audio: Audio) -> None:
        await self._seen.note(audio.samples.decode("utf-16-le"))

    async def aclose(self) -> None:
        """Nothing is open."""


def to_a_chat(seen: Seen) -> Carrier:
    """Carry an answer to a chat."""
    return StreamConsumer(Chat(seen), to=ADA)


def to_a_terminal(seen: Seen) -> Carrier:
    """Carry an answer to a terminal."""
    return TerminalConsumer(Terminal(seen))


def to_the_ear(seen: Seen) -> Carrier:
    """Let an answer be heard."""
    loudspeaker = Loudspeaker(seen)
    return Speaker(loudspeaker, loudspeaker)


Opened: TypeAlias = Callable[[Seen], Carrier]
everywhere = pytest.mark.parametrize("opened", [to_a_chat, to_a_terminal, to_the_ear])


def lived(life: Callable[[VirtualTimeLoop], Coroutine[Any, Any, None]]) -> None:
    """Run a test in virtual time; no task is left at its end."""
    loop = VirtualTimeLoop()
    try:
        loop.run_until_complete(life(loop))
        assert not asyncio.all_tasks(loop)
    finally:
        loop.close()


@everywhere
def test_it_begins_with_what_was_put_in_before(opened: Opened) -> None:
    """Nothing is shown before `run`, and everything after it."""
    seen = Seen()

    async def life(loop: VirtualTimeLoop) -> None:
        carrier = opened(seen)
        carrier.feed(ONE)
        carrier.feed(TWO)
        carrier.finish()
        await asyncio.sleep(10)
        assert not seen.frames
        await carrier.run()
        assert seen.at("one") == seen.at("two") == loop.time() == 10

    lived(life)


@everywhere
def test_it_wakes_when_something_is_put_in(opened: Opened) -> None:
    """Also when nothing has been due for long; and it ends in the moment of the answer's end."""
    seen = Seen()

    async def life(loop: VirtualTimeLoop) -> None:
        carrier = opened(seen)
        run = asyncio.create_task(carrier.run())
        await asyncio.sleep(100)
        carrier.feed(ONE)
        carrier.feed(TWO)
        await asyncio.sleep(100)
        assert seen.at("one") == pytest.approx(100, abs=0.01)
        carrier.finish()
        await run
        assert loop.time() == pytest.approx(200, abs=0.01)

    lived(life)


@everywhere
def test_what_waits_is_shown_although_nothing_more_comes(opened: Opened) -> None:
    """What came too early, or while an action was in flight, has its moment."""
    seen = Seen(takes=1.0)

    async def life(loop: VirtualTimeLoop) -> None:
        carrier = opened(seen)
        run = asyncio.create_task(carrier.run())
        carrier.feed(ONE)
        await asyncio.sleep(0.5)
        carrier.feed(TWO)
        carrier.feed(TextDelta("And"))
        await asyncio.sleep(9.5)
        assert 1 <= seen.at("two") < 3
        carrier.finish()
        await run
        assert seen.at("And") < 12

    lived(life)


@everywhere
def test_it_polls_nothing(opened: Opened) -> None:
    """An answer that nobody goes on with costs next to nothing, and can be dropped."""
    seen = Seen()

    async def life(loop: VirtualTimeLoop) -> None:
        carrier = opened(seen)
        run = asyncio.create_task(carrier.run())
        carrier.feed(ONE)
        await asyncio.sleep(10)
        before = loop.waits
        await asyncio.sleep(200)
        assert loop.waits - before < 30, "a draft is shown again before it vanishes"
        run.cancel()
        await asyncio.wait({run})
        assert run.cancelled()
        await asyncio.sleep(1)  # a chat is told that it was stopped, in the background

    lived(life)


@everywhere
def test_a_stop_ends_it(opened: Opened) -> None:
    """At once, and what comes afterwards counts for nothing."""
    seen = Seen()

    async def life(loop: VirtualTimeLoop) -> None:
        carrier = opened(seen)
        run = asyncio.create_task(carrier.run())
        carrier.feed(ONE)
        await asyncio.sleep(5)
        carrier.stop()
        carrier.feed(TWO)
        carrier.finish()
        await run
        carrier.stop()
        carrier.feed(TWO)
        assert loop.time() == pytest.approx(5, abs=0.01)
        assert not any("two" in text for _, text in seen.frames)

    lived(life)


@everywhere
def test_an_action_that_raises_hangs_nobody(
    opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    """A place that breaks its promise ends the run, and is logged, or raised to whoever waits."""
    raised: list[LookupError] = []

    async def life(loop: VirtualTimeLoop) -> None:
        carrier = opened(Seen(error=LookupError("broken")))
        carrier.feed(ONE)
        carrier.finish()
        try:
            await carrier.run()
        except LookupError as error:
            raised.append(error)
        await asyncio.sleep(3600)  # until no answer to a post can come any more

    lived(life)
    assert raised or "broke its promise" in caplog.text


async def _raises(action: Action) -> Outcome:
    raise LookupError(action.address.chat)


async def _cancels_itself(action: Action) -> Outcome:
    raise asyncio.CancelledError(action.address.chat)


async def _returns_words(action: Action) -> Outcome:
    return f"sent to {action.address.chat}"  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("performs", "detail", "told"),
    [
        (_raises, "LookupError", "perform() raised"),
        (_cancels_itself, "cancelled", "perform() cancelled itself"),
        (_returns_words, "str is no outcome", "perform() returned no outcome"),
    ],
)
def test_what_a_transport_may_not_do_is_an_outcome_and_is_logged(
    performs: Callable[[Action], Coroutine[Any, Any, Outcome]],
    detail: str,
    told: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is not known what became of the action, and the log says whose fault it is."""
    transport = FakeTransport()
    monkeypatch.setattr(transport, "perform", performs)
    outcome = run_in_virtual_time(perform(transport, Post(ADA, "Hello"), Interruption()))
    assert outcome == Unknown(detail, Cause.RAISED)
    assert [(one.levelname, one.message) for one in caplog.records] == [
        ("ERROR", f"the transport broke its promise: {told}")
    ]
    assert bool(caplog.records[0].exc_info) is (performs is _raises)


def test_a_lane_that_breaks_is_logged_and_told_to_who_waits(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of our own hangs nobody, and hides from nobody."""
    error = LookupError("broken")

    def poll(_lane: Lane, _now: float) -> Action | None:
        raise error

    monkeypatch.setattr(Lane, "poll", poll)

    async def life(loop: VirtualTimeLoop) -> None:
        consumer = StreamConsumer(FakeTransport(), to=ADA)
        consumer.feed(ONE)
        with pytest.raises(LookupError) as raised:
            await consumer.run()
        assert raised.value is error

    lived(life)
    (told,) = caplog.records
    assert (told.levelname, told.message) == ("ERROR", "the writer of a chat broke")
    assert told.exc_info is not None
    assert told.exc_info[1] is error


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ([Refused(Reason.CHAT_DEAD)], "chat ada: not delivered: chat_dead"),
        ([Refused(Reason.UNAUTHORIZED)], "chat ada: not delivered: unauthorized"),
        (
            [Unknown(), None],
            "chat ada: 1 texts may stand there twice, or not at all: no answer to their posts",
        ),
        ([None], ""),
    ],
)
def test_what_did_not_arrive_for_certain_is_logged(
    outcomes: list[Outcome | None], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Why, where it is known; in one line, without the text."""

    async def life() -> None:
        transport = FakeTransport()
        transport.script += outcomes
        consumer = StreamConsumer(transport, to=ADA, config=StreamingConfig(enabled=False))
        consumer.feed(ONE)
        consumer.finish()
        await consumer.run()

    run_in_virtual_time(life())
    assert [(one.levelname, one.message) for one in caplog.records] == (
        [("WARNING", told)] if told else []
    )


@everywhere
def test_any_thread_may_put_something_in(opened: Opened) -> None:
    """From the first word to the end, while the loop sleeps."""
    seen = Seen()

    async def life() -> None:
        carrier = opened(seen)
        run = asyncio.create_task(carrier.run())
        await asyncio.sleep(0)

        def speak() -> None:
            carrier.feed(ONE)
            carrier.feed(TWO)
            carrier.finish()

        thread = threading.Thread(target=speak)
        thread.start()
        await run
        thread.join()

    asyncio.run(life())
    assert seen.at("one") <= seen.at("two")


@everywhere
def test_any_thread_may_stop_it(opened: Opened) -> None:
    """As one that shuts a program down does."""
    seen = Seen()

    async def life() -> None:
        carrier = opened(seen)
        run = asyncio.create_task(carrier.run())
        await asyncio.sleep(0)
        thread = threading.Thread(target=carrier.stop)
        thread.start()
        await run
        thread.join()

    asyncio.run(life())


@everywhere
def test_what_comes_after_the_loop_is_harmless(opened: Opened) -> None:
    """A thread goes on when the program's loop is closed: nobody reads, and nothing is raised."""
    seen = Seen()
    carriers: list[Carrier] = []

    async def life() -> None:
        carriers.append(opened(seen))
        run = asyncio.create_task(carriers[0].run())
        await asyncio.sleep(0)
        run.cancel()

    asyncio.run(life())
    raised: list[Exception] = []

    def speak() -> None:
        try:
            carriers[0].feed(ONE)
            carriers[0].finish()
            carriers[0].stop()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            raised.append(error)

    thread = threading.Thread(target=speak)
    thread.start()
    thread.join()
    speak()
    assert raised == []
