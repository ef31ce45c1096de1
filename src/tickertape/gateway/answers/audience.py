"""Those who hear answers beside the screen: they never hold one up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TypeAlias

from tickertape.chat import Address, Message
from tickertape.gateway.reasons import crash_of, where
from tickertape.ports import Listener

__all__ = ["Audience", "Hearing"]

_LOG = logging.getLogger(__name__)

Hearing: TypeAlias = Callable[[Message], Sequence[Listener]]
"""Makes those who hear the answer to a message."""


class Audience:
    """Lets the listeners of answers run beside the lines."""

    def __init__(self, hearing: Hearing | None, tasks: asyncio.TaskGroup) -> None:
        """Begin with nobody.

        Args:
            hearing: makes an answer's listeners; None: there are none.
            tasks: where they run.
        """
        self._hearing = hearing
        self._tasks = tasks
        self._listeners: set[Listener] = set()

    def gather(self, message: Message) -> Sequence[Listener]:
        """Return those who hear the answer to a message; they run from here on."""
        listeners = self._hearing(message) if self._hearing is not None else ()
        for listener in listeners:
            self._listeners.add(listener)
            self._tasks.create_task(self._hear(listener, message.address))
        return listeners

    def stop(self) -> None:
        """Silence them all."""
        for listener in self._listeners:
            listener.stop()

    async def _hear(self, listener: Listener, address: Address) -> None:
        """Let one who hears an answer do so; a failure of theirs ends nothing else."""
        try:
            await listener.run()
        except Exception as error:  # noqa: BLE001 - whatever an engine raises
            _LOG.error("a turn failed", extra={**where(address), **crash_of(error)})
        finally:
            self._listeners.discard(listener)
