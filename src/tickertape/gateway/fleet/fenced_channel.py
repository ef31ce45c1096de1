"""A channel that is read by one process of a fleet, and written to only by who owns the chat."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from tickertape.chat import Address, Inbound
from tickertape.delivery.actions import Action, Outcome, Throttled
from tickertape.delivery.surface import Surface
from tickertape.gateway.fleet.lease import SURE_FOR, Lease
from tickertape.ports import Channel, DecliningSource

__all__ = ["FencedChannel"]


class FencedChannel:
    """Passes everything on while its process may act. A `ports.Channel`."""

    def __init__(
        self, channel: Channel, lease: Lease, may_read: Callable[[], Awaitable[None]]
    ) -> None:
        """Begin to pass on.

        Args:
            channel: what is fenced; it stays the caller's to close.
            lease: tells whether the process may act.
            may_read: returns when this process reads the channel.
        """
        self._channel = channel
        self._lease = lease
        self._may_read = may_read

    @classmethod
    def of(
        cls, channel: Channel, lease: Lease, may_read: Callable[[], Awaitable[None]]
    ) -> FencedChannel:
        """Return a channel, fenced; it can do what the channel itself can."""
        kind = _FencedDeclining if isinstance(channel, DecliningSource) else cls
        return kind(channel, lease, may_read)

    def surface(self, address: Address) -> Surface:
        """Return what can be shown at `address`."""
        return self._channel.surface(address)

    async def perform(self, action: Action) -> Outcome:
        """Perform one action, and return its outcome; it is not made when others own the chat."""
        if not self._lease.holds and not await self._lease.held():
            return Throttled(SURE_FOR, by_flood_control=False)
        return await self._channel.perform(action)

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield what people send, as soon as this process is the one that reads it."""
        await self._may_read()
        async with aclosing(self._channel.messages()) as incoming:
            async for inbound in incoming:
                yield inbound


class _FencedDeclining(FencedChannel):
    """The same for a channel whose platform brings again what is declined."""

    def decline(self, inbound: Inbound) -> bool:
        """Decline a message; see `DecliningSource`."""
        return isinstance(self._channel, DecliningSource) and self._channel.decline(inbound)
