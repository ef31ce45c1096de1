"""One answer on its way: a task reads the agent, the pump writes the chat.

The two are apart, so that a slow chat never slows the reading of the model, and so that ending
the one commits what the other has shown.
"""

from __future__ import annotations

import asyncio

from tickertape.consumer import RUN_TIMEOUT, StreamConsumer
from tickertape.delivery.actions import Refused
from tickertape.delivery.marks import StopReason
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Failed
from tickertape.ports import Agent, Turn

__all__ = ["LiveAnswer"]


class LiveAnswer:
    """Lets an agent answer one turn into a chat, once."""

    def __init__(self, consumer: StreamConsumer) -> None:
        """Prepare an answer that `consumer` will show."""
        self._consumer = consumer
        self._reading: asyncio.Task[Failed | None] | None = None
        self._stopped: StopReason | None = None

    @property
    def draft_id(self) -> int | None:
        """The draft that shows the answer, if one does."""
        return self._consumer.draft_id

    @property
    def said(self) -> str:
        """What the agent has said, byte for byte."""
        return self._consumer.said

    @property
    def is_empty(self) -> bool:
        """Whether the answer has ended, and left the reader without any word."""
        return self._consumer.silent and self.gave_up is None

    @property
    def gave_up(self) -> Refused | None:
        """Why the answer cannot be delivered; None where it can."""
        return self._consumer.gave_up

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
        self._consumer.stop(reason)
        if self._reading is not None:
            self._reading.cancel()

    async def run(self, agent: Agent, turn: Turn) -> Failed | None:
        """Return when the answer is on screen, or its chat is dead.

        Whichever way this ends, the agent is not running any more.

        Returns:
            How the agent failed, if it said so.

        Raises:
            Exception: what the agent raised, against its contract, after what it said before was
                committed.
        """
        if self._stopped is not None:
            await self._consumer.run()
            return None
        self._reading = asyncio.create_task(self._read(agent, turn))
        loop = asyncio.get_running_loop()
        timer = loop.call_later(RUN_TIMEOUT, self.stop, StopReason.TIMEOUT)
        try:
            await self._consumer.run()
        finally:
            timer.cancel()
            self._reading.cancel()
            await asyncio.wait({self._reading})
        return None if self._reading.cancelled() else self._reading.result()

    async def _read(self, agent: Agent, turn: Turn) -> Failed | None:
        failed = None
        try:
            async for event in agent.run(turn):
                self._consumer.feed(event)
                if isinstance(event, Failed):
                    failed = event
        except Exception as error:
            broken = ProviderError(FailureKind.ENDED_EARLY, type(error).__name__)
            self._consumer.feed(Failed(broken))
            raise
        finally:
            self._consumer.finish()
        return failed
