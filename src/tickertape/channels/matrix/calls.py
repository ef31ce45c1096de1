"""Requests to a homeserver, and what can come of one: pure values.

The paths are those of the client-server API (spec.matrix.org/v1.16/client-server-api, 2026-11). An
answer is one of four: granted, denied, never reached (safe to repeat), or not heard of (it may have
been applied).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode

__all__ = [
    "Answer",
    "CallDenied",
    "CallGranted",
    "CallUnanswered",
    "CallUnreached",
    "Json",
    "MatrixCall",
    "NotEncryptedError",
    "account_data",
    "answer_in",
    "display_name",
    "event",
    "history",
    "join",
    "leave_typing",
    "members",
    "put_account_data",
    "redact",
    "relations",
    "send",
    "sync",
    "typing",
    "whoami",
]

Json: TypeAlias = Mapping[str, Any]
"""A JSON object, decoded."""

_V3: Final = "/_matrix/client/v3"
_V1: Final = "/_matrix/client/v1"
_LIMITED: Final = 429
_USUAL_WAIT: Final = 5.0
"""Seconds to wait where a refusal by the limits names no wait: at Synapse's default of 0.2 events
a second, the next one (element-hq/synapse, docs/usage/configuration, `rc_message`, 2026-11)."""
_LONGEST_WORDS: Final = 200


class NotEncryptedError(Exception):
    """Raised when a message cannot be encrypted for its room: nothing was sent."""


@dataclass(frozen=True, slots=True)
class MatrixCall:
    """One request."""

    method: str
    """GET, PUT or POST."""
    path: str
    """The path with its query, below the homeserver's address."""
    body: Json | None = field(default=None, repr=False)
    """What is sent along; None: nothing."""


@dataclass(frozen=True, slots=True)
class CallGranted:
    """The homeserver did it."""

    body: Json = field(repr=False)
    """What it answered."""


@dataclass(frozen=True, slots=True)
class CallDenied:
    """The homeserver said no."""

    status: int
    """The status of HTTP."""
    code: str
    """The error's code (`M_FORBIDDEN`); empty where the answer is none of Matrix."""
    words: str = ""
    """The homeserver's own words, for the log."""
    retry_after: float | None = None
    """Seconds until the same call may be made again; None: it is not about limits."""


@dataclass(frozen=True, slots=True)
class CallUnreached:
    """There never was a connection: nothing was done."""

    words: str
    """What happened instead."""


@dataclass(frozen=True, slots=True)
class CallUnanswered:
    """No answer was heard: it may have been done."""

    words: str
    """What happened instead."""


Answer: TypeAlias = CallGranted | CallDenied | CallUnreached | CallUnanswered
"""What came of a request."""


def answer_in(status: int, body: bytes, retry_after: str | None) -> Answer:
    """Return what a response says.

    Args:
        status: its status of HTTP.
        body: its body.
        retry_after: the header of that name, which a proxy may send with a page of its own.
    """
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        told = {}
        if status < 300:
            return CallUnanswered("the answer is no JSON object")
    if status < 300:
        return CallGranted(told)
    code, words = str(told.get("errcode", "")), " ".join(str(told.get("error", "")).split())
    if status != _LIMITED and code != "M_LIMIT_EXCEEDED":
        return CallDenied(status, code, words[:_LONGEST_WORDS])
    return CallDenied(_LIMITED, code, words[:_LONGEST_WORDS], _wait(told, retry_after))


def _wait(told: Json, header: str | None) -> float:
    named = told.get("retry_after_ms")
    if isinstance(named, int | float) and named >= 0:
        return named / 1000
    return float(header) if header is not None and header.isdecimal() else _USUAL_WAIT


def _path(*parts: str, base: str = _V3, **query: str | None) -> str:
    told = urlencode({key: value for key, value in query.items() if value is not None})
    path = "/".join([base, *(quote(part, safe="") for part in parts)])
    return f"{path}?{told}" if told else path


def send(room: str, kind: str, content: Json, transaction: str) -> MatrixCall:
    """Return the call that sends an event; one transaction makes one event."""
    return MatrixCall("PUT", _path("rooms", room, "send", kind, transaction), content)


def redact(room: str, event_id: str, transaction: str) -> MatrixCall:
    """Return the call that removes what an event says."""
    return MatrixCall("PUT", _path("rooms", room, "redact", event_id, transaction), {})


def typing(room: str, user: str, seconds: float) -> MatrixCall:
    """Return the call that shows the user typing for some seconds."""
    body = {"typing": True, "timeout": int(seconds * 1000)}
    return MatrixCall("PUT", _path("rooms", room, "typing", user), body)


def leave_typing(room: str, user: str) -> MatrixCall:
    """Return the call that shows the user typing no longer."""
    return MatrixCall("PUT", _path("rooms", room, "typing", user), {"typing": False})


def sync(since: str | None, wait: int, wanted: Json) -> MatrixCall:
    """Return the call that waits for news.

    Args:
        since: where the last answer ended; None: tells how things stand.
        wait: for how many milliseconds the homeserver may wait for some.
        wanted: the filter.
    """
    told = json.dumps(wanted, separators=(",", ":"))
    return MatrixCall("GET", _path("sync", since=since, timeout=str(wait), filter=told))


def history(room: str, start: str, end: str, wanted: Json, limit: int) -> MatrixCall:
    """Return the call that reads a room backwards, from `start` to `end`."""
    query = {"dir": "b", "from": start, "to": end, "limit": str(limit)}
    told = json.dumps(wanted, separators=(",", ":"))
    return MatrixCall("GET", _path("rooms", room, "messages", filter=told, **query))


def event(room: str, event_id: str) -> MatrixCall:
    """Return the call that reads one event."""
    return MatrixCall("GET", _path("rooms", room, "event", event_id))


def relations(room: str, event_id: str, relation: str) -> MatrixCall:
    """Return the call that reads the events that are related to another in a certain way."""
    path = _path("rooms", room, "relations", event_id, relation, base=_V1)
    return MatrixCall("GET", path)


def members(room: str) -> MatrixCall:
    """Return the call that lists who is in a room."""
    return MatrixCall("GET", _path("rooms", room, "joined_members"))


def join(room: str) -> MatrixCall:
    """Return the call that accepts an invitation."""
    return MatrixCall("POST", _path("rooms", room, "join"), {})


def whoami() -> MatrixCall:
    """Return the call that tells whose token this is."""
    return MatrixCall("GET", _path("account", "whoami"))


def display_name(user: str) -> MatrixCall:
    """Return the call that tells a user's name."""
    return MatrixCall("GET", _path("profile", user, "displayname"))


def account_data(user: str, kind: str) -> MatrixCall:
    """Return the call that reads what an account keeps on its homeserver."""
    return MatrixCall("GET", _path("user", user, "account_data", kind))


def put_account_data(user: str, kind: str, content: Json) -> MatrixCall:
    """Return the call that keeps something in an account on its homeserver."""
    return MatrixCall("PUT", _path("user", user, "account_data", kind), content)
