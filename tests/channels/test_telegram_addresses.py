"""Places get their names, and keep them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import Chat, Message

from tickertape.channels.telegram.addresses import ForeignIdError, address_in, address_of, number_of
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


def test_the_channel_of_an_address() -> None:
    """It is called as whoever runs it says; a bot of somebody else's has one channel mostly."""
    message = _message()
    assert address_of(message).channel == "telegram"
    assert address_of(message, channel="work") == Address("work", "1001", ChatKind.PRIVATE)
    assert address_in(-5, "group", None, channel="work") == Address("work", "-5", ChatKind.GROUP)


@pytest.mark.parametrize("number", [0, 7, -5, -1001234567890, 2**63 - 1, -(2**63)])
def test_ids_are_numbers(number: int) -> None:
    """Each number of Telegram has its id, and no other."""
    assert number_of(str(number)) == number


@pytest.mark.parametrize(
    "foreign", ["", "m7", " 7", "7\n", "+7", "07", "-0", "-", "7_0", "7.0", "٧", "1" * 5000, "!r:x"]
)
def test_ids_that_telegram_cannot_have_made(foreign: str) -> None:
    """A number written in another way is none: two names of one place would be two places."""
    with pytest.raises(ForeignIdError, match="not an id of Telegram"):
        number_of(foreign)
