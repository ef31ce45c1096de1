"""The places of Telegram and our names for them: pure, in both directions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Protocol

from tickertape.chat import Address, ChatKind

__all__ = ["NAME", "ForeignIdError", "address_in", "address_of", "chat_of", "number_of", "topic_of"]

NAME: Final = "telegram"
"""The channel's default name."""

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

# Ids are compared as they stand, so there is one way to write a number; none needs more digits than
# a signed 64-bit number has.
_ID: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")


class _Chat(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def type(self) -> str: ...


class _Message(Protocol):
    """A message as aiogram and python-telegram-bot have it."""

    @property
    def chat(self) -> _Chat: ...
    @property
    def message_thread_id(self) -> int | None: ...
    @property
    def is_topic_message(self) -> bool | None: ...


class ForeignIdError(ValueError):
    """Raised for an id that Telegram cannot have made."""

    def __init__(self, id_: str) -> None:
        super().__init__(f"not an id of Telegram: {id_[:40]!r}")


@lru_cache(maxsize=4096)  # an answer names its chat and its message again and again
def number_of(id_: str) -> int:
    """Return the number behind an id of ours: of a chat, a topic, a message, a draft or a person.

    Raises:
        ForeignIdError: when it is none.
    """
    if not _ID.fullmatch(id_):
        raise ForeignIdError(id_)
    return int(id_)


def address_in(
    chat_id: int, chat_type: str, thread_id: int | None, *, channel: str = NAME
) -> Address:
    """Return the address of a place that Telegram names.

    Args:
        chat_id: the chat's number.
        chat_type: `private`, `group`, `supergroup` or `channel`.
        thread_id: the topic's number; None outside of topics.
        channel: the name of the channel.

    Raises:
        ValueError: when `chat_type` is none of these.
    """
    kind = _KIND_OF.get(chat_type)
    if kind is None:
        raise ValueError(f"no chat can be of type {chat_type[:40]!r}")
    if kind is ChatKind.GROUP and thread_id == _GENERAL_TOPIC:
        thread_id = None
    return Address(channel, str(chat_id), kind, None if thread_id is None else str(thread_id))


def address_of(message: _Message, *, channel: str = NAME) -> Address:
    """Return where an answer to `message` goes, for handlers of an existing bot.

    Args:
        message: what was received, as aiogram or python-telegram-bot gives it.
        channel: the name of the channel.

    The topic is taken only from a message that lies in one; in other chats a chain of replies has
    a `message_thread_id` too, which is no topic.

    Raises:
        ValueError: when the chat is of a type that cannot hold messages.
    """
    thread_id = message.message_thread_id if message.is_topic_message else None
    return address_in(message.chat.id, message.chat.type, thread_id, channel=channel)


def topic_of(address: Address) -> int | None:
    """Return the topic's number for Telegram; None outside of topics and in a forum's General."""
    topic = None if address.thread is None else number_of(address.thread)
    return None if address.kind is ChatKind.GROUP and topic == _GENERAL_TOPIC else topic


def chat_of(address: Address) -> int:
    """Return the chat's number for Telegram."""
    return number_of(address.chat)
