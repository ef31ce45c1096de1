"""What a homeserver's answer to an action means: pure.

Codes are those of spec.matrix.org/v1.16/client-server-api, "Standard error response" (2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from tickertape.channels.matrix.calls import (
    Answer,
    CallDenied,
    CallGranted,
    CallUnanswered,
    CallUnreached,
)
from tickertape.delivery.actions import Accepted, Outcome, Reason, Refused, Throttled, Unknown

__all__ = ["outcome_of"]

_AGAIN: Final = 2.0
"""Seconds until a call is made again that never reached the homeserver: a person waits."""

_REASONS: Final[Mapping[str, Reason]] = {
    "M_TOO_LARGE": Reason.TOO_LONG,
    "M_FORBIDDEN": Reason.CHAT_DEAD,
    "M_NOT_FOUND": Reason.CHAT_DEAD,
    "M_INCOMPATIBLE_ROOM_VERSION": Reason.CHAT_DEAD,
    "M_UNSUPPORTED_ROOM_VERSION": Reason.CHAT_DEAD,
    "M_UNKNOWN_TOKEN": Reason.UNAUTHORIZED,
    "M_MISSING_TOKEN": Reason.UNAUTHORIZED,
    "M_USER_DEACTIVATED": Reason.UNAUTHORIZED,
    "M_USER_LOCKED": Reason.UNAUTHORIZED,
    "M_USER_SUSPENDED": Reason.UNAUTHORIZED,
}


def outcome_of(answer: Answer, shown: str, message_id: str | None = None) -> Outcome:
    """Return the outcome of a call.

    Args:
        answer: what the homeserver answered.
        shown: what is on screen where it was granted.
        message_id: the message, where it is known beforehand; None: the answer names it.
    """
    match answer:
        case CallGranted(body=body):
            return Accepted(shown, message_id if message_id is not None else body.get("event_id"))
        case CallDenied(retry_after=float() as wait):
            return Throttled(wait)
        case CallDenied(status=status, code=code, words=words):
            if status >= 500:
                return Unknown(f"HTTP {status} {code}".rstrip())
            reason = Reason.UNAUTHORIZED if status == 401 else _REASONS.get(code, Reason.MALFORMED)
            return Refused(Reason.TOO_LONG if status == 413 else reason, f"{code} {words}".strip())
        case CallUnreached():
            return Throttled(_AGAIN, by_flood_control=False)
        case CallUnanswered(words=words):
            return Unknown(words)
        case _ as unreachable:
            assert_never(unreachable)
