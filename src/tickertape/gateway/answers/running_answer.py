"""One running answer: a task reads the agent, the chat writer shows it, another the memory.

They are apart, so that neither a slow chat nor a slow database slows the reading of the model, and
so that stopping the agent commits the text that was shown. Listeners get the same events as the
chat writer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from tickertape.agent.loop import interruptible
from tickertape.chat import Address
from tickertape.conversation import Utterance
from tickertape.delivery.marks import StopReason
from tickertape.delivery.shown import Shown
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed, Recorded
from tickertape.gateway.answers.history_writer import HistoryWriter
from tickertape.gateway.decisions import Live
from tickertape.ports import Agent, Listener, Showing, Turn
from tickertape.spoken import Spoken

__all__ = ["TURN_TIMEOUT", "RunningAnswer", "RunningAnswers"]

TURN_TIMEOUT = 3600.0
"""Seconds after which an answer is ended: for agents that hang and have no deadlines. Ours has: for
a model's first byte (up to 1,200 s) and its silences, for tools and for retries, step by step."""

# Seconds that an agent gets to end after it was told to: a choice; ours needs milliseconds.
_CLOSING = 10.0


class RunningAnswer:
    """Shows an agent's answer to one turn in a chat, once."""

    def __init__(self) -> None:
        """Prepare an answer, which can be stopped before it runs."""
        self._consumer: Showing | None = None
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

    def stop(self, reason: StopReason) -> None:
        """Stop the answer: the agent is interrupted at once, and its text so far is committed.

        If the answer has not begun, the agent is never asked; one that the agent has finished stays
        as it is.
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
        writer: HistoryWriter,
        listeners: Sequence[Listener] = (),
    ) -> tuple[Shown, Failed | None]:
        """Run the answer until it is on screen, or its chat is dead; for an hour at most.

        At the end the agent does not run any more, and `writer` has all entries.

        Args:
            consumer: shows the answer in the chat.
            agent: answers.
            turn: the question, with the conversation before it.
            writer: gets the entries that the agent records, as they come, and at the end one with
                the text that it did not record.
            listeners: get the answer's events; running them is the caller's task.

        Returns:
            The answer on screen; and the failure of the agent, if it reported one.

        Raises:
            Exception: an error that the agent raised, against its contract; its text so far is
                committed.
        """
        self._consumer, self._listeners = consumer, listeners
        if self._stopped is not None:
            # Stopped while it waited for the database: the consumer shows the mark, and no more.
            self.stop(self._stopped)
            return await consumer.run(), None
        reading = self._reading = asyncio.create_task(
            self._read((consumer, *listeners), agent, turn, writer)
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
        agent: Agent,
        turn: Turn,
        writer: HistoryWriter,
    ) -> Failed | None:
        failed = None
        try:
            async with aclosing(interruptible(agent.run(turn), self._ending)) as events:
                async for event in events:
                    if isinstance(event, Recorded):
                        writer.keep(event.entry)
                        self._said.append(event)
                    elif self._stopped is None:
                        self._said.append(event)
                    for one in audience:
                        one.feed(event)
                    if isinstance(event, Failed):
                        failed = event
        except Exception as error:
            # Its text may quote the conversation, so the reader is told the type alone.
            broken = ProviderError(FailureKind.ENDED_EARLY, type(error).__name__)
            for one in audience:
                one.feed(Failed(broken))
            raise
        finally:
            # Also after a cancellation: the words on screen are stored, or the next question would
            # be put to a model that does not know them.
            for one in audience:
                one.finish()
            if rest := Spoken(self._said).unrecorded:
                writer.keep(Utterance("assistant", rest))
        return failed


class RunningAnswers:
    """The answers that run, by the addresses of their conversations."""

    def __init__(self) -> None:
        """Begin without an answer."""
        self._answers: dict[Address, RunningAnswer] = {}

    def begin(self, home: Address) -> None:
        """Register an answer of a conversation, which can be stopped from here on."""
        self._answers[home] = RunningAnswer()

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
            return Live(home, home)
        return Live(home, shown.address, shown.drafts, shown.messages)

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

    def stop_all(self, reason: StopReason) -> None:
        """Stop all running answers."""
        for answer in self._answers.values():
            answer.stop(reason)
