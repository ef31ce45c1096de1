"""Listeners of answers, a speaker for example: each in a task of its own, so none holds one up."""

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
"""Makes the listeners of the answer to a message."""


class Audience:
    """Runs the listeners of answers."""

    def __init__(self, hearing: Hearing | None, tasks: asyncio.TaskGroup) -> None:
        """Begin without a listener.

        Args:
            hearing: makes an answer's listeners; None: there are none.
            tasks: runs them.
        """
        self._hearing = hearing
        self._tasks = tasks
        self._listeners: set[Listener] = set()

    def gather(self, message: Message) -> Sequence[Listener]:
        """Start the listeners of the answer to a message, and return them."""
        listeners = self._hearing(message) if self._hearing is not None else ()
        for listener in listeners:
            self._listeners.add(listener)
            self._tasks.create_task(self._hear(listener, message.address))
        return listeners

    def stop(self) -> None:
        """Stop all listeners."""
        for listener in self._listeners:
            listener.stop()

    async def _hear(self, listener: Listener, address: Address) -> None:
        """Run a listener; its failure is logged, and ends nothing else."""
        try:
            await listener.run()
        except Exception as error:  # noqa: BLE001 - whatever an engine raises
            _LOG.error("a listener failed", extra={**where(address), **crash_of(error)})
        finally:
            self._listeners.discard(listener)
