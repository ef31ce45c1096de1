"""Who is in a room, and what sort of place it is: values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tickertape.channels.matrix.calls import Json
from tickertape.chat import Address, ChatKind

__all__ = ["MatrixRoom", "room_of"]

_TWO = 2


@dataclass(frozen=True, slots=True)
class MatrixRoom:
    """What is known of a room."""

    id: str
    """The room."""
    kind: ChatKind
    """Two in a room are in private; so is a room that the bot's account lists as direct."""
    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    """How its members call themselves, by their ids."""

    def name_of(self, user: str) -> str:
        """Return the name of a member; the local part of the id where there is none."""
        return self.names.get(user) or user.removeprefix("@").partition(":")[0]

    def address(self, channel: str, thread: str | None = None) -> Address:
        """Return the address of the room, or of a thread in it."""
        return Address(channel, self.id, self.kind, thread)


def room_of(room_id: str, members: Json, *, is_direct: bool) -> MatrixRoom:
    """Return what a homeserver's list of members tells.

    Args:
        room_id: the room.
        members: the answer to the call that lists them.
        is_direct: whether the account lists the room as direct.
    """
    joined = members.get("joined")
    joined = joined if isinstance(joined, Mapping) else {}
    told = {user: who.get("display_name") for user, who in joined.items()}
    names = {user: name for user, name in told.items() if isinstance(name, str)}
    is_private = is_direct or len(joined) <= _TWO
    return MatrixRoom(room_id, ChatKind.PRIVATE if is_private else ChatKind.GROUP, names)
