"""Reads all channels of a gateway at once.

A channel that cannot go on ends alone: the others are read on. Reading ends with the last one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from tickertape.chat import Inbound, Message
from tickertape.errors import TickertapeError, TransportError
from tickertape.gateway.intake import Intake
from tickertape.gateway.reasons import crash_of
from tickertape.ports import Channel

__all__ = ["Reading"]

_LOG = logging.getLogger(__name__)


class Reading:
    """Reads every channel to its end."""

    def __init__(self, channels: Mapping[str, Channel], take: Callable[[Inbound], None]) -> None:
        """Prepare to read; nothing is read before `run`.

        Args:
            channels: the sources, by the names of the channels.
            take: called with each complete message, and with every other event.
        """
        self._intakes = {name: Intake(name, channel, take) for name, channel in channels.items()}

    async def run(self) -> None:
        """Read until every channel has ended.

        Raises:
            TransportError: when a channel could not go on, and none is left; of a gateway with one
                channel, the error of that channel.
        """
        if len(self._intakes) == 1:
            [only] = self._intakes.values()
            await only.read()
            return
        ends = await asyncio.gather(*map(self._read, self._intakes))
        failed = [f"{name}: {why}" for name, why in zip(self._intakes, ends, strict=True) if why]
        if failed:
            raise TransportError(f"No channel is left. {'; '.join(failed)}")

    def rest(self) -> tuple[Message, ...]:
        """Remove and return the messages that wait for another piece."""
        return tuple(message for intake in self._intakes.values() for message in intake.rest())

    async def _read(self, name: str) -> str:
        """Read one of several channels to its end; return its error, or an empty text.

        The error is logged here, once: the other channels go on.
        """
        try:
            await self._intakes[name].read()
        except Exception as error:  # noqa: BLE001 - whatever a channel raises ends that one alone
            told = "a channel has ended: fix the error and restart to use it again"
            crash = crash_of(error)
            if isinstance(error, TickertapeError):
                del crash["frames"]
            _LOG.error(told, extra={"channel": name, **crash})
            return str(crash["error"])
        _LOG.info("a channel has ended", extra={"channel": name})
        return ""
