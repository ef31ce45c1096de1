"""A chat that a process owns, purely: how far its mail was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tickertape.gateway.mail import Mail

__all__ = ["ChatName", "OwnedChat"]

ChatName: TypeAlias = tuple[str, str]
"""A chat: the name of its channel, and its id there."""


@dataclass(slots=True)
class OwnedChat:
    """How far a process has read the mail of a chat that it owns. One reader at a time."""

    mail: int
    """How much mail was taken for it, when it was read last."""
    newest: int = 0
    """The number of the newest that was read."""
    is_reading: bool = False
    """Whether it is being read."""
    has_more: bool = False
    """Whether it was told of since the latest reading began."""

    def begin(self) -> bool:
        """Record that there is more; return whether to begin to read: else its reader goes on."""
        self.has_more = True
        if self.is_reading:
            return False
        self.is_reading = True
        return True

    def again(self) -> bool:
        """Return whether its reader is to read, which is taken as begun; else it has ended."""
        self.is_reading, self.has_more = self.has_more, False
        return self.is_reading

    def end(self) -> None:
        """Record that its reader has failed: the next who is told of it reads."""
        self.is_reading = False

    def read(self, mail: Mail) -> None:
        """Record what was read: mail that was taken after the newest."""
        self.mail = mail.count
        self.newest = max([self.newest, *(letter.number for letter in mail.letters)])
