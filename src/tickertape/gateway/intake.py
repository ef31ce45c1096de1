"""Reads one channel; messages that were sent as one are joined before they are passed on."""

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
    """Reads a source to its end, and passes on complete messages, in their order."""

    def __init__(self, name: str, source: Source, take: Callable[[Inbound], None]) -> None:
        """Prepare to read; nothing is read before `read`.

        Args:
            name: the channel's name in addresses.
            source: yields what comes in.
            take: called with each complete message, and with every other event.
        """
        self._name = name
        self._source = source
        self._take = take
        self._albums = Albums()
        self._timer: asyncio.TimerHandle | None = None

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
                self._pass_on()
        for message in self._albums.rest():
            self._take(message)

    def rest(self) -> tuple[Message, ...]:
        """Remove and return the messages that wait for another piece."""
        return self._albums.rest()

    def _check(self, inbound: Inbound) -> None:
        """Raise `TransportError` if an answer would go to another channel."""
        if inbound.address.channel != self._name:
            raise TransportError(
                f"The channel {self._name!r} calls itself {inbound.address.channel!r} in its "
                "addresses: it must use the name that it was opened with."
            )

    def _pass_on(self) -> None:
        """Pass on the messages that are complete, and come back when the next one is."""
        loop = asyncio.get_running_loop()
        for message in self._albums.ready(loop.time()):
            self._take(message)
        if self._timer is not None:
            self._timer.cancel()
        due = self._albums.due
        self._timer = loop.call_at(due, self._pass_on) if due is not None else None
