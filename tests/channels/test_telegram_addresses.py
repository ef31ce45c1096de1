"""Places get their names, and keep them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import Chat, Message

from tickertape.channels.telegram.addresses import address_in, address_of
from tickertape.chat import Address, ChatKind


def _message(**fields: Any) -> Message:
    given = {"message_id": 9, "date": datetime.now(UTC), "chat": Chat(id=1001, type="private")}
    return Message(**{**given, **fields})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("private", ChatKind.PRIVATE),
        ("group", ChatKind.GROUP),
        ("supergroup", ChatKind.GROUP),
        ("channel", ChatKind.CHANNEL),
    ],
)
def test_address_of(kind: str, expected: ChatKind) -> None:
    """An answer's address has the chat's kind, and the topic if the message lies in one."""
    chat = Chat(id=5, type=kind)
    assert address_of(_message(chat=chat)) == Address("telegram", "5", expected)
    chained = _message(chat=chat, message_thread_id=7)
    assert address_of(chained) == Address("telegram", "5", expected)
    in_topic = _message(chat=chat, message_thread_id=7, is_topic_message=True)
    assert address_of(in_topic) == Address("telegram", "5", expected, "7")


def test_addresses_of_no_chat() -> None:
    """A type that no chat has is an error; the General topic is the forum itself."""
    with pytest.raises(ValueError, match="no chat can be of type 'sender'"):
        address_in(5, "sender", None)
    assert address_in(-5, "supergroup", 1) == Address("telegram", "-5", ChatKind.GROUP)
    assert address_in(5, "private", 1) == Address("telegram", "5", ChatKind.PRIVATE, "1")
