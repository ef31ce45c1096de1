"""The writer beside the stream keeps the order, tells what it lost, and ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tickertape.conversation import Entry, Utterance
from tickertape.gateway.answers.history_writer import HistoryWriter
from tickertape.testing.clock import run_in_virtual_time

A, B, C = (Utterance("assistant", letter) for letter in "abc")


class Memory:
    """Keeps entries when it may."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.writes: list[list[Entry]] = []
        self.breaks = False

    async def append(self, entries: Sequence[Entry]) -> None:
        """Add entries, or fail."""
        await self.free.wait()
        if self.breaks:
            raise OSError(28, "No space left on device")
        self.writes.append(list(entries))


def test_everything_is_written_in_order() -> None:
    """What came while a write was under way follows in one write; `flush` waits for all."""

    async def scene() -> list[list[Entry]]:
        memory = Memory()
        writer = HistoryWriter(memory.append, {})
        writer.keep(A)
        await asyncio.sleep(1)
        writer.keep(B)
        writer.keep(C)
        memory.free.set()
        await writer.flush()
        writer.keep(A)
        await writer.flush()
        return memory.writes

    assert run_in_virtual_time(scene()) == [[A], [B, C], [A]]


def test_nothing_to_write() -> None:
    """`flush` returns at once."""

    async def scene() -> list[list[Entry]]:
        memory = Memory()
        await HistoryWriter(memory.append, {}).flush()
        return memory.writes

    assert run_in_virtual_time(scene()) == []


def test_what_cannot_be_written_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A failing write is one line that quotes nobody; the next one is tried all the same."""

    async def scene() -> list[list[Entry]]:
        memory = Memory()
        memory.free.set()
        memory.breaks = True
        writer = HistoryWriter(memory.append, {"chat": 7})
        writer.keep(A)
        await writer.flush()
        memory.breaks = False
        writer.keep(B)
        await writer.flush()
        return memory.writes

    assert run_in_virtual_time(scene()) == [[B]]
    (record,) = caplog.records
    assert (record.message, getattr(record, "error", "")) == ("an answer was not stored", "OSError")
    assert getattr(record, "chat", 0) == 7


@pytest.mark.parametrize("seconds", [1, 100])
def test_a_cancelled_flush_is_bounded(seconds: int, caplog: pytest.LogCaptureFixture) -> None:
    """A write gets a few seconds more, and a database that hangs does not hold the end up."""

    async def scene() -> tuple[list[list[Entry]], float]:
        loop = asyncio.get_running_loop()
        memory = Memory()
        writer = HistoryWriter(memory.append, {})
        writer.keep(A)
        flushing = asyncio.create_task(writer.flush())
        await asyncio.sleep(1)
        began = loop.time()
        flushing.cancel()
        loop.call_later(seconds, memory.free.set)
        await asyncio.wait({flushing})
        assert flushing.cancelled()
        return memory.writes, loop.time() - began

    written, took = run_in_virtual_time(scene())
    assert (written, took) == (([[A]], 1.0) if seconds == 1 else ([], 5.0))
    assert len(caplog.records) == (seconds != 1)
