"""Standard output beside the loop: a slow reader is not waited for, one that goes is noticed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tickertape.cli.stdout_writer import StdoutWriter

pytestmark = pytest.mark.anyio


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Open a pipe; both ends are closed after."""
    ends = os.pipe()
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


async def test_a_slow_reader_is_not_waited_for(pipe: tuple[int, int]) -> None:
    """More than a pipe holds is taken at once, and comes out whole and in order."""
    reader, writer = pipe
    stdout = StdoutWriter(writer, gone=lambda: None)
    parts = [bytes([65 + number]) * 50_000 for number in range(10)]
    for part in parts:
        stdout.write(part)
    closing = asyncio.create_task(stdout.aclose())
    await asyncio.sleep(0)
    assert not closing.done()
    read = b""
    async with asyncio.timeout(10):
        while len(read) < 500_000:
            read += await asyncio.to_thread(os.read, reader, 65_536)
        assert await closing
    assert read == b"".join(parts)


async def test_a_reader_that_goes_is_noticed_without_a_word(pipe: tuple[int, int]) -> None:
    """Nothing needs to be written for it; what is written afterwards is dropped."""
    reader, writer = pipe
    gone = asyncio.Event()
    stdout = StdoutWriter(writer, gone=gone.set)
    os.close(reader)
    async with asyncio.timeout(10):
        await gone.wait()
        stdout.write(b"nobody reads this")
        assert not await stdout.aclose()


async def test_one_who_does_not_want_to_wait_is_waited_for(pipe: tuple[int, int]) -> None:
    """A pipe that somebody else has made non-blocking loses nothing."""
    reader, writer = pipe
    os.set_blocking(writer, False)
    stdout = StdoutWriter(writer, gone=lambda: None)
    stdout.write(b"x" * 500_000)
    read = 0
    async with asyncio.timeout(10):
        closing = asyncio.create_task(stdout.aclose())
        while read < 500_000:
            read += len(await asyncio.to_thread(os.read, reader, 65_536))
        assert await closing
