"""The writer beside the stream keeps the order, tells what it lost, and ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from tickertape.chat import Address, ChatKind, Message
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.actions import Accepted, Edit, Post
from tickertape.delivery.limits.budget import Budget
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.reply.state import ReplyState
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Cadence, Surface, Window
from tickertape.events import Finished, TextDelta
from tickertape.gateway.answers.turn_writer import TurnWriter
from tickertape.markup.rulers import UTF16
from tickertape.testing.clock import run_in_virtual_time

GROUP = Address("chat", "crew", ChatKind.GROUP)
SURFACE = Surface(limit=4096, ruler=UTF16, cadence=Cadence(messages=(Window(4, 60.0),)))

A, B, C = (Utterance("assistant", letter) for letter in "abc")


class Memory:
    """Keeps entries when it may."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.writes: list[list[Entry]] = []
        self.breaks = False

    async def append(
        self, entries: Sequence[Entry], state: ReplyState | None, added: Sequence[Message]
    ) -> None:
        """Add entries, or fail."""
        assert state is None
        await self.free.wait()
        if self.breaks:
            raise OSError(28, "No space left on device")
        self.writes.append(list(entries))


def test_everything_is_written_in_order() -> None:
    """What came while a write was under way follows in one write; `flush` waits for all."""

    async def scene() -> list[list[Entry]]:
        memory = Memory()
        writer = TurnWriter(memory.append, {})
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
        await TurnWriter(memory.append, {}).flush()
        return memory.writes

    assert run_in_virtual_time(scene()) == []


def test_what_cannot_be_written_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A failing write is one line that quotes nobody; the next one is tried all the same."""

    async def scene() -> list[list[Entry]]:
        memory = Memory()
        memory.free.set()
        memory.breaks = True
        writer = TurnWriter(memory.append, {"chat": 7})
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
        writer = TurnWriter(memory.append, {})
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


def _reply() -> Reply:
    """Make a reply with a post in flight."""
    budget = Budget().chat(GROUP.chat, SURFACE.cadence)
    reply = Reply(GROUP, SURFACE, budget, StreamingConfig(), draft_ids=iter(["1"]))
    reply.feed(TextDelta("Hello there, all of you. "), 0.0)
    return reply


@dataclass
class States:
    """Keeps the states that are written, and when each was there."""

    seconds: float = 1.0
    written: list[ReplyState | None] = field(default_factory=list)

    async def write(
        self, _: Sequence[Entry], state: ReplyState | None, added: Sequence[Message]
    ) -> None:
        """Take a while to write."""
        await asyncio.sleep(self.seconds)
        self.written.append(state)


def test_a_post_waits_until_it_is_written_that_it_is_made() -> None:
    """What adds to a chat is recorded before, in flight, and after; what is repeatable is not."""

    async def scene() -> None:
        reply, states = _reply(), States()
        writer = TurnWriter(states.write, {}, lambda: reply.state)
        post = reply.poll(0.0)
        assert isinstance(post, Post)
        await writer.before(post)
        [state] = states.written
        assert state is not None
        assert state.flight is not None
        assert state.flight.action == post
        reply.settle(Accepted(post.text, "7"), 1.0)
        writer.after(post)
        await writer.flush()
        assert states.written[1:] == [reply.state]
        await writer.before(Edit(GROUP, "7", "Hello"))
        writer.after(Edit(GROUP, "7", "Hello"))
        await writer.flush()
        assert len(states.written) == 2

    run_in_virtual_time(scene())


def test_a_final_waits_until_the_end_is_written() -> None:
    """A finished answer is known to be finished before its final is shown; then nothing waits."""

    async def scene() -> None:
        reply, states = _reply(), States()
        writer = TurnWriter(states.write, {}, lambda: reply.state)
        edit = Edit(GROUP, "7", "Hello")
        reply.feed(Finished(), 0.0)
        writer.end()
        await writer.before(edit)
        [state] = states.written
        assert state is not None
        assert state.said.closed
        await writer.before(edit)
        assert len(states.written) == 1

    run_in_virtual_time(scene())


def test_a_state_that_changes_while_it_is_written_is_written_again() -> None:
    """The last state is the one that stays, however many changes came while one was written."""

    async def scene() -> None:
        reply, states = _reply(), States()
        writer = TurnWriter(states.write, {}, lambda: reply.state)
        writer.save()
        await asyncio.sleep(0.5)
        reply.feed(TextDelta("More."), 0.5)
        writer.save()
        writer.save()
        await writer.flush()
        assert [state is not None for state in states.written] == [True, True]
        assert states.written[-1] == reply.state

    run_in_virtual_time(scene())


def test_what_an_earlier_attempt_recorded_is_not_written_twice() -> None:
    """An agent that goes on tells again what is recorded already: that much is left out."""

    async def scene() -> list[list[Entry]]:
        memory = Memory()
        memory.free.set()
        writer = TurnWriter(memory.append, {}, known=(A, B))
        for entry in (A, B, B, C):
            writer.keep(entry)
        await writer.flush()
        return memory.writes

    assert run_in_virtual_time(scene()) == [[B, C]]
