"""What comes in from a channel; what was sent as one is put together before it is given on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from tickertape.chat import Inbound, Message
from tickertape.errors import TransportError
from tickertape.gateway.albums import Albums
from tickertape.ports import Source

__all__ = ["Intake"]


class Intake:
    """Reads a source to its end, and gives on what is complete, in its order."""

    def __init__(self, name: str, source: Source, take: Callable[[Inbound], None]) -> None:
        """Prepare to read; nothing is read before `read`.

        Args:
            name: what the channel is called in addresses.
            source: where it comes from.
            take: gets what is complete.
        """
        self._name = name
        self._source = source
        self._take = take
        self._albums = Albums()
        self._settling: asyncio.TimerHandle | None = None

    async def read(self) -> None:
        """Read until nothing can come in any more.

        Raises:
            TransportError: when the channel cannot go on, or gives its addresses another name.
        """
        async with aclosing(self._source.messages()) as incoming:
            async for inbound in incoming:
                self._check(inbound)
                for complete in self._albums.take(inbound, asyncio.get_running_loop().time()):
                    self._take(complete)
                self._settle()
        for message in self._albums.rest():
            self._take(message)

    def rest(self) -> tuple[Message, ...]:
        """Return what waits for a piece of more, and wait for it no longer."""
        return self._albums.rest()

    def _check(self, inbound: Inbound) -> None:
        """Raise where an answer would go to another channel."""
        if inbound.address.channel != self._name:
            raise TransportError(
                f"The channel {self._name!r} calls itself {inbound.address.channel!r} in its "
                "addresses: it must use the name that it was opened with."
            )

    def _settle(self) -> None:
        """Pass on what is complete by now, and come back for what is not."""
        loop = asyncio.get_running_loop()
        for message in self._albums.ready(loop.time()):
            self._take(message)
        if self._settling is not None:
            self._settling.cancel()
        due = self._albums.due
        self._settling = loop.call_at(due, self._settle) if due is not None else None
