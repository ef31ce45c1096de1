"""Runs the tool calls of one step, all at once; every failure is a result for the model."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import replace

from tickertape.agent.arguments import Malformed, parse
from tickertape.agent.tokens import cut
from tickertape.conversation import ToolCall, ToolResult
from tickertape.errors import ToolError
from tickertape.events import Event, Recorded, ToolFinished, ToolStarted
from tickertape.ports import Tool

__all__ = ["GRACE", "refused", "results"]

_log = logging.getLogger(__name__)

GRACE = 1.0
"""Seconds that tools may take to end after they were cancelled; what takes longer is left behind,
so that a tool that ignores its cancellation holds up neither an answer nor a stop."""


async def results(
    calls: Sequence[ToolCall],
    tools: Mapping[str, Tool],
    *,
    timeout: float,  # noqa: ASYNC109 - each call ends at it by itself
    limit: int,
    whole: bool,
) -> AsyncGenerator[Event, None]:
    """Yield the beginnings and ends of the calls of one step, which run all at once.

    Args:
        calls: the calls of the step, in their order.
        tools: the tools that can be called, by their names.
        timeout: seconds that a call may take.
        limit: tokens that a result may take; of a longer one the middle is left out.
        whole: whether the last call is known to have come as a whole.
    """
    now = asyncio.get_running_loop().time
    deadline = now() + timeout
    tasks = {
        asyncio.create_task(_result(call, tools, whole=whole or call is not calls[-1])): call
        for call in calls
    }
    try:
        for call in calls:
            yield ToolStarted(call.call_id, call.name)
        running, done = set(tasks), set(tasks)
        while running and done:
            done, running = await asyncio.wait(
                running, timeout=deadline - now(), return_when=asyncio.FIRST_COMPLETED
            )
            for task in [task for task in tasks if task in done]:
                for event in _ended(_outcome(task, tasks[task]), limit):
                    yield event
        await _cancel(tasks)
        for task in [task for task in tasks if task in running]:
            text = f"The tool was stopped: it took longer than {timeout:g} s."
            for event in _ended(refused(tasks[task], text), limit):
                yield event
    finally:
        await _cancel(tasks)


async def _result(call: ToolCall, tools: Mapping[str, Tool], *, whole: bool) -> ToolResult:
    """Run one call; every failure becomes a result that the model can read."""
    tool = tools.get(call.name)
    if tool is None:
        known = ", ".join(tools) or "none"
        return refused(call, f"There is no tool of this name. The tools are: {known}.")
    arguments = parse(call.arguments, whole=whole)
    if isinstance(arguments, Malformed):
        return refused(call, arguments.text)
    try:
        return ToolResult(call.call_id, call.name, await tool.call(arguments))
    except ToolError as error:
        return refused(call, str(error) or "The tool failed.")
    except Exception as error:  # noqa: BLE001 - what a stranger's tool raises is a result, too
        # Its text may hold anything: only its type and its place are told.
        kind, place = type(error).__name__, traceback.extract_tb(error.__traceback__)[-1]
        _log.warning("tool %s raised %s at %s:%s", call.name, kind, place.filename, place.lineno)
        return refused(call, f"The tool failed ({kind}).")


def refused(call: ToolCall, text: str) -> ToolResult:
    """Return the result of a call that was not carried out, or failed."""
    return ToolResult(call.call_id, call.name, text, ok=False)


def _outcome(task: asyncio.Task[ToolResult], call: ToolCall) -> ToolResult:
    """Return the result of a finished tool task; a tool may also have cancelled itself."""
    return refused(call, "The tool was interrupted.") if task.cancelled() else task.result()


def _ended(result: ToolResult, limit: int) -> tuple[Event, Event]:
    """Return the events of an ended call, the one that must be recorded first."""
    told = replace(result, text=cut(result.text, limit))
    return Recorded(told), ToolFinished(told.call_id, told.name, told.ok)


async def _cancel(tasks: Iterable[asyncio.Task[ToolResult]]) -> None:
    """Cancel what still runs, and wait until it has ended, though not for long."""
    running = [task for task in tasks if task.cancel()]
    if running:
        _, stubborn = await asyncio.wait(running, timeout=GRACE)
        if stubborn:
            _log.warning("%d cancelled tools go on running", len(stubborn))
