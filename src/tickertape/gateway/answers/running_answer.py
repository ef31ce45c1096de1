"""One running answer: a task reads the agent, the chat writer shows it, another the memory.

They are apart, so that neither a slow chat nor a slow database slows the reading of the model, and
so that stopping the agent commits the text that was shown. Listeners get the same events as the
chat writer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from tickertape.agent.loop import interruptible
from tickertape.chat import Address, Message
from tickertape.conversation import Step, Utterance
from tickertape.delivery.marks import StopReason
from tickertape.delivery.shown import Shown
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed, Finished, Recorded
from tickertape.gateway.answers.turn_writer import TurnWriter
from tickertape.gateway.decisions import Live
from tickertape.gateway.journal import FencedError
from tickertape.ports import Listener, Showing
from tickertape.spoken import Spoken

__all__ = ["TURN_TIMEOUT", "Left", "RunningAnswer", "RunningAnswers"]

TURN_TIMEOUT = 3600.0
"""Seconds after which an answer is ended: for agents that hang and have no deadlines. Ours has: for
a model's first byte (up to 1,200 s) and its silences, for tools and for retries, step by step."""

# Seconds that an agent gets to end after it was told to: a choice; ours needs milliseconds.
_CLOSING = 10.0


class Left(Exception):  # noqa: N818 - nothing went wrong
    """Raised where an answer was left as it stands, for the next process."""


class RunningAnswer:
    """Shows an agent's answer to one turn in a chat, once."""

    def __init__(self, *, was_shown: bool = False) -> None:
        """Prepare an answer, which can be stopped before it runs.

        Args:
            was_shown: whether an earlier process began to show it: words of it may be on screen.
        """
        self._was_shown = was_shown
        self._orders: list[Message] = []
        self._consumer: Showing | None = None
        self._writer: TurnWriter | None = None
        self._leaving = asyncio.Event()
        self._listeners: Sequence[Listener] = ()
        self._reading: asyncio.Task[Failed | None] | None = None
        self._stopped: StopReason | None = None
        # The agent's events before a stop; after it, only those that are recorded.
        self._said: list[Event] = []
        self._ending = asyncio.Event()

    @property
    def shown(self) -> Shown | None:
        """The state of the answer on screen; None before it runs."""
        return self._consumer.shown if self._consumer else None

    @property
    def is_empty(self) -> bool:
        """Whether the answer has shown no word, and was not given up by its channel."""
        shown = self.shown
        return shown is None or (shown.is_silent and shown.gave_up is None)

    @property
    def spoken(self) -> str:
        """The text to be read aloud: the agent's words before it ended or was stopped."""
        return Spoken(self._said).text

    @property
    def stopped(self) -> StopReason | None:
        """The reason for which the answer was stopped; None if it was not."""
        return self._stopped

    @property
    def is_untold(self) -> bool:
        """Whether the agent has told nothing yet, neither words nor what it does."""
        return not self._said and not self._was_shown and self._stopped is None

    def end_by(self, order: Message) -> None:
        """Record a message that ends the answer: it is settled when that is."""
        self._orders.append(order)

    def take_orders(self) -> list[Message]:
        """Remove and return the messages that ended the answer."""
        orders, self._orders = self._orders, []
        return orders

    def stop(self, reason: StopReason) -> None:
        """Stop the answer: the agent is interrupted at once, and its text so far is committed.

        If the answer has not begun, the agent is never asked; one that the agent has finished stays
        as it is. The turn of one that is `FOLLOWED` is not over: nothing of its end is recorded.
        """
        if self._reading is None or not self._reading.done():
            self._stopped = self._stopped or reason
        for listener in self._listeners:
            listener.stop()
        if self._consumer is not None:
            self._consumer.stop(reason)
        if self._writer is not None and self._stopped is not StopReason.FOLLOWED:
            self._writer.end()
        self._ending.set()

    def leave(self) -> None:
        """Leave the answer as it stands: the agent is cancelled, and nothing more is said of it.

        `run` raises `Left` when the chat's writer has ended, which is what the caller sees to.
        """
        self._leaving.set()
        for listener in self._listeners:
            listener.stop()
        if self._reading is not None:
            self._reading.cancel()

    async def pause(self, seconds: float) -> None:
        """Return after a time in which the answer was not left.

        Args:
            seconds: the time.

        Raises:
            Left: the answer was left to the next process.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._leaving.wait()
        except TimeoutError:
            return
        raise Left

    async def run(
        self,
        consumer: Showing,
        events: AsyncIterator[Event],
        writer: TurnWriter,
        listeners: Sequence[Listener] = (),
    ) -> tuple[Shown, Failed | None]:
        """Run the answer until it is on screen, or its chat is dead; for an hour at most.

        At the end the agent does not run any more, and `writer` has all entries.

        Args:
            consumer: shows the answer in the chat.
            events: what the agent says.
            writer: gets the entries that the agent records, as they come, and at the end one with
                the text that it did not record.
            listeners: get the answer's events; running them is the caller's task.

        Returns:
            The answer on screen; and the failure of the agent, if it reported one.

        Raises:
            Left: the answer was left to the next process.
            Exception: an error that the agent raised, against its contract; its text so far is
                committed.
        """
        if self._leaving.is_set():
            raise Left
        self._consumer, self._listeners, self._writer = consumer, listeners, writer
        try:
            return await self._show(consumer, events, writer, listeners)
        except asyncio.CancelledError:
            if self._leaving.is_set():
                writer.save()
                raise Left from None
            raise

    async def _show(
        self,
        consumer: Showing,
        events: AsyncIterator[Event],
        writer: TurnWriter,
        listeners: Sequence[Listener],
    ) -> tuple[Shown, Failed | None]:
        if self._stopped is not None:
            # Stopped while it waited for the database: the consumer shows the mark, and no more.
            self.stop(self._stopped)
            return await consumer.run(), None
        reading = self._reading = asyncio.create_task(
            self._read((consumer, *listeners), events, writer)
        )
        loop = asyncio.get_running_loop()
        timer = loop.call_later(TURN_TIMEOUT, self.stop, StopReason.TIMEOUT)
        try:
            shown = await consumer.run()
            # The chat has the answer, or is dead: in either case the agent has nothing left to say.
            self._ending.set()
            await asyncio.wait({reading}, timeout=_CLOSING)
        finally:
            timer.cancel()
            reading.cancel()
            await asyncio.wait({reading})
        return shown, None if reading.cancelled() else reading.result()

    async def _read(
        self,
        audience: Sequence[Showing | Listener],
        said: AsyncIterator[Event],
        writer: TurnWriter,
    ) -> Failed | None:
        failed = None
        try:
            async with aclosing(interruptible(said, self._ending)) as events:
                async for event in events:
                    if isinstance(event, Recorded):
                        await self._keep(event, writer)
                    elif self._stopped is None:
                        self._said.append(event)
                    if isinstance(event, Failed | Finished):
                        self._conclude(writer)
                    for one in audience:
                        one.feed(event)
                    if isinstance(event, Failed):
                        failed = event
        except Exception as error:
            if isinstance(error, FencedError):
                self.leave()
                return None
            # Its text may quote the conversation, so the reader is told the type alone.
            broken = ProviderError(FailureKind.ENDED_EARLY, type(error).__name__)
            for one in audience:
                one.feed(Failed(broken))
            raise
        finally:
            # Also after a cancellation: the words on screen are stored, or the next question would
            # be put to a model that does not know them.
            if not self._leaving.is_set():
                for one in audience:
                    one.finish()
                self._conclude(writer)
        return failed

    async def _keep(self, recorded: Recorded, writer: TurnWriter) -> None:
        """Have an entry written; tools run behind it that are then known to have been called.

        Raises:
            FencedError: when another process goes on with the answer: they must not run.
        """
        writer.keep(recorded.entry)
        self._said.append(recorded)
        if isinstance(recorded.entry, Step) and recorded.entry.calls:
            await writer.recorded()

    def _conclude(self, writer: TurnWriter) -> None:
        """Write what the agent said and did not record, and that it has ended."""
        if self._stopped is StopReason.FOLLOWED:
            return
        if rest := Spoken(self._said).unrecorded:
            writer.keep(Utterance("assistant", rest))
            self._said.append(Recorded(Step(())))  # said, and written: once
        writer.end()


class RunningAnswers:
    """The answers that run, by the addresses of their conversations."""

    def __init__(self) -> None:
        """Begin without an answer."""
        self._answers: dict[Address, RunningAnswer] = {}

    def end_by(self, home: Address, order: Message) -> None:
        """Record the message that ends the answer of a conversation: it is settled with that.

        Raises:
            KeyError: when none runs there.
        """
        self._answers[home].end_by(order)

    def begin(self, home: Address, *, was_shown: bool = False) -> None:
        """Register an answer of a conversation, which can be stopped from here on.

        Args:
            home: the conversation.
            was_shown: see `RunningAnswer`.
        """
        self._answers[home] = RunningAnswer(was_shown=was_shown)

    def drop(self, home: Address) -> None:
        """Remove the answer of a conversation, if it has one."""
        self._answers.pop(home, None)

    def get(self, home: Address) -> RunningAnswer | None:
        """Return the answer of a conversation; None if none runs."""
        return self._answers.get(home)

    def rename(self, home: Address, to: Address) -> None:
        """Move the answer of a conversation, if it has one, to another address."""
        if (answer := self._answers.pop(home, None)) is not None:
            self._answers[to] = answer

    def shown(self, home: Address) -> Live | None:
        """Return the messages on screen of a conversation's answer; None if none runs."""
        answer = self._answers.get(home)
        if answer is None:
            return None
        if (shown := answer.shown) is None:
            return Live(home, home, is_untold=answer.is_untold)
        return Live(home, shown.address, shown.drafts, shown.messages, is_untold=answer.is_untold)

    def at(self, address: Address) -> list[Live]:
        """Return the answers that run at an address, or are written there."""
        return [live for live in self.all() if address in (live.conversation, live.shown_at)]

    def all(self) -> list[Live]:
        """Return all running answers."""
        shown = [self.shown(home) for home in self._answers]
        return [live for live in shown if live is not None]

    def stop(self, home: Address, reason: StopReason) -> None:
        """Stop the answer of a conversation.

        Raises:
            KeyError: when none runs there.
        """
        self._answers[home].stop(reason)

    def leave_all(self) -> None:
        """Leave all running answers as they stand."""
        for answer in self._answers.values():
            answer.leave()

    def stop_all(self, reason: StopReason) -> None:
        """Stop all running answers."""
        for answer in self._answers.values():
            answer.stop(reason)
