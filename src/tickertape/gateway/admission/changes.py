"""What happened between two looks at the database, purely.

Another process may have let a person in, or removed one: `tickertape access` does. What this one
does itself is seen in the same way, so that all of it is logged and acted on in one place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from tickertape.gateway.access import Admitted, Kind
from tickertape.gateway.admission.requests import Request, request_of

__all__ = ["Change", "LetIn", "Removed", "RequestEnd", "RequestEnded", "Snapshot", "changes"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the database says at a moment."""

    entries: tuple[Admitted, ...] = ()
    """Who is let in."""
    requests: tuple[Request, ...] = ()
    """Who has a code, those whose hour is over included."""
    admin_chats: tuple[tuple[str, str, str], ...] = ()
    """Where admins wrote in private: channel, person and chat."""


class RequestEnd(StrEnum):
    """How a request ended."""

    APPROVED = "approved"
    """The stranger was let in."""
    REFUSED = "refused"
    """Someone refused it."""
    EXPIRED = "expired"
    """Its hour was over."""
    REPLACED = "replaced"
    """The stranger has another code."""


@dataclass(frozen=True, slots=True)
class LetIn:
    """A person or group is let in, or has another role."""

    entry: Admitted
    """Who."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A person or group is no longer let in."""

    entry: Admitted
    """Who."""


@dataclass(frozen=True, slots=True)
class RequestEnded:
    """The code of a stranger counts no more."""

    request: Request
    """Whose."""
    end: RequestEnd
    """Why."""


Change: TypeAlias = LetIn | Removed | RequestEnded
"""Anything that happened."""


def changes(before: Snapshot, after: Snapshot, now: float) -> tuple[Change, ...]:
    """Return what happened between two looks.

    A group that has another id is none of it: it is the same group.

    Args:
        before: the earlier look.
        after: the later one.
        now: when that was, in seconds since 1970.
    """
    had = {_key(one): one for one in before.entries}
    has = {_key(one): one for one in after.entries}
    came = [one for key, one in has.items() if key not in had]
    gone = [one for key, one in had.items() if key not in has]
    moved = {_but_for_id(one) for one in came} & {_but_for_id(one) for one in gone} - {None}
    changed = [one for key, one in has.items() if key in had and had[key].role is not one.role]
    keys = {request.key for request in after.requests}
    ended = [request for request in before.requests if request.key not in keys]
    return (
        *(Removed(one) for one in gone if _but_for_id(one) not in moved),
        *(RequestEnded(one, _end_of(one, after, now)) for one in ended),
        *(LetIn(one) for one in came if _but_for_id(one) not in moved),
        *(LetIn(one) for one in changed),
    )


def _end_of(request: Request, after: Snapshot, now: float) -> RequestEnd:
    if request_of(after.requests, request.channel, request.id) is not None:
        return RequestEnd.REPLACED
    person = (Kind.PERSON, request.channel, request.id)
    if person in {_key(entry) for entry in after.entries}:
        return RequestEnd.APPROVED
    return RequestEnd.REFUSED if request.is_open(now) else RequestEnd.EXPIRED


def _key(entry: Admitted) -> tuple[Kind, str, str]:
    return (entry.kind, entry.channel, entry.id)


def _but_for_id(entry: Admitted) -> Admitted | None:
    """Return a group without its id, which a chat can change; None for a person."""
    return replace(entry, id="", welcome="") if entry.kind is Kind.GROUP else None
