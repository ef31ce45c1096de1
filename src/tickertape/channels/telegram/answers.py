"""The meaning of every answer of the Bot API that is not a success: one table, purely.

The first row whose status is equal and whose words occur in the server's text (case does not
matter) decides. The texts are those of the server's sources (tdlib/td at 022d60202,
tdlib/telegram-bot-api at 01a3679c, both 2026) and of the errors that
core.telegram.org/method/messages.sendMessage and /messages.editMessage list (2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tickertape.delivery.actions import Reason

__all__ = ["TABLE", "AnswerRule", "Verdict", "verdict_of"]

Verdict: TypeAlias = Reason | Literal["shown", "throttled", "unknown", "lacking", "unlisted"]
"""What an answer means: a refusal with its reason, or that the text is on screen already, that the
call may be repeated later, that it may have been applied or not, that the server has no such
method, or that no row of the table fits."""


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """One rule: the meaning of an answer with this status and these words."""

    status: int
    """The HTTP status of the answer; 500 stands for every status from there on."""
    words: str
    """What must occur in the server's text, in lower case; empty fits any text."""
    verdict: Verdict
    """What the answer means."""


TABLE: Final[tuple[AnswerRule, ...]] = (
    AnswerRule(400, "message is not modified", "shown"),
    # The message to edit or delete; one that is older than 48 hours cannot be deleted.
    AnswerRule(400, "message to edit not found", Reason.MESSAGE_GONE),
    AnswerRule(400, "message to delete not found", Reason.MESSAGE_GONE),
    AnswerRule(400, "message can't be edited", Reason.NOT_EDITABLE),
    AnswerRule(400, "message can't be deleted", Reason.NOT_EDITABLE),
    AnswerRule(400, "there is no text in the message to edit", Reason.NOT_EDITABLE),
    AnswerRule(400, "message_id_invalid", Reason.MESSAGE_GONE),
    # The length; the wording of sends, of edits, and of texts over 32,768 bytes.
    AnswerRule(400, "message is too long", Reason.TOO_LONG),
    AnswerRule(400, "message_too_long", Reason.TOO_LONG),
    AnswerRule(400, "text is too long", Reason.TOO_LONG),
    AnswerRule(413, "", Reason.TOO_LONG),
    # The text itself.
    AnswerRule(400, "message text is empty", Reason.EMPTY),
    AnswerRule(400, "text must be non-empty", Reason.EMPTY),
    # Older servers; "rich message must be non-empty" is another matter.
    AnswerRule(400, "bad request: message must be non-empty", Reason.EMPTY),
    AnswerRule(400, "can't parse entities", Reason.FORMAT_REJECTED),
    AnswerRule(400, "strings must be encoded in utf-8", Reason.FORMAT_REJECTED),
    AnswerRule(400, "entity_bounds_invalid", Reason.FORMAT_REJECTED),
    AnswerRule(400, "entities_too_long", Reason.FORMAT_REJECTED),
    AnswerRule(400, "entity url", Reason.FORMAT_REJECTED),
    # Rich messages: a text is the way out of every one of these.
    AnswerRule(400, "rich_message_", Reason.FORMAT_REJECTED),
    AnswerRule(400, "must be non-empty", Reason.FORMAT_REJECTED),
    AnswerRule(400, "list must be either ordered or unordered", Reason.FORMAT_REJECTED),
    AnswerRule(400, "invalid section heading size specified", Reason.FORMAT_REJECTED),
    AnswerRule(400, "can't parse inputrich", Reason.FORMAT_REJECTED),
    AnswerRule(400, "can't parse rich", Reason.FORMAT_REJECTED),
    AnswerRule(400, "not enough rights to send the rich message", Reason.BLOCKS_FORBIDDEN),
    # Drafts.
    AnswerRule(400, "textdraft_peer_invalid", Reason.DRAFT_UNAVAILABLE),
    AnswerRule(400, "chat actions can't be sent to", Reason.DRAFT_UNAVAILABLE),
    AnswerRule(400, "random_id_invalid", Reason.MALFORMED),
    # The topic. A closed one is still there: nothing may be written into it.
    AnswerRule(400, "message thread not found", Reason.THREAD_GONE),
    AnswerRule(400, "topic_deleted", Reason.THREAD_GONE),
    AnswerRule(400, "topic_closed", Reason.CHAT_DEAD),
    # The chat. With the new number in the answer an upgrade is CHAT_MOVED; without it there is
    # no way to follow.
    AnswerRule(400, "upgraded to a supergroup", Reason.CHAT_DEAD),
    AnswerRule(400, "chat not found", Reason.CHAT_DEAD),
    AnswerRule(400, "chat_id is empty", Reason.CHAT_DEAD),
    AnswerRule(400, "peer_id_invalid", Reason.CHAT_DEAD),
    AnswerRule(400, "not enough rights to send", Reason.CHAT_DEAD),
    AnswerRule(400, "have no rights to send", Reason.CHAT_DEAD),
    AnswerRule(400, "have no write access to the chat", Reason.CHAT_DEAD),
    AnswerRule(400, "need administrator rights", Reason.CHAT_DEAD),
    # A 403 that is a bare code arrives as a 400 (tdlib/telegram-bot-api Client.cpp).
    AnswerRule(400, "chat_write_forbidden", Reason.CHAT_DEAD),
    AnswerRule(400, "chat_send_plain_forbidden", Reason.CHAT_DEAD),
    AnswerRule(400, "chat_admin_required", Reason.CHAT_DEAD),
    AnswerRule(400, "chat_restricted", Reason.CHAT_DEAD),
    AnswerRule(400, "channel_private", Reason.CHAT_DEAD),
    AnswerRule(400, "user_is_blocked", Reason.CHAT_DEAD),
    AnswerRule(400, "user_banned_in_channel", Reason.CHAT_DEAD),
    AnswerRule(400, "input_user_deactivated", Reason.CHAT_DEAD),
    # Blocked, deactivated, kicked, not a member, deleted, never started.
    AnswerRule(403, "", Reason.CHAT_DEAD),
    # A press that was answered already, or that no client waits for any more: there is no way out,
    # and none is needed.
    AnswerRule(400, "query is too old", Reason.MALFORMED),
    # What our calls do not provoke: posts go out without a message that is gone
    # (`allow_sending_without_reply`), and nothing is polled by an action.
    AnswerRule(400, "message to be replied not found", Reason.MALFORMED),
    AnswerRule(409, "", Reason.MALFORMED),
    # The bot.
    AnswerRule(401, "", Reason.UNAUTHORIZED),
    AnswerRule(404, "method not found", "lacking"),
    AnswerRule(404, "", Reason.UNAUTHORIZED),
    # The server.
    AnswerRule(429, "", "throttled"),
    AnswerRule(500, "", "unknown"),
)
"""What every answer of the Bot API means."""


def verdict_of(status: int, words: str) -> Verdict:
    """Look an answer up in the table."""
    lowered = words.lower()
    if "too many requests" in lowered:
        status = 429
    status = min(status, 500)
    for row in TABLE:
        if row.status == status and row.words in lowered:
            return row.verdict
    return "unlisted"
