"""The parts of the running gateway that those who let people in work with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tickertape.chat import Address, Message
from tickertape.delivery.actions import Acknowledge, ClearButtons, Outcome, Post
from tickertape.gateway.access import Access, Admitted
from tickertape.gateway.announcer import Announcer
from tickertape.gateway.decisions import Say
from tickertape.gateway.presses import Presses
from tickertape.gateway.router import Router
from tickertape.gateway.settling import Settling
from tickertape.outbox import Outbox
from tickertape.ports import Transport

__all__ = ["Neighbours"]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Implements `Surroundings`, which describes its methods."""

    router: Router
    """Has the access list."""
    transports: Mapping[str, Transport]
    """Tell what can be shown, by the names of their channels."""
    outboxes: Mapping[str, Outbox]
    """Make the calls, by the same names."""
    announcer: Announcer
    """Shows the bot's own messages."""
    presses: Presses
    """Confirms presses, and removes buttons."""
    settling: Settling
    """Settles messages that are dropped."""
    take: Callable[[Message], None]
    """Takes a message."""

    def access(self) -> Access:
        """Return the access list; see `Surroundings`."""
        return self.router.access

    def admit(self, entries: Iterable[Admitted]) -> None:
        """Admit exactly these; what waits of others is dropped."""
        self.settling.settle(drop.work.message for drop in self.router.admit(entries))

    def receive(self, message: Message) -> None:
        """Take a message; see `Surroundings`."""
        self.take(message)

    async def say(self, message: Message, text: str) -> None:
        """Show some words; see `Surroundings`."""
        await self.announcer.try_to_say(Say(message, text))

    async def post(self, post: Post) -> Outcome:
        """Post a message; see `Surroundings`."""
        return await self.outboxes[post.address.channel].post(post)

    def has_channel(self, name: str) -> bool:
        """Return whether there is a channel; see `Surroundings`."""
        return name in self.outboxes

    def has_buttons(self, at: Address) -> bool:
        """Return whether there are buttons; see `Surroundings`."""
        return self.transports[at.channel].surface(at).buttons

    def acknowledge(self, press: Acknowledge) -> None:
        """Start confirming a press; see `Surroundings`."""
        self.presses.acknowledge(press)

    def clear(self, clear: ClearButtons) -> None:
        """Start removing buttons; see `Surroundings`."""
        self.presses.clear(clear)
