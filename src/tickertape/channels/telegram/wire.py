"""Between delivery's values and the Bot API's, outwards: pure, without I/O.

    Action ──method_of──▶ aiogram method ──▶ the server ──▶ result ──outcome_of_result──▶ Outcome
                                                       └──▶ error ──outcome_of_error───▶ Outcome

Texts travel as plain text: `parse_mode` is switched off explicitly, whatever the bot's defaults
are, so that nothing the model writes can "fail to parse".

Every answer that is not a success goes through `TABLE`: the first row whose status is equal and
whose words occur in the server's text (case does not matter) decides. Its texts are those of the
server's sources (tdlib/td at 022d60202, tdlib/telegram-bot-api at 01a3679c, both 2026) and of the
errors that core.telegram.org/method/messages.sendMessage and /messages.editMessage list (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never

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
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageText,
    SendChatAction,
    SendMessage,
    SendMessageDraft,
)
from aiogram.types import LinkPreviewOptions, Message, ReplyParameters

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Delete,
    Edit,
    Outcome,
    Post,
    Probe,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)

__all__ = [
    "TABLE",
    "UNREACHED",
    "Method",
    "Row",
    "Verdict",
    "address_in",
    "address_of",
    "method_of",
    "outcome_of_error",
    "outcome_of_result",
    "words_of",
]

Method: TypeAlias = (
    SendMessageDraft
    | SendMessage
    | EditMessageText
    | DeleteMessage
    | SendChatAction
    | AnswerCallbackQuery
)
"""The calls that actions become."""

Verdict: TypeAlias = Reason | Literal["shown", "throttled", "unknown"]
"""What an answer means: a refusal with its reason, or that the text is on screen already, or that
the call may be repeated later, or that nobody can tell whether it was applied."""


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: what an answer with this status and these words means."""

    status: int
    """The HTTP status of the answer; 500 stands for every status from there on."""
    words: str
    """What must occur in the server's text, in lower case; empty fits any text."""
    verdict: Verdict
    """What the answer means."""


TABLE: Final[tuple[Row, ...]] = (
    Row(400, "message is not modified", "shown"),
    # The message to edit or delete; one that is older than 48 hours cannot be deleted.
    Row(400, "message to edit not found", Reason.MESSAGE_GONE),
    Row(400, "message to delete not found", Reason.MESSAGE_GONE),
    Row(400, "message can't be edited", Reason.NOT_EDITABLE),
    Row(400, "message can't be deleted", Reason.NOT_EDITABLE),
    Row(400, "there is no text in the message to edit", Reason.NOT_EDITABLE),
    Row(400, "message_id_invalid", Reason.MESSAGE_GONE),
    # The length; the wording of sends, of edits, and of texts over 32,768 bytes.
    Row(400, "message is too long", Reason.TOO_LONG),
    Row(400, "message_too_long", Reason.TOO_LONG),
    Row(400, "text is too long", Reason.TOO_LONG),
    Row(400, "rich_message_text_too_long", Reason.TOO_LONG),
    Row(413, "", Reason.TOO_LONG),
    # The text itself.
    Row(400, "message text is empty", Reason.EMPTY),
    Row(400, "text must be non-empty", Reason.EMPTY),
    Row(400, "can't parse entities", Reason.FORMAT_REJECTED),
    Row(400, "strings must be encoded in utf-8", Reason.FORMAT_REJECTED),
    Row(400, "entity_bounds_invalid", Reason.FORMAT_REJECTED),
    Row(400, "entities_too_long", Reason.FORMAT_REJECTED),
    # Rich messages: a plain text is the way out of every one of these.
    Row(400, "rich_message_", Reason.FORMAT_REJECTED),
    Row(400, "must be non-empty", Reason.FORMAT_REJECTED),
    Row(400, "list must be either ordered or unordered", Reason.FORMAT_REJECTED),
    Row(400, "invalid section heading size specified", Reason.FORMAT_REJECTED),
    Row(400, "can't parse inputrichblock", Reason.FORMAT_REJECTED),
    Row(400, "not enough rights to send the rich message", Reason.FORMAT_REJECTED),
    # Drafts.
    Row(400, "textdraft_peer_invalid", Reason.DRAFT_UNAVAILABLE),
    Row(400, "chat actions can't be sent to", Reason.DRAFT_UNAVAILABLE),
    Row(400, "random_id_invalid", Reason.MALFORMED),
    # The topic. A closed one is still there: nothing may be written into it.
    Row(400, "message thread not found", Reason.THREAD_GONE),
    Row(400, "topic_deleted", Reason.THREAD_GONE),
    Row(400, "topic_closed", Reason.CHAT_DEAD),
    # The chat. With the new number in the answer an upgrade is CHAT_MOVED; without it nobody can
    # follow.
    Row(400, "upgraded to a supergroup", Reason.CHAT_DEAD),
    Row(400, "chat not found", Reason.CHAT_DEAD),
    Row(400, "chat_id is empty", Reason.CHAT_DEAD),
    Row(400, "peer_id_invalid", Reason.CHAT_DEAD),
    Row(400, "not enough rights to send", Reason.CHAT_DEAD),
    Row(400, "have no rights to send", Reason.CHAT_DEAD),
    Row(400, "have no write access to the chat", Reason.CHAT_DEAD),
    Row(400, "need administrator rights", Reason.CHAT_DEAD),
    # A 403 that is a bare code arrives as a 400 (tdlib/telegram-bot-api Client.cpp).
    Row(400, "chat_write_forbidden", Reason.CHAT_DEAD),
    Row(400, "chat_send_plain_forbidden", Reason.CHAT_DEAD),
    Row(400, "chat_admin_required", Reason.CHAT_DEAD),
    Row(400, "chat_restricted", Reason.CHAT_DEAD),
    Row(400, "channel_private", Reason.CHAT_DEAD),
    Row(400, "user_is_blocked", Reason.CHAT_DEAD),
    Row(400, "user_banned_in_channel", Reason.CHAT_DEAD),
    Row(400, "input_user_deactivated", Reason.CHAT_DEAD),
    # Blocked, deactivated, kicked, not a member, deleted, never started.
    Row(403, "", Reason.CHAT_DEAD),
    # What our calls do not provoke: posts go out without a message that is gone
    # (`allow_sending_without_reply`), and nothing is answered or polled by an action.
    Row(400, "message to be replied not found", Reason.MALFORMED),
    Row(400, "query is too old", Reason.MALFORMED),
    Row(409, "", Reason.MALFORMED),
    # The bot.
    Row(401, "", Reason.UNAUTHORIZED),
    Row(404, "method not found", Reason.DRAFT_UNAVAILABLE),
    Row(404, "", Reason.UNAUTHORIZED),
    # The server.
    Row(429, "", "throttled"),
    Row(500, "", "unknown"),
)
"""What every answer of the Bot API means; an answer that no row fits is `Reason.MALFORMED`."""

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

_KIND_OF: Final = {
    "private": ChatKind.PRIVATE,
    "group": ChatKind.GROUP,
    "supergroup": ChatKind.GROUP,
    "channel": ChatKind.CHANNEL,
}
"""Telegram's types of chat (core.telegram.org/bots/api#chat, 2026-11)."""

# The General topic of a forum is absent from updates, and naming it is refused with "message
# thread not found" (tdlib/telegram-bot-api Client.cpp).
_GENERAL_TOPIC: Final = 1

_RETRY_AFTER: Final = re.compile(r"retry after (\d+)", re.IGNORECASE)
_DETAIL_LIMIT: Final = 300


def address_in(chat_id: int, chat_type: str, thread_id: int | None) -> Address:
    """Name a place by Telegram's own words.

    Args:
        chat_id: the chat's number.
        chat_type: `private`, `group`, `supergroup` or `channel`.
        thread_id: the topic's number; None outside of topics.

    Raises:
        ValueError: when `chat_type` is none of these.
    """
    kind = _KIND_OF.get(chat_type)
    if kind is None:
        raise ValueError(f"no chat can be of type {chat_type[:40]!r}")
    if kind is ChatKind.GROUP and thread_id == _GENERAL_TOPIC:
        thread_id = None
    return Address(chat_id=chat_id, kind=kind, thread_id=thread_id)


def address_of(message: Message) -> Address:
    """Say where an answer to `message` goes: for handlers inside somebody's own aiogram bot.

    The topic is taken only from a message that lies in one; in other chats a chain of replies has
    a `message_thread_id` too, which is no topic.

    Raises:
        ValueError: when the chat is of a type that cannot hold messages.
    """
    thread_id = message.message_thread_id if message.is_topic_message else None
    return address_in(message.chat.id, message.chat.type, thread_id)


def method_of(action: Action) -> Method:
    """Write an action as the one call that carries it out.

    Half of a surrogate pair cannot be written in UTF-8: it is replaced by U+FFFD, so that one
    broken character never holds back the rest of a text.
    """
    match action:
        case ShowDraft():
            return SendMessageDraft(
                chat_id=action.address.chat_id,
                message_thread_id=_topic(action.address),
                draft_id=action.draft_id,
                text=_encodable(action.text),
                parse_mode=None,
                entities=None,
                can_stop=True,
            )
        case Post():
            return SendMessage(
                chat_id=action.address.chat_id,
                message_thread_id=_topic(action.address),
                text=_encodable(action.text),
                parse_mode=None,
                entities=None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                disable_web_page_preview=None,
                reply_parameters=_reply(action.reply_to),
            )
        case Edit():
            return EditMessageText(
                chat_id=action.address.chat_id,
                message_id=action.message_id,
                text=_encodable(action.text),
                parse_mode=None,
                entities=None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                disable_web_page_preview=None,
            )
        case Delete():
            return DeleteMessage(chat_id=action.address.chat_id, message_id=action.message_id)
        case Acknowledge():
            return AnswerCallbackQuery(
                callback_query_id=action.press_id, text=_encodable(action.text) or None
            )
        case Probe():
            return SendChatAction(
                chat_id=action.address.chat_id,
                message_thread_id=_topic(action.address),
                action="typing",
            )
        case _ as unreachable:
            assert_never(unreachable)


def outcome_of_result(action: Action, result: Message | bool) -> Outcome:
    """Say what a call came to that the server granted."""
    if isinstance(result, Message):
        return _granted(action, result.text, result.message_id)
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
            return Refused(Reason.CHAT_MOVED, words, moved_to=error.migrate_to_chat_id)
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
    """Say what is on screen: as the server tells it, else as it was asked for."""
    if isinstance(action, Probe | Acknowledge | Delete):
        return Accepted(shown="")
    shown = text if isinstance(text, str) else action.text
    match action:
        case ShowDraft():
            return Accepted(shown=action.text)
        case Post() if isinstance(message_id, int):
            return Accepted(shown=shown, message_id=message_id)
        case Post():
            return Unknown("the message was sent, and the answer does not say its number")
        case Edit():
            return Accepted(shown=shown, message_id=action.message_id)
        case _ as unreachable:
            assert_never(unreachable)


def _refusal(action: Action, status: int, words: str) -> Outcome:
    """Look an answer up in the table."""
    verdict = _verdict(status, words)
    match verdict:
        case "shown":
            return _granted(action, None, None)
        case "throttled":
            return Throttled(retry_after=_asked_wait(words))
        case "unknown":
            return Unknown(words)
        case Reason.DRAFT_UNAVAILABLE if not isinstance(action, ShowDraft):
            return Refused(Reason.MALFORMED, words)
        case Reason():
            return Refused(verdict, words)
        case _ as unreachable:
            assert_never(unreachable)


def _verdict(status: int, words: str) -> Verdict:
    lowered = words.lower()
    if "too many requests" in lowered:
        status = 429
    status = min(status, 500)
    for row in TABLE:
        if row.status == status and row.words in lowered:
            return row.verdict
    return Reason.MALFORMED


def _asked_wait(words: str) -> float:
    """Find the seconds in "Too Many Requests: retry after N"; at least one where none are named."""
    found = _RETRY_AFTER.search(words)
    return max(float(found[1]), 1.0) if found else 1.0


def _topic(address: Address) -> int | None:
    if address.kind is ChatKind.GROUP and address.thread_id == _GENERAL_TOPIC:
        return None
    return address.thread_id


def _reply(message_id: int | None) -> ReplyParameters | None:
    if message_id is None:
        return None
    return ReplyParameters(
        message_id=message_id, allow_sending_without_reply=True, quote_parse_mode=None
    )


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _short(words: str) -> str:
    return " ".join(words.split())[:_DETAIL_LIMIT]
