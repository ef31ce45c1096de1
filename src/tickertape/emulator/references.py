"""What a message says about other messages: what it quotes, passes on, and answers elsewhere.

The shapes are those of core.telegram.org/bots/api#messageorigin, #textquote and #externalreplyinfo
(Bot API 10.3).
"""

from __future__ import annotations

from tickertape.emulator.answers import Json
from tickertape.emulator.chats import ChatType, StoredMessage
from tickertape.emulator.wire import chat_json, content_json, user_json

__all__ = ["external_json", "origin_json", "quote_json"]

_WORDS = ("text", "entities", "caption", "caption_entities", "rich_message")


def origin_json(message: StoredMessage, *, hidden: bool = False) -> Json:
    """Return the `MessageOrigin` of a forwarded message.

    Args:
        message: What is passed on.
        hidden: Whether its author hides their account: only the name is told.
    """
    sender = message.sender
    if message.chat.type is ChatType.CHANNEL or sender is None:
        return {
            "type": "channel",
            "date": message.date,
            "chat": chat_json(message.chat),
            "message_id": message.message_id,
        }
    if hidden:
        name = sender.first_name
        return {"type": "hidden_user", "date": message.date, "sender_user_name": name}
    return {"type": "user", "date": message.date, "sender_user": user_json(sender)}


def quote_json(words: str, said: str) -> Json | None:
    """Return the `TextQuote` of quoted words; None if they are not in the text."""
    at = said.find(words)
    if at < 0 or not words:
        return None
    position = len(said[:at].encode("utf-16-le")) // 2
    return {"text": words, "position": position, "is_manual": True}


def external_json(message: StoredMessage) -> Json:
    """Return the `ExternalReplyInfo` of another chat's message: its media without its words."""
    told: Json = {"origin": origin_json(message)}
    if message.chat.counts_alone:
        told |= {"chat": chat_json(message.chat), "message_id": message.message_id}
    shown = content_json(message)
    return told | {field: value for field, value in shown.items() if field not in _WORDS}
