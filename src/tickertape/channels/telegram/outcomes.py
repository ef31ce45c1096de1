"""What a call came to, from the server's result or from the exception that aiogram raises: pure.

result ──outcome_of_result──▶ Outcome ◀──outcome_of_error── exception
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, assert_never

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import Message

from tickertape.channels.telegram.answers import verdict_of
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Append,
    ClearButtons,
    Delete,
    Edit,
    Find,
    Outcome,
    Post,
    PostVoice,
    Probe,
    Reason,
    Refused,
    Seal,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.markup.forms import Blocks, Plain

__all__ = ["UNREACHED", "outcome_of_error", "outcome_of_result", "words_of"]

UNREACHED: Final = Throttled(retry_after=1.0, by_flood_control=False)
"""What a call came to whose connection never stood: refused, no such host, no free connection in
time. Nothing was shown and the same call may be made again, which is exactly what `Throttled` says;
a second of patience keeps us from knocking without pause."""

_STATUS_OF: Final[tuple[tuple[type[TelegramAPIError], int], ...]] = (
    (TelegramBadRequest, 400),
    (TelegramUnauthorizedError, 401),
    (TelegramForbiddenError, 403),
    (TelegramNotFound, 404),
    (TelegramConflictError, 409),
    (TelegramEntityTooLarge, 413),
    (TelegramServerError, 500),
)
"""aiogram tells the status by the class of its exception; what has none here counts as 0."""

_OF_BLOCKS: Final = {
    # `editMessageText` of a server that does not know `rich_message` misses the text.
    Reason.EMPTY: Reason.BLOCKS_UNKNOWN,
    # What counts in blocks is not what counts in a text: the text of them may fit.
    Reason.TOO_LONG: Reason.FORMAT_REJECTED,
}
"""What a reason means where blocks were to be shown."""

_RETRY_AFTER: Final = re.compile(r"retry after (\d+)", re.IGNORECASE)
_DETAIL_LIMIT: Final = 300


def outcome_of_result(action: Action, result: Message | Mapping[str, Any] | bool) -> Outcome:
    """Say what a call came to that the server granted."""
    match result:
        case Message():
            return _granted(action, result.text, result.message_id)
        case Mapping():
            return _granted(action, result.get("text"), result.get("message_id"))
        case _:
            return _granted(action, None, None)


def outcome_of_error(action: Action, error: Exception) -> Outcome:
    """Say what a call came to that ended in an exception.

    Anything that does not prove that nothing was sent is `Unknown`. Whether the connection ever
    stood is not for this function: see `UNREACHED`.
    """
    words = words_of(error)
    match error:
        case TelegramRetryAfter():
            return Throttled(retry_after=max(float(error.retry_after), 1.0))
        case TelegramMigrateToChat():
            return Refused(Reason.CHAT_MOVED, words, moved_to=str(error.migrate_to_chat_id))
        case ClientDecodeError(data=dict() as answer):
            return _outcome_of_answer(action, answer)
        case TelegramNetworkError() if not isinstance(error, TelegramEntityTooLarge):
            return Unknown(words)
        case TelegramAPIError():
            status = next((code for kind, code in _STATUS_OF if isinstance(error, kind)), 0)
            return _refusal(action, status, words)
        case _:
            return Unknown(words)


def words_of(error: Exception) -> str:
    """Say in one short line what went wrong, without anything that a person wrote.

    The server's own text where it said no; else what kind of failure it was. The texts of other
    exceptions are left out: they may quote the call or its answer.
    """
    match error:
        case TelegramNetworkError() if not isinstance(error, TelegramEntityTooLarge):
            return type(error.__cause__ or error).__name__
        case TelegramAPIError():
            # aiogram passes the description on as it came, and it may be missing.
            return _short(str(error.message or ""))
        case ClientDecodeError():
            return "the answer is not one of the Bot API"
        case _:
            return type(error).__name__


def _outcome_of_answer(action: Action, answer: Mapping[str, object]) -> Outcome:
    """Read an answer that aiogram's types do not fit, as far as it is the Bot API's."""
    match answer:
        case {"ok": True, "result": {"message_id": message_id, **rest}}:
            return _granted(action, rest.get("text"), message_id)
        case {"ok": True}:
            return _granted(action, None, None)
        case {"ok": False, "parameters": {"retry_after": int() | float() as seconds}}:
            return Throttled(retry_after=max(float(seconds), 1.0))
        case {"ok": False, "error_code": int() as status}:
            words = answer.get("description")
            return _refusal(action, status, _short(words if isinstance(words, str) else ""))
        case _:
            return Unknown("the answer is not one of the Bot API")


def _granted(action: Action, text: object, message_id: object) -> Outcome:
    """Say what is on screen: as the server tells it, else as it was asked for.

    Of a rich message it tells blocks and no text.
    """
    if isinstance(action, Find):
        return Accepted(shown="", message_id=action.message_id)
    if isinstance(action, Probe | Acknowledge | Delete | ClearButtons):
        return Accepted(shown="")
    if isinstance(action, PostVoice):
        return Accepted("", _id_of(message_id))
    is_told = isinstance(text, str) and not isinstance(action.form, Blocks)
    shown = str(text) if is_told else action.text
    match action:
        case ShowDraft():
            return Accepted(shown=action.text)
        case Post():
            return Accepted(shown=shown, message_id=_id_of(message_id))
        case Edit() | Append() | Seal():
            return Accepted(shown=shown, message_id=action.message_id)
        case _ as unreachable:
            assert_never(unreachable)


def _id_of(number: object) -> str | None:
    """Return the id of a message, from what the server tells of its number."""
    return str(number) if isinstance(number, int) else None


def _refusal(action: Action, status: int, words: str) -> Outcome:
    """Look an answer up in the table."""
    verdict = verdict_of(status, words)
    match verdict:
        case "shown":
            return _granted(action, None, None)
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
    """Say what a reason means for this action."""
    if _shows_blocks(action):
        reason = _OF_BLOCKS.get(reason, reason)
    if reason is Reason.DRAFT_UNAVAILABLE and not isinstance(action, ShowDraft):
        return Reason.MALFORMED
    return reason


def _lacking(action: Action) -> Reason:
    """Say what a server without the action's method does not have."""
    if _shows_blocks(action):
        return Reason.BLOCKS_UNKNOWN
    return Reason.DRAFT_UNAVAILABLE if isinstance(action, ShowDraft) else Reason.MALFORMED


def _unlisted(action: Action, status: int) -> Reason:
    """Say what a refusal means whose words nobody knows: of what has a form, it may be the form."""
    is_formed = isinstance(action, ShowDraft | Post | Edit) and not isinstance(action.form, Plain)
    return Reason.FORMAT_REJECTED if is_formed and status == 400 else Reason.MALFORMED


def _shows_blocks(action: Action) -> bool:
    return isinstance(action, ShowDraft | Post | Edit) and isinstance(action.form, Blocks)


def _asked_wait(words: str) -> float:
    """Find the seconds in "Too Many Requests: retry after N"; at least one where none are named."""
    found = _RETRY_AFTER.search(words)
    return max(float(found[1]), 1.0) if found else 1.0


def _short(words: str) -> str:
    return " ".join(words.split())[:_DETAIL_LIMIT]
