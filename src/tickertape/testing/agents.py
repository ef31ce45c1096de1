"""What every agent must do: one suite, for ours and for yours.

    async def test_it_is_an_agent() -> None:
        await check_agent(make_agent)

where `make_agent()` gives an agent that answers a turn with a few events, the same each time. Each
check makes agents of its own, and raises `AssertionError` with one sentence when a promise of
`tickertape.ports.Agent` is broken.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from tickertape.chat import Address, ChatKind
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.ports import Agent, Turn

__all__ = [
    "TURN",
    "AgentMaker",
    "check_agent",
    "check_cancelling",
    "check_closing",
    "check_end",
    "check_events",
    "check_together",
    "run_through",
]

AgentMaker = Callable[[], Agent]
"""Makes an agent that is ready to answer."""

TURN: Final = Turn(Address("memory", "@home", ChatKind.PRIVATE), None, "What is new?")
"""The turn that the checks have answered."""

_PATIENCE: Final = 30.0
"""Seconds in which every step of a check must be done: far more than any agent of a test needs."""


async def check_agent(make: AgentMaker, turn: Turn = TURN) -> None:
    """Run every check.

    Raises:
        AssertionError: when a promise is broken; the text says which.
    """
    for check in (check_end, check_events, check_closing, check_cancelling, check_together):
        await check(make, turn)


async def check_end(make: AgentMaker, turn: Turn = TURN) -> None:
    """Check that an answer ends with exactly one `Finished` or `Failed`, its last event."""
    events = await run_through(make(), turn)
    ends = [event for event in events if isinstance(event, Finished | Failed)]
    _demand(len(ends) == 1, "an answer must have exactly one end", events)
    _demand(events[-1] is ends[0], "nothing may follow the end", events)


async def check_events(make: AgentMaker, turn: Turn = TURN) -> None:
    """Check that an answer has events only, no empty delta, and no tool that ends unstarted."""
    running: dict[str, str] = {}
    for event in await run_through(make(), turn):
        _demand(isinstance(event, Event), "an agent must say events", event)
        match event:
            case TextDelta("") | ReasoningDelta(""):
                _demand(False, "a delta must not be empty", event)
            case ToolStarted(call_id, name):
                _demand(call_id not in running, "a call's id must be its own", event)
                running[call_id] = name
            case ToolFinished(call_id, name):
                _demand(running.get(call_id) == name, "a tool must start before it ends", event)
            case _:
                pass


async def check_closing(make: AgentMaker, turn: Turn = TURN) -> None:
    """Check that closing an answer after any number of events leaves nothing running."""
    number = len(await run_through(make(), turn))
    for taken in range(number + 1):
        before = asyncio.all_tasks()
        events = make().run(turn)
        async with asyncio.timeout(_PATIENCE):
            for _ in range(taken):
                await anext(events)
            await _close(events)
        _demand_rest(before, f"closing after {taken} events")


async def check_cancelling(make: AgentMaker, turn: Turn = TURN) -> None:
    """Check that cancelling the reading task at any event leaves nothing running."""
    number = len(await run_through(make(), turn))
    for taken in range(number):
        before = asyncio.all_tasks()
        reached = asyncio.Event()

        async def read(stop_at: int = taken, reached: asyncio.Event = reached) -> None:
            events = make().run(turn)
            try:
                for _ in range(stop_at):
                    await anext(events)
                reached.set()
                async for _ in events:
                    pass
            finally:
                await _close(events)

        reader = asyncio.create_task(read())
        async with asyncio.timeout(_PATIENCE):
            await reached.wait()
            reader.cancel()
            await asyncio.wait([reader])
        if not reader.cancelled() and (error := reader.exception()) is not None:
            raise AssertionError(f"cancelling after {taken} events came to {error!r}") from error
        _demand_rest(before, f"cancelling after {taken} events")


async def check_together(make: AgentMaker, turn: Turn = TURN) -> None:
    """Check that two turns at once, of one agent, have one end each."""
    agent = make()
    for events in await asyncio.gather(run_through(agent, turn), run_through(agent, turn)):
        ends = [event for event in events if isinstance(event, Finished | Failed)]
        _demand(len(ends) == 1, "each of two turns at once must have exactly one end", events)


async def run_through(agent: Agent, turn: Turn = TURN) -> list[Event]:
    """Return all events of an agent for a turn.

    Raises:
        TimeoutError: when it does not come to its end.
    """
    async with asyncio.timeout(_PATIENCE):
        return [event async for event in agent.run(turn)]


async def _close(events: AsyncIterator[Event]) -> None:
    close = getattr(events, "aclose", None)
    _demand(close is not None, "the iterator of an agent must have aclose()", events)
    if close is not None:
        await close()


def _demand_rest(before: set[asyncio.Task[object]], after: str) -> None:
    left = [task for task in asyncio.all_tasks() - before if not task.done()]
    _demand(not left, f"{after} must leave no task running", left)


def _demand(is_kept: bool, promise: str, seen: object) -> None:
    if not is_kept:
        raise AssertionError(f"{promise}; it came to {seen!r}")
