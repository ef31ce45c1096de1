"""One answer on its way: a task reads the agent, the pump writes the chat, another the memory.

They are apart, so that neither a slow chat nor a slow database slows the reading of the model, and
so that ending the one commits what the other has shown. Listeners are told what the pump is told;
what they do with it is a matter of their own.
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

# Seconds that an agent gets to end after it was told to; ours needs milliseconds.
_CLOSING = 10.0


class RunningAnswer:
    """Lets an agent answer one turn into a chat, once."""

    def __init__(self) -> None:
        """Prepare an answer: it can be stopped before it runs."""
        self._consumer: Showing | None = None
        self._listeners: Sequence[Listener] = ()
        self._reading: asyncio.Task[Failed | None] | None = None
        self._stopped: StopReason | None = None
        # What the agent said before a stop, and what it records even of what nobody is told.
        self._said: list[Event] = []
        self._ending = asyncio.Event()

    @property
    def shown(self) -> Shown | None:
        """How the answer stands at this moment; None before it runs."""
        return self._consumer.shown if self._consumer else None

    @property
    def is_empty(self) -> bool:
        """Whether the answer has ended, and left the reader without any word."""
        shown = self.shown
        return shown is None or (shown.is_silent and shown.gave_up is None)

    @property
    def spoken(self) -> str:
        """What the agent said before it ended or was stopped, as it is to be read aloud."""
        return Spoken(self._said).text

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
        writer: HistoryWriter,
        listeners: Sequence[Listener] = (),
    ) -> tuple[Shown, Failed | None]:
        """Return what became of the answer when it is on screen, or its chat is dead.

        Whichever way this ends, the agent is not running any more, and what is to be remembered of
        its answer is with `writer`.

        Args:
            consumer: carries the answer to the chat.
            agent: who answers.
            turn: what is answered.
            writer: takes what the agent records, as it comes, and at the end what it said besides.
            listeners: hear the answer; running them is the caller's.

        Returns:
            The answer on screen; and how the agent failed, if it said so.

        Raises:
            Exception: what the agent raised, against its contract, after what it said before was
                committed.
        """
        self._consumer, self._listeners = consumer, listeners
        if self._stopped is not None:
            self.stop(self._stopped)
            return await consumer.run(), None
        reading = self._reading = asyncio.create_task(
            self._read((consumer, *listeners), agent, turn, writer)
        )
        loop = asyncio.get_running_loop()
        timer = loop.call_later(TURN_TIMEOUT, self.stop, StopReason.TIMEOUT)
        try:
            shown = await consumer.run()
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
            broken = ProviderError(FailureKind.ENDED_EARLY, type(error).__name__)
            for one in audience:
                one.feed(Failed(broken))
            raise
        finally:
            for one in audience:
                one.finish()
            if rest := Spoken(self._said).unrecorded:
                writer.keep(Utterance("assistant", rest))
        return failed


class RunningAnswers:
    """The answers that run, by the conversations that they belong to."""

    def __init__(self) -> None:
        """Begin with none."""
        self._answers: dict[Address, RunningAnswer] = {}

    def begin(self, home: Address) -> None:
        """Let an answer of a conversation run; it can be stopped from here on."""
        self._answers[home] = RunningAnswer()

    def drop(self, home: Address) -> None:
        """Take note that no answer of a conversation runs."""
        self._answers.pop(home, None)

    def get(self, home: Address) -> RunningAnswer | None:
        """Return the answer of a conversation; None where none runs."""
        return self._answers.get(home)

    def rename(self, home: Address, to: Address) -> None:
        """Take note that a conversation has another address."""
        if (answer := self._answers.pop(home, None)) is not None:
            self._answers[to] = answer

    def shown(self, home: Address) -> Live | None:
        """Return what is known to be on screen of a conversation's answer."""
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
        """Return all answers that run."""
        shown = [self.shown(home) for home in self._answers]
        return [live for live in shown if live is not None]

    def stop(self, home: Address, reason: StopReason) -> None:
        """End the answer of a conversation.

        Raises:
            KeyError: when none runs there.
        """
        self._answers[home].stop(reason)

    def stop_all(self, reason: StopReason) -> None:
        """End all that run."""
        for answer in self._answers.values():
            answer.stop(reason)
