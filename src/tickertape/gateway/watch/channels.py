"""A channel whose actions are noted, and of which is known when it was heard last."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from tickertape.chat import Address, Inbound
from tickertape.delivery.actions import Action, Outcome
from tickertape.delivery.surface import Surface
from tickertape.ports import Channel, DecliningSource
from tickertape.watching.facts import ActionPerformed, Fact

__all__ = ["WatchedChannel"]


class WatchedChannel:
    """Passes everything on. A `ports.Channel`."""

    def __init__(self, name: str, channel: Channel, note: Callable[[Fact], None]) -> None:
        """Begin with nothing noted.

        Args:
            name: the channel's name.
            channel: what is watched; it stays the caller's to close. Where it has an attribute
                `heard_at`, that is when its platform answered last, in seconds since 1970.
            note: told of each action.
        """
        self.name = name
        """The channel's name."""
        self._channel = channel
        self._note = note
        self._is_read = False
        self._inbound_at: float | None = None

    def surface(self, address: Address) -> Surface:
        """Return what can be shown at `address`."""
        return self._channel.surface(address)

    async def perform(self, action: Action) -> Outcome:
        """Perform one action, note it, and return its outcome."""
        clock = asyncio.get_running_loop().time
        launched_at = clock()
        outcome = await self._channel.perform(action)
        self._note(ActionPerformed(action, outcome, launched_at, clock()))
        return outcome

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield what people send, as the channel does."""
        self._is_read = True
        try:
            async with aclosing(self._channel.messages()) as incoming:
                async for inbound in incoming:
                    self._inbound_at = time.time()
                    yield inbound
        finally:
            self._is_read = False

    @classmethod
    def of(cls, name: str, channel: Channel, note: Callable[[Fact], None]) -> WatchedChannel:
        """Return a channel, watched; it can do what the channel itself can."""
        kind = _WatchedDeclining if isinstance(channel, DecliningSource) else cls
        return kind(name, channel, note)

    @property
    def is_listening(self) -> bool:
        """Whether it is read and, where it tells, was heard at least once."""
        is_heard = not hasattr(self._channel, "heard_at") or self._platform_at is not None
        return self._is_read and is_heard

    @property
    def last_heard(self) -> float | None:
        """When its platform was heard last, in seconds since 1970; None: never."""
        known = [at for at in (self._inbound_at, self._platform_at) if at is not None]
        return max(known, default=None)

    @property
    def _platform_at(self) -> float | None:
        return getattr(self._channel, "heard_at", None)


class _WatchedDeclining(WatchedChannel):
    """The same for a channel whose platform brings again what is declined."""

    def decline(self, inbound: Inbound) -> bool:
        """Decline a message; see `DecliningSource`."""
        return isinstance(self._channel, DecliningSource) and self._channel.decline(inbound)
