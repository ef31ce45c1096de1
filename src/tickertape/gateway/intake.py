"""Reads all channels of a gateway at once.

A message is in the journal before its channel is read on: only then does the platform hear that we
have it. What an earlier process left unsettled comes first. Messages that were sent as one are
joined before they are passed on. A channel that cannot go on ends alone: the others are read on.
Reading ends with the last one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TypeGuard

from tickertape.chat import Inbound, Message
from tickertape.errors import TransportError
from tickertape.gateway.albums import Albums
from tickertape.gateway.journal import Unsettled
from tickertape.gateway.reasons import failure_of, words_of
from tickertape.gateway.recording import Recording, RecordingFor
from tickertape.ports import Channel, DecliningSource, Source

__all__ = ["Intake"]

_LOG = logging.getLogger(__name__)
# Seconds that a database may take to record a message: SQLite waits 5 s for a lock.
_LONGEST = 10.0
# Seconds after each failure of the journal: a choice. SQLite waits 5 s for a lock by itself.
_PAUSES = (0.5, 2.0, 0.0)


class Intake:
    """Reads every channel to its end."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        recording: RecordingFor,
        take: Callable[[Inbound], None],
        drop: Callable[[Iterable[Message]], None],
    ) -> None:
        """Prepare to read; nothing is read before `run`.

        Args:
            channels: the sources, by the names of the channels.
            recording: makes what records the messages of a channel, by its name.
            take: called with each complete message, and with every other event.
            drop: called with messages that need no answer, as pieces of an album.
        """
        self._readers = {
            name: _Reader(name, channel, recording(name), take, drop)
            for name, channel in channels.items()
        }

    def take_again(self, owed: Iterable[Unsettled]) -> None:
        """Pass on what an earlier process left unsettled; what was sent as one is joined again.

        A message whose turn was begun is passed on as it was asked.
        """
        for one in owed:
            self._readers[one.message.address.channel].take_again(one)
        for reader in self._readers.values():
            reader.pass_on()

    def feed(self, inbound: Inbound) -> None:
        """Pass on what another process, or another part of this one, has read and recorded."""
        reader = self._readers[inbound.address.channel]
        reader.take(_stamped(inbound, asyncio.get_running_loop().time()))
        reader.pass_on()

    def holds(self, channel: str, chat: str) -> bool:
        """Return whether messages of a chat wait for another piece."""
        return self._readers[channel].holds(chat)

    async def run(self) -> None:
        """Read until every channel has ended.

        Raises:
            TransportError: when a channel could not go on, and none is left; of a gateway with one
                channel, the error of that channel.
        """
        if len(self._readers) == 1:
            [only] = self._readers.values()
            await only.read()
            return
        ends = await asyncio.gather(*map(self._read, self._readers))
        failed = [f"{name}: {why}" for name, why in zip(self._readers, ends, strict=True) if why]
        if failed:
            raise TransportError(f"No channel is left. {'; '.join(failed)}")

    def rest(self) -> tuple[Message, ...]:
        """Remove and return the messages that wait for another piece."""
        return tuple(message for reader in self._readers.values() for message in reader.rest())

    async def _read(self, name: str) -> str:
        """Read one of several channels to its end; return its error, or an empty text.

        The error is logged here, once: the other channels go on.
        """
        try:
            await self._readers[name].read()
        except Exception as error:  # noqa: BLE001 - whatever a channel raises ends that one alone
            told = "a channel has ended: fix the error and restart to use it again"
            failure = failure_of(error)
            _LOG.error(told, extra={"channel": name, **failure})
            return str(failure["error"])
        _LOG.info("a channel has ended", extra={"channel": name})
        return ""


class _Reader:
    """Reads a source to its end, and passes on complete messages, in their order."""

    def __init__(
        self,
        name: str,
        source: Source,
        recording: Recording,
        take: Callable[[Inbound], None],
        drop: Callable[[Iterable[Message]], None],
    ) -> None:
        """Prepare to read; nothing is read before `read`.

        Args:
            name: the channel's name in addresses.
            source: yields what comes in.
            recording: keeps each message until it is settled.
            take: called with each complete message, and with every other event.
            drop: called with messages that need no answer.
        """
        self._name = name
        self._source = source
        self._recording = recording
        self._take = take
        self._drop = drop
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
                if (kept := await self._kept(inbound)) is not None:
                    self.take(_stamped(kept, asyncio.get_running_loop().time()))
                    self.pass_on()
        self.take_rest()

    def take_again(self, owed: Unsettled) -> None:
        """Take a message that an earlier process left unsettled."""
        self._recording.saw(owed.message)
        if owed.turn is not None:
            self._take(owed.message)
        else:
            self.take(owed.message)

    def take(self, inbound: Inbound) -> None:
        """Pass on what is complete with `inbound`."""
        for complete in self._albums.take(inbound, asyncio.get_running_loop().time()):
            self._take(complete)
        self._drop(self._albums.dropped())

    def take_rest(self) -> None:
        """Pass on the messages that wait for another piece."""
        for message in self._albums.rest():
            self._take(message)
        self._drop(self._albums.dropped())

    async def _kept(self, inbound: Inbound) -> Inbound | None:
        """Return what came in, to be passed on once it is recorded; None: not here, or not again.

        What cannot be recorded is tried again. In the end it is declined, where the platform then
        brings it again; else it is passed on as it is, so that its sender is told that something is
        wrong.
        """
        if not self._recording.records(inbound):
            return inbound
        for at, pause in enumerate(_PAUSES):
            try:
                async with asyncio.timeout(_LONGEST):
                    return await self._recording.record(inbound, is_again=at > 0)
            except Exception as error:  # noqa: BLE001 - whatever a database raises
                fields = {"channel": self._name, "error": words_of(error)}
                _LOG.error("a message is not recorded", extra=fields)
                await asyncio.sleep(pause)
        if self._declines(inbound):
            self._recording.declined(inbound)
            return None
        return inbound

    def _declines(self, inbound: Inbound) -> TypeGuard[Message]:
        """Return whether this is a message that the platform brings again."""
        return (
            isinstance(inbound, Message)
            and isinstance(self._source, DecliningSource)
            and self._source.decline(inbound)
        )

    def rest(self) -> tuple[Message, ...]:
        """Remove and return the messages that wait for another piece."""
        return self._albums.rest()

    def holds(self, chat: str) -> bool:
        """Return whether messages of a chat wait for another piece."""
        return self._albums.holds(chat)

    def _check(self, inbound: Inbound) -> None:
        """Raise `TransportError` if an answer would go to another channel."""
        if inbound.address.channel != self._name:
            raise TransportError(
                f"The channel {self._name!r} calls itself {inbound.address.channel!r} in its "
                "addresses: it must use the name that it was opened with."
            )

    def pass_on(self) -> None:
        """Pass on the messages that are complete, and come back when the next one is."""
        loop = asyncio.get_running_loop()
        for message in self._albums.ready(loop.time()):
            self._take(message)
        self._drop(self._albums.dropped())
        if self._timer is not None:
            self._timer.cancel()
        due = self._albums.due
        self._timer = loop.call_at(due, self.pass_on) if due is not None else None


def _stamped(inbound: Inbound, now: float) -> Inbound:
    """Return what came in with the moment at which it did, where that matters."""
    return replace(inbound, came_at=now) if isinstance(inbound, Message) else inbound
