"""The limits of chats that were estimated from refusals, kept over restarts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from tickertape.delivery.limits.limit_estimate import LimitEstimate
from tickertape.gateway.reasons import words_of
from tickertape.gateway.storage.memory import Memory
from tickertape.outbox import Outbox

__all__ = ["LimitMemory"]

_LOG = logging.getLogger(__name__)


class LimitMemory:
    """Stores estimated limits, so that a restart does not run into the same refusals again."""

    def __init__(self, memory: Memory) -> None:
        """Begin without an estimate."""
        self._memory = memory
        self._writing: set[asyncio.Task[None]] = set()

    async def restore(self, outboxes: Mapping[str, Outbox]) -> None:
        """Pass the stored estimates of each channel to its outbox; a failure is logged."""
        try:
            for channel, outbox in outboxes.items():
                outbox.restore_limits(await self._memory.limits(channel))
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            _LOG.error("limits are not remembered", extra={"error": words_of(error)})

    async def restore_of(self, channel: str, chat: str, outbox: Outbox) -> None:
        """Pass what other processes taught of one chat to its outbox; a failure is logged."""
        try:
            learned = (await self._memory.limits(channel, chat)).get(chat)
            if learned is not None:
                outbox.restore_limits({chat: learned})
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            _LOG.error("limits are not remembered", extra={"error": words_of(error)})

    def learn(self, channel: str, chat: str, learned: tuple[LimitEstimate, ...]) -> None:
        """Start storing estimates of a chat at once: a wait may be longer than this run."""
        task = asyncio.create_task(self._write(channel, chat, learned))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def flush(self) -> None:
        """Wait until all estimates are stored, or were logged as lost."""
        await asyncio.gather(*self._writing)

    async def _write(self, channel: str, chat: str, learned: tuple[LimitEstimate, ...]) -> None:
        try:
            await self._memory.learn(channel, chat, learned)
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            fields = {"channel": channel, "chat": chat, "error": words_of(error)}
            _LOG.error("limits are not remembered", extra=fields)
