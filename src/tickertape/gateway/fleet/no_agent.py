"""The agent of a process that reads channels and does not answer.

It is asked only where a message was recorded nowhere, however often that was tried: its sender is
told that something is wrong.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed
from tickertape.ports import Turn

__all__ = ["NoAgent"]


class NoAgent:
    """Fails. Implements `Agent`."""

    async def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Yield that the turn has failed."""
        del turn
        yield Failed(ProviderError(FailureKind.INTERNAL, "the message could not be recorded"))
