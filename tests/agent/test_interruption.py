"""A turn can be interrupted at every point: nothing goes on, and what was kept is sound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FakeTool, Reader, turn

from tickertape.agent.loop import ModelAgent, interruptible
from tickertape.agent.models import Model
from tickertape.agent.tool_calls import GRACE
from tickertape.conversation import INTERRUPTED, Step, ToolCall, ToolResult, Utterance, sound
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed, Finished, SegmentEnded, TextDelta, ToolStarted
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.providers import ScriptedProvider

BUSY = Failed(ProviderError(FailureKind.OVERLOADED, "busy"))
CALLS = [ToolCall("c1", "look", '{"for": 1}'), ToolCall("c2", "look", '{"for": 2}')]


async def _work(arguments: Mapping[str, object]) -> str:
    await asyncio.sleep(float(str(arguments["for"])))
    return "found"


@dataclass
class Stage:
    """A turn with everything in it: a failure, a restart, words, two tools at once, an answer."""

    tool: FakeTool = field(default_factory=lambda: FakeTool(work=_work))
    """What the model calls."""
    reader: Reader = field(default_factory=Reader)
    """Who reads it."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """What ends it."""
    provider: ScriptedProvider = field(
        default_factory=lambda: ScriptedProvider(
            [(0.5, "I l"), (1.0, BUSY)],
            [(0.5, "I look."), (0.6, SegmentEnded()), (0.7, "Now."), *((1.0, c) for c in CALLS)],
            [(0.5, "I "), (1.0, "see it.")],
        )
    )
    """The model's server."""

    def answer(self) -> AsyncGenerator[Event, None]:
        """Begin the turn."""
        agent = ModelAgent([Model("one", self.provider)], tools=lambda: [self.tool])
        return agent.run(turn())

    async def read(self) -> Reader:
        """Read until the end, or until `stop`."""
        async for event in interruptible(self.answer(), self.stop):
            self.reader.take(event)
        return self.reader

    async def check(self) -> None:
        """Nothing goes on, and a later turn can be told what was kept."""
        await asyncio.sleep(0)
        assert self.provider.open == 0
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert others == set()
        told = sound([Utterance("user", "Hello?"), *self.reader.kept, Utterance("user", "Well?")])
        assert told == sound(told)
        calls = [call for entry in told if isinstance(entry, Step) for call in entry.calls]
        results = [entry for entry in told if isinstance(entry, ToolResult)]
        assert [call.call_id for call in calls] == [result.call_id for result in results]
        finished = {entry.call_id for entry in self.reader.kept if isinstance(entry, ToolResult)}
        assert {r.call_id for r in results if r.text != INTERRUPTED} == finished
        assert self.tool.cancelled == len(self.tool.calls) - len(finished)


MOMENTS = st.integers(0, 80).map(lambda n: n / 10)


@given(MOMENTS)
def test_a_stop_at_any_moment(moment: float) -> None:
    """There is one end, at once: `Finished("stopped")`, or the answer's own where it was done."""

    async def main() -> None:
        stage = Stage()
        loop = asyncio.get_running_loop()
        loop.call_at(moment, stage.stop.set)
        reader = await stage.read()
        if moment < 6.1:
            assert reader.end == Finished("stopped")
            assert loop.time() == pytest.approx(moment)
        elif moment > 6.2:
            assert reader.end == Finished()
            assert reader.screen == ["I look.", "Now.", "I see it."]
        await stage.check()

    run_in_virtual_time(main())


@given(MOMENTS)
def test_a_cancellation_at_any_moment(moment: float) -> None:
    """Cancelling who reads closes everything, and is not taken for a stop."""

    async def main() -> None:
        stage = Stage()
        task = asyncio.create_task(stage.read())
        asyncio.get_running_loop().call_at(moment, task.cancel)
        await asyncio.wait([task])
        assert task.cancelled() or stage.reader.end == Finished()
        await stage.check()

    run_in_virtual_time(main())


@given(st.integers(1, 20), st.booleans())
def test_closing_after_any_event(count: int, through: bool) -> None:
    """Closing the generator between two events closes everything, too."""

    async def main() -> None:
        stage = Stage()
        events = interruptible(stage.answer(), stage.stop) if through else stage.answer()
        async with aclosing(events):
            async for event in events:
                stage.reader.take(event)
                if len(stage.reader.events) == count:
                    break
        await stage.check()

    run_in_virtual_time(main())


def test_a_stop_while_the_reader_is_busy() -> None:
    """A stop that comes between two events is heard before the next one."""

    async def main() -> None:
        stage = Stage()
        async for event in interruptible(stage.answer(), stage.stop):
            stage.reader.take(event)
            if isinstance(event, ToolStarted):
                stage.stop.set()
                await asyncio.sleep(5)
        assert stage.reader.end == Finished("stopped")
        assert [event for event in stage.reader.events if isinstance(event, ToolStarted)] == [
            ToolStarted("c1", "look")
        ]
        assert stage.provider.open == 0

    run_in_virtual_time(main())


def test_a_stop_before_the_beginning() -> None:
    """A turn that was stopped before it began asks no model."""

    async def main() -> None:
        stage = Stage()
        stage.stop.set()
        reader = await stage.read()
        assert reader.events == [Finished("stopped")]
        assert stage.provider.prompts == []

    run_in_virtual_time(main())


def test_a_tool_that_does_not_listen_holds_up_no_stop() -> None:
    """What does not end when cancelled is left behind after a moment, and said to the operator."""

    async def ignore(arguments: Mapping[str, object]) -> str:
        for _ in range(2):
            try:
                await asyncio.sleep(50)
            except asyncio.CancelledError:
                continue
        return "late"

    async def main() -> float:
        stage = Stage(tool=FakeTool(work=ignore))
        loop = asyncio.get_running_loop()
        loop.call_at(5.0, stage.stop.set)
        await stage.read()
        stopped_at = loop.time()
        await asyncio.sleep(60)
        return stopped_at

    assert run_in_virtual_time(main()) == pytest.approx(5.0 + GRACE)


async def _collect(events: AsyncIterator[Event], stop: asyncio.Event) -> list[Event]:
    return [event async for event in interruptible(events, stop)]


@pytest.mark.anyio
async def test_there_is_one_end() -> None:
    """What an agent says after its end is not passed on; a missing end is a failure."""

    async def talkative() -> AsyncGenerator[Event, None]:
        yield TextDelta("a")
        yield Finished()
        yield TextDelta("b")

    async def endless() -> AsyncGenerator[Event, None]:
        yield TextDelta("a")

    assert await _collect(talkative(), asyncio.Event()) == [TextDelta("a"), Finished()]
    first, end = await _collect(endless(), asyncio.Event())
    assert first == TextDelta("a")
    assert isinstance(end, Failed)
    assert end.error.kind is FailureKind.ENDED_EARLY


@pytest.mark.anyio
async def test_an_agents_own_exceptions_pass() -> None:
    """A time-out inside an agent is not taken for a stop."""

    async def broken() -> AsyncGenerator[Event, None]:
        yield TextDelta("a")
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await _collect(broken(), asyncio.Event())


class _Counting:
    """An iterator that cannot be closed, and waits for ever."""

    def __init__(self) -> None:
        self.cancelled = 0

    def __aiter__(self) -> _Counting:
        return self

    async def __anext__(self) -> Event:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return TextDelta("never")


@pytest.mark.anyio
async def test_any_iterator_can_be_stopped() -> None:
    """An agent that is no generator is interrupted where it waits."""
    events, stop = _Counting(), asyncio.Event()
    task = asyncio.create_task(_collect(events, stop))
    await asyncio.sleep(0)
    stop.set()
    assert await task == [Finished("stopped")]
    assert events.cancelled == 1
