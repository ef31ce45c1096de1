"""Settles messages for which nothing more is owed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from tickertape.chat import Message
from tickertape.gateway.journal import Journal
from tickertape.gateway.reasons import words_of

__all__ = ["Settling"]

_LOG = logging.getLogger(__name__)
# Seconds that a database may take: longer than SQLite waits for a lock (5 s, `storage.database`).
_LONGEST = 6.0


class Settling:
    """Settles messages; what could not be settled is tried again with the next."""

    def __init__(self, journal: Journal) -> None:
        """Begin with nothing to settle."""
        self._journal = journal
        self._waiting: list[Message] = []
        self._working: asyncio.Task[None] | None = None

    def settle(self, messages: Iterable[Message]) -> None:
        """Start settling messages, many at once. Never waits."""
        self._waiting += (message for message in messages if message.taken)
        if self._waiting and (self._working is None or self._working.done()):
            self._working = asyncio.create_task(self._settle_all(), name="tickertape settling")

    async def settle_now(self, messages: Iterable[Message]) -> None:
        """Settle messages, or log that they are owed, within 6 s."""
        if settled := [message for message in messages if message.taken]:
            await self._settle(settled)

    async def leave(self, message: Message) -> None:
        """Record that a turn is left to another process, or log that it counts as cut off."""
        try:
            async with asyncio.timeout(_LONGEST):
                await self._journal.leave(message)
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            told = "a turn that is left counts as cut off"
            _LOG.warning(told, extra={"error": words_of(error)})

    @property
    def waiting(self) -> set[tuple[str, str]]:
        """The chats of which messages are to be settled, by channel and id; it is begun again."""
        self.settle(())
        return {(one.address.channel, one.address.chat) for one in self._waiting}

    async def flush(self) -> None:
        """Wait until all is settled, or was logged as owed: for 6 s at most."""
        if self._working is not None:
            await asyncio.wait({self._working}, timeout=_LONGEST)

    async def _settle_all(self) -> None:
        while waiting := self._waiting:
            self._waiting = []
            if not await self._settle(waiting):
                return

    async def _settle(self, messages: list[Message]) -> bool:
        try:
            async with asyncio.timeout(_LONGEST):
                await self._journal.settle(messages)
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            self._waiting += messages
            told = "messages are not settled: after a restart they may be answered again"
            _LOG.error(told, extra={"count": len(messages), "error": words_of(error)})
            return False
        return True
