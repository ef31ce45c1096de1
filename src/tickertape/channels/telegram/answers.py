"""What every answer of the Bot API means that is not a success: one table, purely.

The first row whose status is equal and whose words occur in the server's text (case does not
matter) decides. The texts are those of the server's sources (tdlib/td at 022d60202,
tdlib/telegram-bot-api at 01a3679c, both 2026) and of the errors that
core.telegram.org/method/messages.sendMessage and /messages.editMessage list (2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tickertape.delivery.actions import Reason

__all__ = ["TABLE", "Row", "Verdict", "verdict_of"]

Verdict: TypeAlias = Reason | Literal["shown", "throttled", "unknown", "lacking", "unlisted"]
"""What an answer means: a refusal with its reason, or that the text is on screen already, that the
call may be repeated later, that nobody can tell whether it was applied, that the server has no such
method, or that no row of the table fits."""


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
    Row(413, "", Reason.TOO_LONG),
    # The text itself.
    Row(400, "message text is empty", Reason.EMPTY),
    Row(400, "text must be non-empty", Reason.EMPTY),
    # Older servers; "rich message must be non-empty" is another matter.
    Row(400, "bad request: message must be non-empty", Reason.EMPTY),
    Row(400, "can't parse entities", Reason.FORMAT_REJECTED),
    Row(400, "strings must be encoded in utf-8", Reason.FORMAT_REJECTED),
    Row(400, "entity_bounds_invalid", Reason.FORMAT_REJECTED),
    Row(400, "entities_too_long", Reason.FORMAT_REJECTED),
    Row(400, "entity url", Reason.FORMAT_REJECTED),
    # Rich messages: a text is the way out of every one of these.
    Row(400, "rich_message_", Reason.FORMAT_REJECTED),
    Row(400, "must be non-empty", Reason.FORMAT_REJECTED),
    Row(400, "list must be either ordered or unordered", Reason.FORMAT_REJECTED),
    Row(400, "invalid section heading size specified", Reason.FORMAT_REJECTED),
    Row(400, "can't parse inputrich", Reason.FORMAT_REJECTED),
    Row(400, "can't parse rich", Reason.FORMAT_REJECTED),
    Row(400, "not enough rights to send the rich message", Reason.BLOCKS_FORBIDDEN),
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
    # A press that was answered already, or that nobody waits for any more: there is no way out, and
    # none is needed.
    Row(400, "query is too old", Reason.MALFORMED),
    # What our calls do not provoke: posts go out without a message that is gone
    # (`allow_sending_without_reply`), and nothing is polled by an action.
    Row(400, "message to be replied not found", Reason.MALFORMED),
    Row(409, "", Reason.MALFORMED),
    # The bot.
    Row(401, "", Reason.UNAUTHORIZED),
    Row(404, "method not found", "lacking"),
    Row(404, "", Reason.UNAUTHORIZED),
    # The server.
    Row(429, "", "throttled"),
    Row(500, "", "unknown"),
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
