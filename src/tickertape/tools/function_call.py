"""Calls plain functions without ever holding up the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["run"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Failure:
    """A call that broke off."""

    error: BaseException
    """What it raised."""


async def run(
    function: Callable[..., object], arguments: Mapping[str, object], words: Callable[[object], str]
) -> str:
    """Call a function with its arguments by name, and return its result as text.

    A coroutine function runs in the event loop, and cancelling the task that waits interrupts it.
    Any other function runs in a thread of its own, with the caller's context variables, and there
    its result is put into words, because that may run code of the function's too (a generator):
    cancelling returns at once, while the function goes on to its end and its result is dropped,
    because Python has no way to stop a thread. Such a thread keeps neither other calls from
    running nor the program from ending.

    Raises:
        Exception: whatever the function raises.
    """

    def work() -> Awaitable[object] | str:
        result = function(**arguments)
        return result if inspect.isawaitable(result) else words(result)

    result = work() if _is_async(function) else await _in_a_thread(work, function)
    return result if isinstance(result, str) else words(await result)


def _is_async(function: Callable[..., object]) -> bool:
    call = getattr(function, "__call__", function)  # noqa: B004 - an object with an async __call__
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


async def _in_a_thread(call: Callable[[], T], function: Callable[..., object]) -> T:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T | _Failure] = loop.create_future()
    variables = contextvars.copy_context()

    def settle(result: T | _Failure) -> None:
        if not done.done():
            done.set_result(result)

    def work() -> None:
        result: T | _Failure
        try:
            result = variables.run(call)
        except BaseException as raised:  # noqa: BLE001 - it is raised where the caller waits
            result = _Failure(raised)
        with contextlib.suppress(RuntimeError):  # the loop is closed: no one waits any more
            loop.call_soon_threadsafe(settle, result)

    name = getattr(function, "__name__", "tool")
    threading.Thread(target=work, name=f"tool-{name}", daemon=True).start()
    result = await done
    if isinstance(result, _Failure):
        raise result.error
    return result
