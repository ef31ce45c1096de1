"""Answers of the Bot API as outcomes of actions: pure."""

from __future__ import annotations

import re
from typing import Final, assert_never

from tickertape.channels.telegram.answers import verdict_of
from tickertape.channels.telegram.calls import Answer, Denied, Granted, Unanswered
from tickertape.channels.telegram.outbound import shown_by
from tickertape.delivery.actions import (
    Action,
    Edit,
    Outcome,
    Post,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.markup.forms import Blocks, Plain

__all__ = ["UNREACHED", "outcome_of"]

UNREACHED: Final = Throttled(retry_after=1.0, by_flood_control=False)
"""What a call came to whose connection never stood: refused, no such host, no free connection in
time. Nothing was shown and the same call may be made again, which is exactly what `Throttled` says;
a second of patience keeps us from knocking without pause."""

_OF_BLOCKS: Final = {
    # `editMessageText` of a server that does not know `rich_message` misses the text.
    Reason.EMPTY: Reason.BLOCKS_UNKNOWN,
    # What counts in blocks is not what counts in a text: the text of them may fit.
    Reason.TOO_LONG: Reason.FORMAT_REJECTED,
}
"""What a reason means where blocks were to be shown."""

_RETRY_AFTER: Final = re.compile(r"retry after (\d+)", re.IGNORECASE)


def outcome_of(action: Action, answer: Answer) -> Outcome:
    """Return the outcome of a call that was not granted.

    Anything that does not prove that nothing was sent is `Unknown`.
    """
    match answer:
        case Granted():
            return shown_by(action, answer.result)
        case Denied(retry_after=float() as seconds):
            return Throttled(retry_after=max(seconds, 1.0))
        case Denied(moved_to=int() as chat):
            return Refused(Reason.CHAT_MOVED, answer.words, moved_to=str(chat))
        case Denied():
            return _refusal(action, answer.status, answer.words)
        case Unanswered(never_reached=True):
            return UNREACHED
        case Unanswered():
            return Unknown(answer.words)
        case _ as unreachable:
            assert_never(unreachable)


def _refusal(action: Action, status: int, words: str) -> Outcome:
    """Look an answer up in the table."""
    verdict = verdict_of(status, words)
    match verdict:
        case "shown":
            return shown_by(action, None)
        case "throttled":
            return Throttled(retry_after=_asked_wait(words))
        case "unknown":
            return Unknown(words)
        case "lacking":
            return Refused(_lacking(action), words)
        case "unlisted":
            return Refused(_unlisted(action, status), words)
        case Reason():
            return Refused(_meant(action, verdict), words)
        case _ as unreachable:
            assert_never(unreachable)


def _meant(action: Action, reason: Reason) -> Reason:
    """Return the meaning of a reason for this action."""
    if _shows_blocks(action):
        reason = _OF_BLOCKS.get(reason, reason)
    if reason is Reason.DRAFT_UNAVAILABLE and not isinstance(action, ShowDraft):
        return Reason.MALFORMED
    return reason


def _lacking(action: Action) -> Reason:
    """Return the reason for a server that lacks the action's method."""
    if _shows_blocks(action):
        return Reason.BLOCKS_UNKNOWN
    return Reason.DRAFT_UNAVAILABLE if isinstance(action, ShowDraft) else Reason.MALFORMED


def _unlisted(action: Action, status: int) -> Reason:
    """Return the reason for a refusal in unknown words: of formatted text, it may be the format."""
    is_formed = isinstance(action, ShowDraft | Post | Edit) and not isinstance(action.form, Plain)
    return Reason.FORMAT_REJECTED if is_formed and status == 400 else Reason.MALFORMED


def _shows_blocks(action: Action) -> bool:
    return isinstance(action, ShowDraft | Post | Edit) and isinstance(action.form, Blocks)


def _asked_wait(words: str) -> float:
    """Find the seconds in "Too Many Requests: retry after N"; at least one where none are named."""
    found = _RETRY_AFTER.search(words)
    return max(float(found[1]), 1.0) if found else 1.0
