"""The text of functions of every kind, as it comes; and the threads of those that may block."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from contextvars import ContextVar

import pytest

from tickertape.gateway.custom_commands.functions import BrokenOffError, NoTextError, text_of

pytestmark = pytest.mark.anyio

WHO: ContextVar[str] = ContextVar("WHO")


def plain(text: str) -> str:
    """Return a text."""
    return text


def listed(text: str) -> list[str]:
    """Return texts."""
    return [text, text]


def generated(text: str) -> Iterator[str | None]:
    """Yield texts."""
    yield text
    yield None
    yield text


async def awaited(text: str) -> str:
    """Return a text, later."""
    await asyncio.sleep(0)
    return text


async def streamed(text: str) -> AsyncIterator[str]:
    """Yield texts, one by one."""
    yield text
    await asyncio.sleep(0)
    yield text


async def promised(text: str) -> AsyncIterator[str]:
    """Return an iterator of texts."""
    return streamed(text)


class Callable_:  # noqa: N801 - not the type
    """An object that can be called."""

    async def __call__(self, text: str) -> str:
        """Return a text."""
        return text


def sync(function: Callable[[str], object]) -> Callable[..., object]:
    """Return a function of which is not to be seen that it calls an async one."""

    def call(text: str) -> object:
        return function(text)

    return call


def told(text: str) -> str:
    """Return what the caller's context says."""
    return f"{WHO.get()}: {text}"


async def said_by(function: Callable[..., object]) -> list[str]:
    """Read all that a function says."""
    async with aclosing(text_of(function, {"text": "a"})) as texts:
        return [text async for text in texts if text]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (plain, ["a"]),
        (listed, ["a", "a"]),
        (generated, ["a", "a"]),
        (awaited, ["a"]),
        (streamed, ["a", "a"]),
        (promised, ["a", "a"]),
        (Callable_(), ["a"]),
        (functools.partial(awaited), ["a"]),
        (sync(awaited), ["a"]),
        (sync(streamed), ["a", "a"]),
        (lambda text: None, []),
        (told, ["Anna: a"]),
    ],
)
async def test_functions_of_every_kind(function: Callable[..., object], said: list[str]) -> None:
    """Whatever comes to text in the end is said, in its order."""
    WHO.set("Anna")
    assert await said_by(function) == said


@pytest.mark.parametrize("result", [5, b"bytes", {"a": "b"}, [1], iter([1]), object()])
async def test_what_is_no_text(result: object) -> None:
    """The type is named, and nothing else."""
    with pytest.raises(NoTextError, match=r"^(int|bytes|dict|object)$"):
        await said_by(lambda text: result)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (ValueError, ValueError),
        (SystemExit, BrokenOffError),
        (KeyboardInterrupt, BrokenOffError),
        (asyncio.CancelledError, BrokenOffError),
    ],
)
async def test_what_a_thread_raises(error: type[BaseException], raised: type[Exception]) -> None:
    """It ends the command, and neither the task that reads it nor the program."""

    def fail(text: str) -> Iterator[str]:
        yield text
        raise error

    async with aclosing(text_of(fail, {"text": "a"})) as texts:
        assert await anext(texts) == "a"
        with pytest.raises(raised):
            await anext(texts)


async def test_a_generator_that_no_one_reads_is_closed() -> None:
    """It runs ahead of its reader by a bounded number of texts, and ends at its next one."""
    ended, given = threading.Event(), []

    def endless(text: str) -> Iterator[str]:
        try:
            while True:
                given.append(text)
                yield text
        finally:
            ended.set()

    async with aclosing(text_of(endless, {"text": "a"})) as texts:
        assert await anext(texts) == "a"
    assert await asyncio.to_thread(ended.wait, 10)
    assert len(given) < 200


async def test_a_function_that_hangs_holds_up_nothing() -> None:
    """The reader leaves it at once, and it is heard no more."""
    release, began = threading.Event(), threading.Event()

    def hang(text: str) -> str:
        began.set()
        release.wait(60)
        return text

    async with aclosing(text_of(hang, {"text": "a"})) as texts:
        reading = asyncio.ensure_future(anext(texts))
        assert await asyncio.to_thread(began.wait, 10)
        reading.cancel()
        await asyncio.wait({reading})
        assert reading.cancelled()
    release.set()
