"""The places of Telegram and our names for them: pure, in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tickertape.chat import Address, ChatKind

if TYPE_CHECKING:
    from aiogram.types import Message

__all__ = ["address_in", "address_of", "topic_of"]

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


def topic_of(address: Address) -> int | None:
    """Give the topic as Telegram is told it: None outside of topics, and for a forum's General."""
    if address.kind is ChatKind.GROUP and address.thread_id == _GENERAL_TOPIC:
        return None
    return address.thread_id
