"""What those who let people in need of the gateway."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from tickertape.chat import Address, Message
from tickertape.delivery.actions import Acknowledge, ClearButtons, Outcome, Post
from tickertape.gateway.access import Access, Admitted

__all__ = ["Surroundings"]


class Surroundings(Protocol):
    """The gateway, as those who let people in see it."""

    def access(self) -> Access:
        """Return the access list as it is."""
        ...

    def admit(self, entries: Iterable[Admitted]) -> None:
        """Let exactly these be admitted besides the lists of the configuration."""
        ...

    def receive(self, message: Message) -> None:
        """Take a message of a person who is let in by now."""
        ...

    async def say(self, message: Message, text: str) -> None:
        """Show some words in reply to a message; a failure is logged."""
        ...

    async def post(self, post: Post) -> Outcome:
        """Post a message that belongs to no answer."""
        ...

    def has_channel(self, name: str) -> bool:
        """Return whether the gateway reads and writes a channel."""
        ...

    def has_buttons(self, at: Address) -> bool:
        """Return whether messages there can carry buttons."""
        ...

    def acknowledge(self, press: Acknowledge) -> None:
        """Start confirming a press."""
        ...

    def clear(self, clear: ClearButtons) -> None:
        """Start removing the buttons of a message."""
        ...
