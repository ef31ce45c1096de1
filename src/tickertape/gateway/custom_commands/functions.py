"""The text of a Python function, as it comes.

A function returns a text, or nothing; or an iterator of texts, which stream; or something to be
awaited that comes to one of these. Async functions run in the event loop. Any other function runs,
generators included, in a thread of its own, so that it never holds up the loop: it cannot be ended
from outside, so an interrupted one goes on unheard to its end or to its next `yield`, and keeps the
program from nothing.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Callable,
    Generator,
    Iterator,
    Mapping,
)
from contextlib import AsyncExitStack, aclosing, suppress
from contextvars import copy_context
from dataclasses import dataclass
from typing import Final, TypeAlias

__all__ = ["BrokenOffError", "NoTextError", "text_of"]

_AHEAD: Final = 100
"""Texts that a thread may be ahead of the reader."""


class NoTextError(TypeError):
    """Raised where a function gives something else than text; names the type."""


class BrokenOffError(Exception):
    """Raised where a function in a thread raised what ends a program; names the type."""


class _LeftError(Exception):
    """Raised in a thread whose texts no one reads any more."""


@dataclass(frozen=True, slots=True)
class _CallEnded:
    """The function came to its end."""

    value: object
    """What it returned; None behind a generator."""


@dataclass(frozen=True, slots=True)
class _CallFailed:
    """The function broke off."""

    error: BaseException
    """What it raised."""


_Item: TypeAlias = str | _CallEnded | _CallFailed


def text_of(
    function: Callable[..., object], arguments: Mapping[str, object]
) -> AsyncGenerator[str, None]:
    """Yield what a function says. Closing the generator interrupts it.

    Raises:
        NoTextError: when it gives something else than text.
        BrokenOffError: when one in a thread raises `SystemExit` or the like.
        Exception: whatever the function raises.
    """
    if _is_async(function):
        return _spoken(function(**arguments))
    return _in_a_thread(function, arguments)


def _is_async(function: Callable[..., object]) -> bool:
    while isinstance(function, functools.partial):
        function = function.func
    call = getattr(type(function), "__call__", None)  # noqa: B004 - an async one of an object
    return any(
        inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one)
        for one in (function, call)
    )


async def _spoken(said: object) -> AsyncGenerator[str, None]:
    """Yield the texts that something comes to."""
    while inspect.isawaitable(said):
        said = await said
    if isinstance(said, AsyncIterable):
        async with AsyncExitStack() as stack:
            if isinstance(said, AsyncGenerator):
                stack.push_async_callback(said.aclose)
            async for item in said:
                yield _checked(item)
    elif isinstance(said, str):
        yield said
    elif isinstance(said, Iterator | list | tuple):
        for item in said:
            yield _checked(item)
    elif said is not None:
        raise NoTextError(type(said).__name__)


def _checked(item: object) -> str:
    if item is None or isinstance(item, str):
        return item or ""
    raise NoTextError(type(item).__name__)


async def _in_a_thread(
    function: Callable[..., object], arguments: Mapping[str, object]
) -> AsyncGenerator[str, None]:
    loop = asyncio.get_running_loop()
    said: asyncio.Queue[_Item] = asyncio.Queue()
    room = threading.Semaphore(_AHEAD)
    left = threading.Event()

    def tell(item: _Item) -> None:
        room.acquire()
        if left.is_set():
            raise _LeftError
        try:
            loop.call_soon_threadsafe(said.put_nowait, item)
        except RuntimeError:  # the loop is closed
            raise _LeftError from None

    work = functools.partial(copy_context().run, _work, function, arguments, tell)
    threading.Thread(target=work, name="tickertape command", daemon=True).start()
    try:
        while isinstance(item := await said.get(), str):
            room.release()
            yield item
        if isinstance(item, _CallFailed):
            raise _failure(item.error)
        # What an async iterator or an awaitable says, it says in the loop.
        async with aclosing(_spoken(item.value)) as texts:
            async for text in texts:
                yield text
    finally:
        left.set()
        room.release()


def _failure(error: BaseException) -> Exception:
    """Return an exception that ends the command, but neither the task nor the program."""
    return error if isinstance(error, Exception) else BrokenOffError(type(error).__name__)


def _work(
    function: Callable[..., object], arguments: Mapping[str, object], tell: Callable[[_Item], None]
) -> None:
    """Call a function, and tell what comes of it; return when that is told, or no one listens."""
    end: _Item
    try:
        value = function(**arguments)
        if isinstance(value, Iterator):
            _tell_each(value, tell)
            value = None
        end = _CallEnded(value)
    except _LeftError:
        return
    except BaseException as error:  # noqa: BLE001 - raised again where the answer is read
        end = _CallFailed(error)
    with suppress(_LeftError):
        tell(end)


def _tell_each(items: Iterator[object], tell: Callable[[_Item], None]) -> None:
    try:
        for item in items:
            tell(_checked(item))
    finally:
        if isinstance(items, Generator):
            items.close()
