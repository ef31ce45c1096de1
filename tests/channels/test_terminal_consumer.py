"""A terminal's task: any thread may speak, nothing polls, a slow terminal slows nobody."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from terminal_screens import DOCUMENT, SCREEN, bare, cut, whole

from tickertape.channels.terminal.consumer import TerminalConsumer
from tickertape.channels.terminal.frames import Frame, TerminalScreen
from tickertape.delivery.actions import Reason
from tickertape.delivery.marks import StopReason
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Finished, TextDelta
from tickertape.testing.clock import VirtualTimeLoop, run_in_virtual_time


class Paper:
    """A terminal that keeps the frames it was shown."""

    def __init__(self, *, takes: float = 0.0) -> None:
        self.size = SCREEN
        self.frames: list[tuple[float, Frame]] = []
        self.takes = takes
        self.is_gone = False
        self.raises: Exception | None = None

    def screen(self) -> TerminalScreen:
        return self.size

    async def show(self, frame: Frame) -> bool:
        if self.raises is not None:
            raise self.raises
        self.frames.append((asyncio.get_running_loop().time(), frame))
        if self.takes:
            await asyncio.sleep(self.takes)
        return not self.is_gone

    @property
    def lines(self) -> list[str]:
        return [line for _, frame in self.frames for line in frame.lines]

    @property
    def regions(self) -> list[list[str]]:
        return [[bare(row) for row in frame.region] for _, frame in self.frames]


def in_virtual_time(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Let an asynchronous test run on a clock that leaps."""

    def run() -> None:
        run_in_virtual_time(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


async def _speak(consumer: TerminalConsumer, text: str, size: int, every: float) -> None:
    for event in cut(text, size):
        consumer.feed(event)
        await asyncio.sleep(every)
    consumer.finish()


@in_virtual_time
async def test_an_answer_is_shown_while_it_is_said() -> None:
    """The words come in frames, a tenth of a second apart, and the lines are the whole answer."""
    paper = Paper()
    consumer = TerminalConsumer(paper)
    run = asyncio.create_task(consumer.run())
    await _speak(consumer, DOCUMENT, 20, 0.05)
    await run
    assert paper.lines == whole(DOCUMENT)
    assert len(paper.frames) > 20
    assert consumer.shown.said == DOCUMENT
    assert consumer.shown.is_whole
    assert not consumer.shown.is_silent
    assert consumer.shown.gave_up is None
    assert consumer.shown.drafts == consumer.shown.messages == ()


@in_virtual_time
async def test_the_first_delta_is_shown_in_the_moment_it_comes() -> None:
    """Also while the spinner turns, and whatever part of its turn is over."""
    paper = Paper()
    consumer = TerminalConsumer(paper)
    run = asyncio.create_task(consumer.run())
    await asyncio.sleep(0.733)
    consumer.on_delta("H")
    consumer.on_delta("")
    await asyncio.sleep(0.02)
    moment, frame = paper.frames[-1]
    assert frame.region == ("H",)
    assert moment == pytest.approx(0.733)
    consumer.finish()
    await run


@in_virtual_time
async def test_a_slow_terminal_gets_fewer_frames() -> None:
    """What is said while a frame is written gathers in the next one."""
    paper = Paper(takes=1.0)
    consumer = TerminalConsumer(paper)
    run = asyncio.create_task(consumer.run())
    await _speak(consumer, "word " * 100, 5, 0.05)
    assert asyncio.get_running_loop().time() == pytest.approx(5.0)
    await run
    assert len(paper.frames) <= 8
    assert paper.lines == whole("word " * 100)


def test_an_idle_answer_costs_nothing() -> None:
    """When words have come, nothing wakes the loop until there are more."""
    loop = VirtualTimeLoop()

    async def scenario() -> float:
        consumer = TerminalConsumer(Paper())
        run = asyncio.create_task(consumer.run())
        consumer.on_delta("Hello")
        await asyncio.sleep(0.5)
        waits = loop.waits
        await asyncio.sleep(100)
        idle = loop.waits - waits
        consumer.finish()
        await run
        return idle

    try:
        assert loop.run_until_complete(scenario()) <= 1
    finally:
        loop.close()


def test_any_thread_may_speak() -> None:
    """Words, a resize and the end come from a thread that has no loop."""

    async def scenario() -> list[str]:
        paper = Paper()
        consumer = TerminalConsumer(paper)

        def speak() -> None:
            for event in cut("One.\n\nTwo.\n\nThree.", 2):
                consumer.feed(event)
                consumer.resized()
            consumer.finish()

        thread = threading.Thread(target=speak)
        thread.start()
        await consumer.run()
        thread.join()
        return paper.lines

    assert asyncio.run(scenario()) == ["One.", "", "Two.", "", "Three."]


@in_virtual_time
async def test_what_was_said_before_the_run_is_heard() -> None:
    """An answer may be complete before anybody carries it."""
    paper = Paper()
    consumer = TerminalConsumer(paper)
    consumer.on_delta("Hello")
    consumer.finish()
    assert consumer.shown.said == ""
    await consumer.run()
    assert paper.lines == ["Hello"]
    with pytest.raises(RuntimeError, match="carries one answer"):
        await consumer.run()


@in_virtual_time
async def test_a_stop_ends_the_run() -> None:
    """What came stays, marked."""
    paper = Paper()
    consumer = TerminalConsumer(paper)
    run = asyncio.create_task(consumer.run())
    consumer.on_delta("Hel")
    await asyncio.sleep(0.1)
    consumer.stop(StopReason.USER)
    await run
    assert [bare(line) for line in paper.lines] == ["Hel", "", "⏹ Stopped."]


@in_virtual_time
async def test_a_run_that_nobody_finishes_ends() -> None:
    """After its timeout, with a mark that says so."""
    paper = Paper()
    consumer = TerminalConsumer(paper, timeout=2.0)
    consumer.on_delta("Hel")
    await consumer.run()
    assert bare(paper.lines[-1]) == "⏱ Cut short: it took too long."


@in_virtual_time
async def test_a_cancelled_run_shows_what_was_said() -> None:
    """The words stay, marked as stopped, and the region is gone, before the run is over."""
    paper = Paper(takes=0.1)
    consumer = TerminalConsumer(paper)
    run = asyncio.create_task(consumer.run())
    consumer.on_delta("Hel")
    await asyncio.sleep(0.05)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert [bare(line) for line in paper.lines] == ["Hel", "", "⏹ Stopped."]
    assert paper.frames[-1][1].region == ()


@in_virtual_time
async def test_a_terminal_that_is_gone_ends_the_run() -> None:
    """Nobody reads any more: the run returns, and says why."""
    paper = Paper()
    consumer = TerminalConsumer(paper)
    run = asyncio.create_task(consumer.run())
    consumer.on_delta("Hello")
    await asyncio.sleep(0.5)
    paper.is_gone = True
    consumer.on_delta(" world")
    await run
    assert consumer.shown.gave_up is not None
    assert consumer.shown.gave_up.reason is Reason.CHAT_DEAD
    assert not consumer.shown.is_whole


def test_a_terminal_that_raises_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    """A promise that is broken is logged, and ends the run like a pipe that broke."""
    paper = Paper()
    paper.raises = ValueError("closed")
    consumer = TerminalConsumer(paper)
    consumer.feed(TextDelta("Hello"))
    consumer.feed(Finished())
    with caplog.at_level(logging.ERROR):
        run_in_virtual_time(consumer.run())
    assert consumer.shown.gave_up is not None
    assert "broke its promise" in caplog.text


@in_virtual_time
async def test_a_new_size_is_seen() -> None:
    """The region is repainted at the new width soon after somebody says that it changed."""
    paper = Paper()
    consumer = TerminalConsumer(paper)
    run = asyncio.create_task(consumer.run())
    consumer.on_delta("words and more of them and even more")
    await asyncio.sleep(0.2)
    paper.size = TerminalScreen(20, 24)
    consumer.resized()
    await asyncio.sleep(0.2)
    assert paper.regions[-1] == ["words and more of", "them and even more"]
    consumer.finish()
    await run


@in_virtual_time
async def test_no_previews_where_they_are_not_wanted() -> None:
    """`enabled: false` and `transport: off` leave rows that are complete, and no region."""
    for config in (StreamingConfig(enabled=False), StreamingConfig(transport="off")):
        paper = Paper()
        consumer = TerminalConsumer(paper, config=config)
        run = asyncio.create_task(consumer.run())
        await _speak(consumer, "One.\n\nTwo.", 3, 0.2)
        await run
        assert all(rows == [] for rows in paper.regions)
        assert paper.lines == ["One.", "", "Two."]
