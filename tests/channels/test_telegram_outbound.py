"""Actions become calls: by tables, without a network."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.client.default import Default
from aiogram.methods import (
    DeleteMessage,
    EditMessageText,
    SendChatAction,
    SendMessage,
    SendMessageDraft,
)

from tickertape.channels.telegram.outbound import method_of
from tickertape.channels.telegram.outcomes import outcome_of_result
from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import Accepted, Delete, Edit, Post, Probe, ShowDraft

PRIVATE = Address(1001, ChatKind.PRIVATE)
TOPIC = Address(-100, ChatKind.GROUP, 7)
GENERAL = Address(-100, ChatKind.GROUP, 1)


def _sent(method: SendMessage | EditMessageText | SendMessageDraft) -> dict[str, Any]:
    """What a method sends: everything that is set and is not left to the bot's defaults."""
    fields = method.model_dump(warnings=False)
    return {
        key: value
        for key, value in fields.items()
        if value is not None and not isinstance(value, Default)
    }


def test_a_draft_becomes_a_call() -> None:
    """A draft carries its number, the stop button, its topic, and no parse mode."""
    method = method_of(ShowDraft(Address(1001, ChatKind.PRIVATE, 7), 5, "hi"))
    assert isinstance(method, SendMessageDraft)
    assert _sent(method) == {
        "chat_id": 1001,
        "message_thread_id": 7,
        "draft_id": 5,
        "text": "hi",
        "can_stop": True,
    }
    assert method.parse_mode is None


def test_a_deletion_becomes_a_call() -> None:
    """Deleting names the chat and the message."""
    method = method_of(Delete(PRIVATE, 9))
    assert isinstance(method, DeleteMessage)
    assert (method.chat_id, method.message_id) == (1001, 9)


def test_a_post_becomes_a_call() -> None:
    """A post is plain text without link previews, in its topic, without a reply unless asked."""
    method = method_of(Post(TOPIC, "hi"))
    assert isinstance(method, SendMessage)
    assert _sent(method)["link_preview_options"]["is_disabled"] is True
    assert (method.chat_id, method.message_thread_id, method.text) == (-100, 7, "hi")
    assert method.parse_mode is None
    assert method.reply_parameters is None


def test_a_reply_goes_out_alone_if_it_must() -> None:
    """A reply to a message that is gone is sent without it, whatever the bot's defaults say."""
    method = method_of(Post(PRIVATE, "hi", reply_to=3))
    assert isinstance(method, SendMessage)
    assert method.reply_parameters is not None
    assert method.reply_parameters.message_id == 3
    assert method.reply_parameters.allow_sending_without_reply is True


def test_an_edit_becomes_a_call() -> None:
    """An edit names its message and drops any keyboard."""
    method = method_of(Edit(TOPIC, 9, "hi"))
    assert isinstance(method, EditMessageText)
    assert (method.chat_id, method.message_id, method.text) == (-100, 9, "hi")
    assert (method.parse_mode, method.reply_markup) == (None, None)


def test_the_general_topic_has_no_number() -> None:
    """The General topic of a forum is never named; a private topic of that number is."""
    for action in (Post(GENERAL, "hi"), ShowDraft(GENERAL, 1, "hi")):
        method = method_of(action)
        assert isinstance(method, SendMessage | SendMessageDraft)
        assert method.message_thread_id is None
    private = method_of(Post(Address(1001, ChatKind.PRIVATE, 1), "hi"))
    assert isinstance(private, SendMessage)
    assert private.message_thread_id == 1


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("plain 😀", "plain 😀"),
        ("a\ud83db", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
        ("end \ud83d", "end \ufffd"),
        ("", ""),
    ],
)
def test_broken_characters_do_not_hold_back_a_text(text: str, sent: str) -> None:
    """Halves of a surrogate pair are joined where they meet and replaced where they are alone."""
    for action in (Post(PRIVATE, text), ShowDraft(PRIVATE, 1, text), Edit(PRIVATE, 1, text)):
        assert method_of(action).model_dump()["text"] == sent


def test_a_probe_is_a_chat_action() -> None:
    """What leaves no trace: "typing", in the topic; granted, it shows nothing."""
    probe = Probe(Address(-5, ChatKind.GROUP, 9))
    method = method_of(probe)
    assert isinstance(method, SendChatAction)
    assert (method.chat_id, method.message_thread_id, method.action) == (-5, 9, "typing")
    assert outcome_of_result(probe, True) == Accepted("")
