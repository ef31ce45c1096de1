"""The access list: whose messages are answered, purely."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tickertape.chat import Address, Person

__all__ = ["Access", "Strangers", "channel_of"]

# Ids of strangers that are remembered. A choice: some 100 kB, so that a crowd cannot fill the
# memory.
_REMEMBERED = 1_000
# The name of a channel, before an id that is meant there alone.
_QUALIFIED = re.compile(r"[a-z][a-z0-9_-]*:")


@dataclass(frozen=True, slots=True)
class Access:
    """Admits only those whose ids are listed.

    A person is admitted by their own id, wherever they write; the id of a group admits none of its
    members, only who writes in its name (an anonymous administrator). What has no sender (a
    channel's post) is admitted by the id of its chat. A chat that gets another id stays admitted.
    """

    allow: frozenset[str]
    """The ids of persons and, for posts without a sender, of chats. A bare id is meant in every
    channel, `matrix:@ann:example.org` in the channel of that name alone; an id that begins like
    that itself is admitted only behind its channel's name."""
    former: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    """The ids that chats had before, by their channel and the id that they have."""

    def admits(self, address: Address, sender: Person | None) -> bool:
        """Return whether what `sender` wrote at `address` is answered."""
        id_ = address.chat if sender is None else sender.id
        ids = {id_} | self.former.get((address.channel, id_), frozenset())
        return any(self._lists(address.channel, one) for one in ids)

    def moved(self, channel: str, chat: str, to: str) -> Access:
        """Return the access list after the chat `chat` of a channel got the id `to`."""
        had = [self.former.get((channel, one), frozenset()) for one in (chat, to)]
        ids = frozenset({chat}).union(*had)
        return replace(self, former={**self.former, (channel, to): ids})

    def _lists(self, channel: str, id_: str) -> bool:
        is_bare = id_ in self.allow and not _QUALIFIED.match(id_)
        return is_bare or f"{channel}:{id_}" in self.allow


def channel_of(entry: str) -> str:
    """Return the channel to which an entry of the list is limited; empty: it counts in all."""
    found = _QUALIFIED.match(entry)
    return found[0][:-1] if found else ""


class Strangers:
    """Remembers ids that were turned away, so that each is logged once; forgets the oldest."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        """Make an empty memory of at most `remembered` ids."""
        self._remembered = remembered
        self._seen: OrderedDict[str, None] = OrderedDict()

    def is_first(self, id_: str) -> bool:
        """Return whether `id_` was not turned away before; from then on it was."""
        if id_ in self._seen:
            self._seen.move_to_end(id_)
            return False
        self._seen[id_] = None
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return True
