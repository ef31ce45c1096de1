"""All channels of a gateway, read beside each other.

A channel that cannot go on ends alone: the others are read on. Only when the last has ended, the
reading ends.
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
            channels: where it comes from, by the names of the channels.
            take: gets what is complete.
        """
        self._intakes = {name: Intake(name, channel, take) for name, channel in channels.items()}

    async def run(self) -> None:
        """Read until nothing can come in any more, from any channel.

        Raises:
            TransportError: when a channel could not go on, and none is left. Of the only channel it
                is what that one raised.
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
        """Return what waits for a piece of more, and wait for it no longer."""
        return tuple(message for intake in self._intakes.values() for message in intake.rest())

    async def _read(self, name: str) -> str:
        """Read one of several channels to its end; return why it could not go on, if it could not.

        What is raised is logged here, once: the other channels go on.
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
