"""Who is let in: whose messages are answered, and who decides about others, purely."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tickertape.chat import Address, ChatKind, Person

__all__ = ["Access", "AccessRole", "Admitted", "Kind", "Strangers", "channel_of", "shown_id"]

# Ids of strangers that are remembered. A choice: some 100 kB, so that a crowd cannot fill the
# memory.
_REMEMBERED = 1_000
# The name of a channel, before an id that is meant there alone.
_QUALIFIED = re.compile(r"[a-z][a-z0-9_-]*:")


class AccessRole(StrEnum):
    """What a person who is let in may do."""

    USER = "user"
    """Talk with the agent, and use the commands of everyone."""
    ADMIN = "admin"
    """The same, and decide who else is let in."""


class Kind(StrEnum):
    """What is let in."""

    PERSON = "person"
    """A person, wherever they write."""
    GROUP = "group"
    """A group or channel: everyone who writes there, there alone."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A person or group that was let in while the gateway ran, or by a command."""

    channel: str
    """The name of the channel."""
    id: str
    """The person or the group there."""
    kind: Kind = Kind.PERSON
    """Which of both."""
    role: AccessRole = AccessRole.USER
    """What they may do; of a group, what everyone in it may do: it is never `ADMIN`."""
    by: str = ""
    """Who let them in: an admin, as `channel:id`, or the command line."""
    at: float = 0.0
    """When, in seconds since 1970."""
    name: str = ""
    """How the platform showed them then; never logged."""
    welcome: str = ""
    """The private chat in which they are still to be told; empty: there is nothing to tell."""


@dataclass(frozen=True, slots=True)
class Access:
    """Admits only those whose ids are listed.

    A person is admitted by their own id, wherever they write; the id of a group in `allow` admits
    none of its members, only who writes in its name (an anonymous administrator). A group that is
    admitted as such admits everyone who writes there. What has no sender (a channel's post) is
    admitted by the id of its chat. A chat that gets another id stays admitted.
    """

    allow: frozenset[str]
    """The ids of persons and, for posts without a sender, of chats. A bare id is meant in every
    channel, `matrix:@ann:example.org` in the channel of that name alone; an id that begins like
    that itself is admitted only behind its channel's name."""
    former: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    """The ids that chats had before, by their channel and the id that they have."""
    admins: frozenset[str] = frozenset()
    """The ids of persons who are admitted, and decide about others; written as in `allow`."""
    groups: frozenset[str] = frozenset()
    """The ids of groups and channels that are admitted as such; written as in `allow`."""
    admitted: Mapping[tuple[Kind, str, str], AccessRole] = field(default_factory=dict)
    """Those who are admitted besides: their roles, by kind, channel and id."""
    pairing: bool = False
    """Whether a stranger who writes in private can ask to be let in."""

    def admits(self, address: Address, sender: Person | None) -> bool:
        """Return whether what `sender` wrote at `address` is answered."""
        id_ = address.chat if sender is None else sender.id
        ids = self._ids(address.channel, id_)
        if any(
            self._lists(entries, address.channel, one)
            for entries in (self.allow, self.admins)
            for one in ids
        ):
            return True
        if sender is not None and self._role(address.channel, ids) is not None:
            return True
        return address.kind is not ChatKind.PRIVATE and self.admits_group(address)

    def is_admin(self, channel: str, person: Person | None) -> bool:
        """Return whether a person decides in a channel who else is let in."""
        if person is None:
            return False
        ids = self._ids(channel, person.id)
        is_listed = any(self._lists(self.admins, channel, one) for one in ids)
        return is_listed or self._role(channel, ids) is AccessRole.ADMIN

    def of(self, allow: frozenset[str]) -> Access:
        """Return the access list that admits those alone whom `allow` lists."""
        return Access(allow, self.former)

    def seen_by(self, admin: Person | None) -> Access:
        """Return the lists as far as they are about channels in which a person is an admin."""

        def seen(entries: frozenset[str]) -> frozenset[str]:
            named = {entry: channel_of(entry) for entry in entries}
            return frozenset(e for e, at in named.items() if not at or self.is_admin(at, admin))

        return replace(
            self, allow=seen(self.allow), admins=seen(self.admins), groups=seen(self.groups)
        )

    def with_admitted(self, entries: Iterable[Admitted]) -> Access:
        """Return the access list in which exactly `entries` are admitted besides the lists."""
        admitted = {(one.kind, one.channel, one.id): one.role for one in entries}
        return replace(self, admitted=admitted)

    def moved(self, channel: str, chat: str, to: str) -> Access:
        """Return the access list after the chat `chat` of a channel got the id `to`."""
        had = [self.former.get((channel, one), frozenset()) for one in (chat, to)]
        ids = frozenset({chat}).union(*had)
        return replace(self, former={**self.former, (channel, to): ids})

    def admits_group(self, address: Address) -> bool:
        """Return whether a group or channel is admitted as such."""
        ids = self._ids(address.channel, address.chat)
        return any(
            self._lists(self.groups, address.channel, one)
            or (Kind.GROUP, address.channel, one) in self.admitted
            for one in ids
        )

    def _ids(self, channel: str, id_: str) -> frozenset[str]:
        """Return an id, with those that it had before."""
        return self.former.get((channel, id_), frozenset()) | {id_}

    def _role(self, channel: str, ids: Iterable[str]) -> AccessRole | None:
        roles = [self.admitted.get((Kind.PERSON, channel, one)) for one in ids]
        return AccessRole.ADMIN if AccessRole.ADMIN in roles else next(filter(None, roles), None)

    def _lists(self, entries: frozenset[str], channel: str, id_: str) -> bool:
        is_bare = id_ in entries and not _QUALIFIED.match(id_)
        return is_bare or f"{channel}:{id_}" in entries


def channel_of(entry: str) -> str:
    """Return the channel to which an entry of the list is limited; empty: it counts in all."""
    found = _QUALIFIED.match(entry)
    return found[0][:-1] if found else ""


def shown_id(channel: str, id_: str) -> str:
    """Return an id as people write it, with its channel."""
    return f"{channel}:{id_}"


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
