"""The person at this machine, as a channel of the gateway.

    channel.write(text)   a question or a command was typed
    channel.stop()        end the running answer and drop the questions queued behind it
    channel.leave()       the person has left

Answers do not go through the channel: the code that shows them reports it by `shown`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from itertools import count

from tickertape.chat import Address, ChatKind, Inbound, Message, Person
from tickertape.delivery.actions import Action, Outcome, Reason, Refused
from tickertape.delivery.surface import Surface
from tickertape.delivery.ways import WholeWay
from tickertape.gateway import commands
from tickertape.markup.rulers import CODE_POINTS

__all__ = ["HERE", "YOU", "StdinChannel"]

YOU = Person("1", "you")
"""The person at the keyboard."""

HERE = Address("terminal", YOU.id, ChatKind.PRIVATE)
"""Their one conversation."""

_STOP = "/stop"


class StdinChannel:
    """Typed messages, and whether they were answered. Implements `ports.Channel`."""

    def __init__(self, silence: Callable[[], object] = lambda: None) -> None:
        """Begin with no input; to be called in a loop.

        Args:
            silence: stops the speech; called when the person leaves, or orders a stop.
        """
        self._silence = silence
        self._typed: asyncio.Queue[Inbound | None] = asyncio.Queue()
        self._numbers = count(1)
        self._waiting: set[str] = set()
        self._showing = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_busy(self) -> bool:
        """Whether something is being answered, or waits for it."""
        return not self._idle.is_set()

    def write(self, text: str) -> None:
        """Send a question or a command.

        A stop ends the speech here: it may read an answer that was written long ago, which the
        gateway does not know any more.
        """
        order = commands.parse(text)
        if isinstance(order, commands.StopCommand):
            self._silence()
        match order:
            case commands.StopCommand() if self.is_busy:
                self.stop()  # nothing is said to it but below the answer that it ends
                return
            case commands.NewCommand():
                self._waiting.clear()  # what waits is dropped, and never shown
            case _:
                pass
        self._waiting.add(self._put(text))
        self._idle.clear()

    def stop(self) -> None:
        """End the running answer, and drop the messages that wait."""
        self._waiting.clear()
        self._put(_STOP)

    def leave(self) -> None:
        """Close the input, and stop the running answer. Idempotent."""
        if self.is_busy:
            self.stop()
        self._silence()
        self._typed.put_nowait(None)

    def close(self) -> None:
        """Close the input; questions already asked are still answered."""
        self._typed.put_nowait(None)

    async def idle(self) -> None:
        """Wait until everything is answered."""
        await self._idle.wait()

    @contextmanager
    def shown(self, message_id: str | None) -> Iterator[None]:
        """Mark the answer to a message as being shown while the block runs."""
        if message_id is not None:
            self._waiting.discard(message_id)
        self._showing += 1
        try:
            yield
        finally:
            self._showing -= 1
            if not self._showing and not self._waiting:
                self._idle.set()

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield typed messages until the person leaves. A terminal brings none twice."""
        while (inbound := await self._typed.get()) is not None:
            yield inbound

    def surface(self, address: Address) -> Surface:  # noqa: ARG002 - there is one
        """Return a terminal's surface: text can only be added."""
        return Surface(limit=2**31, ruler=CODE_POINTS, ways=(WholeWay(),))

    async def perform(self, action: Action) -> Outcome:
        """Refuse: answers are shown by the gateway's `showing`, not by this channel."""
        return Refused(Reason.MALFORMED, f"a terminal performs no {type(action).__name__}")

    def _put(self, text: str) -> str:
        number = next(self._numbers)
        id_ = str(number)
        message = Message(HERE, YOU, text, id_, to_us=True, key=id_, order=number)
        self._typed.put_nowait(message)
        return id_
