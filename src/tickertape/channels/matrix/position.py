"""How far an account was read, and what one answer of the homeserver holds: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tickertape.channels.matrix.calls import Json

__all__ = ["Invitation", "Position", "filter_for", "invitations_in", "since_invited"]

_READ = ("m.room.message", "m.sticker", "m.reaction", "m.room.redaction", "m.room.encrypted")
_PAGE = 100
"""Events of a room in one answer: the most that Synapse gives (`filter_timeline_limit`)."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far an account was read. It is kept in the account itself (`KIND`)."""

    since: str
    """Where the last answer ended of which everything was dealt with."""
    done: tuple[str, ...] = ()
    """The events after it that were dealt with."""

    @classmethod
    def of(cls, told: Json) -> Position | None:
        """Return the position that `as_json` wrote; None if it is none."""
        match told:
            case {"since": str() as since, "done": list() as done} if since:
                return cls(since, tuple(map(str, done)))
            case _:
                return None

    @property
    def as_json(self) -> Json:
        """The position as account data."""
        return {"since": self.since, "done": list(self.done)}


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation of the bot to a room."""

    room: str
    """The room."""
    inviter: str
    """Who."""
    is_direct: bool
    """Whether it is meant to be a private chat."""


def filter_for(user: str, *, is_encrypting: bool, limit: int = _PAGE) -> Json:
    """Return what is asked of the homeserver: what others write, and who invites the bot.

    Args:
        user: the bot, whose own events are not told.
        is_encrypting: whether the members of rooms are needed, who are given keys.
        limit: events of a room in one answer, at the most.
    """
    nothing: Json = {"not_types": ["*"]}
    types = ["m.room.encryption", *(["m.room.member"] if is_encrypting else [])]
    return {
        "presence": nothing,
        "account_data": {"types": ["m.direct"]},
        "room": {
            "account_data": nothing,
            "ephemeral": nothing,
            "state": {"types": types},
            "timeline": history_filter(user) | {"limit": limit},
        },
    }


def history_filter(user: str) -> dict[str, object]:
    """Return what of a room's history is read."""
    types = [*_READ, "m.room.member", "m.room.encryption"]
    return {"types": types, "not_senders": [user]}


def invitations_in(batch: Json, user: str) -> Iterator[Invitation]:
    """Yield the invitations of one answer."""
    invited = batch.get("rooms", {}).get("invite", {})
    for room_id, room in invited.items():
        for event in room.get("invite_state", {}).get("events", ()):
            match event:
                case {
                    "type": "m.room.member",
                    "state_key": key,
                    "sender": str() as inviter,
                    "content": Mapping() as content,
                } if key == user and content.get("membership") == "invite":
                    yield Invitation(room_id, inviter, content.get("is_direct") is True)


def since_invited(events: Sequence[Json], user: str) -> Sequence[Json]:
    """Return the events of a room that came after the bot was invited; none if that is not told.

    What was said before is no question to it.
    """
    for at in range(len(events) - 1, -1, -1):
        match events[at]:
            case {"type": "m.room.member", "state_key": key, "content": Mapping() as content} if (
                key == user and content.get("membership") == "invite"
            ):
                return events[at + 1 :]
            case _:
                pass
    return []
