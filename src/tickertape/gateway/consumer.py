"""One answer on its way: a task reads the agent, the pump writes the chat, another the memory.

They are apart, so that neither a slow chat nor a slow database slows the reading of the model, and
so that ending the one commits what the other has shown. Listeners are told what the pump is told;
what they do with it is a matter of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing

from tickertape.agent.loop import interruptible
from tickertape.chat import Address
from tickertape.conversation import Entry
from tickertape.delivery.actions import Refused
from tickertape.delivery.marks import StopReason
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed, Recorded
from tickertape.gateway.aloud import Aloud
from tickertape.gateway.minutes import Minutes
from tickertape.gateway.reasons import words_of
from tickertape.ports import Agent, Listener, Showing, Turn

__all__ = ["TURN_TIMEOUT", "Keeper", "LiveAnswer"]

_LOG = logging.getLogger(__name__)

TURN_TIMEOUT = 3600.0
"""Seconds after which an answer is ended: for agents that hang and have no deadlines. Ours has: for
a model's first byte (up to 1,200 s) and its silences, for tools and for retries, step by step."""

# Seconds that an agent gets to end after it was told to; ours needs milliseconds.
_CLOSING = 10.0
# Seconds that a write gets after everything else was given up: SQLite's wait for a lock.
_LAST_WRITE = 5.0


class Keeper:
    """Writes entries into the memory, in their order, beside whoever gives them."""

    def __init__(
        self, write: Callable[[Sequence[Entry]], Awaitable[None]], where: Mapping[str, object]
    ) -> None:
        """Begin with nothing to write.

        Args:
            write: adds entries to the memory: all of them, or nothing when it raises.
            where: what the log says about the conversation.
        """
        self._write = write
        self._where = where
        self._waiting: list[Entry] = []
        self._writing: asyncio.Task[None] | None = None

    def keep(self, entry: Entry) -> None:
        """Write `entry` soon. Never waits."""
        self._waiting.append(entry)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="tickertape memory")

    async def flush(self) -> None:
        """Return when everything is written, or was logged as lost.

        Cancelling leaves a few seconds for what is being written.
        """
        if self._writing is None:
            return
        try:
            await asyncio.wait({self._writing})
        except asyncio.CancelledError:
            await asyncio.wait({self._writing}, timeout=_LAST_WRITE)
            raise
        finally:
            if self._writing.cancel():
                await asyncio.wait({self._writing})
                self._lost("cancelled")

    async def _write_all(self) -> None:
        while self._waiting:
            entries, self._waiting = self._waiting, []
            try:
                await self._write(entries)
            except Exception as error:  # noqa: BLE001 - whatever a database raises
                self._lost(words_of(error))

    def _lost(self, why: str) -> None:
        """Log it: the answer is on screen, and this is not the reader's concern."""
        _LOG.error("an answer was not stored", extra={**self._where, "error": why})


class LiveAnswer:
    """Lets an agent answer one turn into a chat, once."""

    def __init__(self) -> None:
        """Prepare an answer: it can be stopped before it runs."""
        self._consumer: Showing | None = None
        self._listeners: Sequence[Listener] = ()
        self._reading: asyncio.Task[Failed | None] | None = None
        self._stopped: StopReason | None = None
        self._aloud = Aloud()
        self._ending = asyncio.Event()

    @property
    def address(self) -> Address | None:
        """Where the answer is written; None before it is."""
        return self._consumer.address if self._consumer else None

    @property
    def draft_ids(self) -> tuple[int, ...]:
        """The drafts that show the answer, or did."""
        return self._consumer.draft_ids if self._consumer else ()

    @property
    def message_ids(self) -> tuple[int, ...]:
        """The messages in that chat that show the answer."""
        return self._consumer.message_ids if self._consumer else ()

    @property
    def said(self) -> str:
        """What the agent has said, byte for byte."""
        return self._consumer.said if self._consumer else ""

    @property
    def aloud(self) -> str:
        """What the agent has said, as it is to be read aloud."""
        return self._aloud.text

    @property
    def is_empty(self) -> bool:
        """Whether the answer has ended, and left the reader without any word."""
        return self._consumer is None or (self._consumer.silent and self.gave_up is None)

    @property
    def gave_up(self) -> Refused | None:
        """Why the answer cannot be delivered; None where it can."""
        return self._consumer.gave_up if self._consumer else None

    @property
    def is_shown(self) -> bool:
        """Whether the whole answer was acknowledged."""
        return self._consumer is not None and self._consumer.already_sent

    @property
    def stopped(self) -> StopReason | None:
        """Who ended the answer before its end; None: nobody."""
        return self._stopped

    def stop(self, reason: StopReason) -> None:
        """End the answer: the agent is interrupted at once, and what it said is committed.

        An answer that has not begun will not reach the agent; one that the agent has finished is
        not changed.
        """
        if self._reading is None or not self._reading.done():
            self._stopped = self._stopped or reason
        for listener in self._listeners:
            listener.stop()
        if self._consumer is not None:
            self._consumer.stop(reason)
        self._ending.set()

    async def run(
        self,
        consumer: Showing,
        agent: Agent,
        turn: Turn,
        keeper: Keeper,
        listeners: Sequence[Listener] = (),
    ) -> Failed | None:
        """Return when the answer is on screen, or its chat is dead.

        Whichever way this ends, the agent is not running any more, and what is to be remembered of
        its answer is with `keeper`.

        Args:
            consumer: carries the answer to the chat.
            agent: who answers.
            turn: what is answered.
            keeper: takes what the agent records, as it comes, and at the end what it said besides.
            listeners: hear the answer; running them is the caller's.

        Returns:
            How the agent failed, if it said so.

        Raises:
            Exception: what the agent raised, against its contract, after what it said before was
                committed.
        """
        self._consumer, self._listeners = consumer, listeners
        if self._stopped is not None:
            self.stop(self._stopped)
            await consumer.run()
            return None
        reading = self._reading = asyncio.create_task(
            self._read((consumer, *listeners), agent, turn, keeper)
        )
        loop = asyncio.get_running_loop()
        timer = loop.call_later(TURN_TIMEOUT, self.stop, StopReason.TIMEOUT)
        try:
            await consumer.run()
            self._ending.set()
            await asyncio.wait({reading}, timeout=_CLOSING)
        finally:
            timer.cancel()
            reading.cancel()
            await asyncio.wait({reading})
        return None if reading.cancelled() else reading.result()

    async def _read(
        self, audience: Sequence[Showing | Listener], agent: Agent, turn: Turn, keeper: Keeper
    ) -> Failed | None:
        failed = None
        minutes = Minutes()
        try:
            async with aclosing(interruptible(agent.run(turn), self._ending)) as events:
                async for event in events:
                    self._note(event, minutes, keeper)
                    self._aloud.note(event)
                    for one in audience:
                        one.feed(event)
                    if isinstance(event, Failed):
                        failed = event
        except Exception as error:
            broken = ProviderError(FailureKind.ENDED_EARLY, type(error).__name__)
            for one in audience:
                one.feed(Failed(broken))
            raise
        finally:
            for one in audience:
                one.finish()
            if (rest := minutes.rest()) is not None:
                keeper.keep(rest)
        return failed

    def _note(self, event: Event, minutes: Minutes, keeper: Keeper) -> None:
        """Remember what the reader is told, and what is recorded even of what they are not."""
        if self._stopped is None or isinstance(event, Recorded):
            entry = minutes.note(event)
            if entry is not None:
                keeper.keep(entry)
