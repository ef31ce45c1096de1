"""Who is answered, purely."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from tickertape.chat import Address, Person

__all__ = ["Access", "Strangers"]

# How many strangers are remembered, so that a crowd cannot fill the memory.
_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class Access:
    """Admits those whose numbers are listed, and nobody else.

    A person is admitted by their own number, wherever they write; the number of a group admits
    none of its members, only who writes in its name (an anonymous administrator). What has no
    sender (a channel's post) is admitted by the number of its chat.
    """

    allow: frozenset[int]
    """The numbers of persons and, for posts without a sender, of chats."""

    def admits(self, address: Address, sender: Person | None) -> bool:
        """Say whether what `sender` wrote at `address` is answered."""
        return (address.chat_id if sender is None else sender.id) in self.allow


class Strangers:
    """Remembers who was turned away, so that each is logged once; forgets the oldest first."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        """Make an empty memory of at most `remembered` numbers."""
        self._remembered = remembered
        self._seen: OrderedDict[int, None] = OrderedDict()

    def is_first(self, number: int) -> bool:
        """Say whether `number` was not turned away before, and remember it."""
        if number in self._seen:
            self._seen.move_to_end(number)
            return False
        self._seen[number] = None
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return True
