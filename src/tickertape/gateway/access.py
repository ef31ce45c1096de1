"""Who is answered, purely."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tickertape.chat import Address, Person

__all__ = ["Access", "Strangers"]

# How many strangers are remembered, so that a crowd cannot fill the memory.
_REMEMBERED = 1_000
# The name of a channel, before an id that is meant there alone.
_QUALIFIED = re.compile(r"[a-z][a-z0-9_-]*:")


@dataclass(frozen=True, slots=True)
class Access:
    """Admits those whose ids are listed, and nobody else.

    A person is admitted by their own id, wherever they write; the id of a group admits none of its
    members, only who writes in its name (an anonymous administrator). What has no sender (a
    channel's post) is admitted by the id of its chat. A chat that gets another id stays admitted.
    """

    allow: frozenset[str]
    """The ids of persons and, for posts without a sender, of chats. A bare id is meant in every
    channel, `matrix:@ann:example.org` in the channel of that name alone; an id that begins like
    that itself is admitted only behind its channel's name."""
    former: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The ids that chats had before, by those that they have."""

    def admits(self, address: Address, sender: Person | None) -> bool:
        """Return whether what `sender` wrote at `address` is answered."""
        id_ = address.chat if sender is None else sender.id
        ids = {id_} | self.former.get(id_, frozenset())
        return any(self._lists(address.channel, one) for one in ids)

    def moved(self, chat: str, to: str) -> Access:
        """Return who is admitted from there on, where the chat `chat` has got the id `to`."""
        ids = self.former.get(chat, frozenset()) | self.former.get(to, frozenset()) | {chat}
        return replace(self, former={**self.former, to: ids})

    def _lists(self, channel: str, id_: str) -> bool:
        is_bare = id_ in self.allow and not _QUALIFIED.match(id_)
        return is_bare or f"{channel}:{id_}" in self.allow


class Strangers:
    """Remembers who was turned away, so that each is logged once; forgets the oldest first."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        """Make an empty memory of at most `remembered` ids."""
        self._remembered = remembered
        self._seen: OrderedDict[str, None] = OrderedDict()

    def is_first(self, id_: str) -> bool:
        """Return whether `id_` was not turned away before, and remember it."""
        if id_ in self._seen:
            self._seen.move_to_end(id_)
            return False
        self._seen[id_] = None
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return True
