"""What persons send besides text, quote and pass on: as bots read it, as Telegram writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiogram.types import Update

from tickertape.emulator import (
    BEN,
    CHANNEL,
    GROUP,
    SUPERGROUP,
    TOKEN,
    YOU,
    World,
    furnished_world,
)
from tickertape.emulator.control import order
from tickertape.emulator.media import KINDS, has_caption
from tickertape.emulator.people import WorldError

BUTTON = {"inline_keyboard": [[{"text": "Stop", "callback_data": "stop"}]]}


@pytest.fixture
def world() -> World:
    """A world in which nothing was said."""
    return furnished_world()


def read(world: World) -> list[dict[str, Any]]:
    """Give the messages that the bot reads; each one is what aiogram takes for a message."""
    answer = world.call(TOKEN, "getUpdates", {}, 0.0)
    assert isinstance(answer.result, list)
    for update in answer.result:
        Update.model_validate(update)
    return [update.get("message") or update["channel_post"] for update in answer.result]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_content(world: World, kind: str) -> None:
    """Bots read it by its fields, with a caption where it can have one, and in its album."""
    caption = "look *here*" if has_caption(kind) else ""
    bold: list[object] = [{"type": "bold", "offset": 0, "length": 4}] if caption else []
    world.person_sends(YOU, kind, 0.0, caption=caption, entities=bold, album="77")
    [message] = read(world)
    assert KINDS[kind].items() <= message.items()
    assert "text" not in message
    assert message.get("caption", "") == caption
    assert message.get("caption_entities", []) == bold
    assert message["media_group_id"] == "77"


def test_a_quote(world: World) -> None:
    """It is told with its place, counted in UTF-16 units."""
    said = world.person_writes(GROUP, "\N{GRINNING FACE} tea, please", 0.0, person_id=BEN)
    world.person_writes(GROUP, "why?", 0.0, reply_to=said.message_id, quote="tea")
    _, message = read(world)
    assert message["quote"] == {"text": "tea", "position": 3, "is_manual": True}
    assert message["reply_to_message"]["text"] == said.content.text.text


def test_a_reply_to_another_chat(world: World) -> None:
    """It tells the media of what is answered, and none of its words."""
    post = world.person_sends(CHANNEL, "photo", 0.0, caption="tea")
    world.person_writes(YOU, "why?", 0.0, about=post, quote="tea")
    external = read(world)[1]["external_reply"]
    assert external["origin"]["type"] == "channel"
    assert external["chat"]["id"] == CHANNEL
    assert external["photo"]
    assert "caption" not in external


@pytest.mark.parametrize(("hidden", "kind"), [(False, "user"), (True, "hidden_user")])
def test_a_message_that_is_passed_on(world: World, *, hidden: bool, kind: str) -> None:
    """It keeps its content, and tells where it is from."""
    said = world.person_sends(GROUP, "photo", 0.0, caption="tea", person_id=BEN)
    world.person_forwards(YOU, said, 0.0, hidden=hidden)
    message = read(world)[1]
    assert message["forward_origin"]["type"] == kind
    assert (message["from"]["id"], message["caption"]) == (YOU, "tea")
    passed_on = world.person_writes(CHANNEL, "news", 0.0)
    world.person_forwards(YOU, passed_on, 0.0)
    assert read(world)[-1]["forward_origin"]["type"] == "channel"


@pytest.mark.parametrize(
    "act",
    [
        lambda world: world.person_sends(YOU, "hologram", 0.0),
        lambda world: world.person_sends(YOU, "sticker", 0.0, caption="x"),
        lambda world: world.person_sends(YOU, "photo", 0.0, caption="x" * 1025),
        lambda world: world.person_writes(YOU, "x", 0.0, quote="y"),
        lambda world: world.person_writes(YOU, "x", 0.0, entities=[{"type": "bold"}]),
        lambda world: world.message(YOU, 77),
    ],
)
def test_what_cannot_be_sent(world: World, act: Callable[[World], object]) -> None:
    """It is refused with a sentence."""
    world.begin(YOU)
    with pytest.raises(WorldError):
        act(world)


def test_all_of_it_can_be_ordered(world: World) -> None:
    """By name, as over HTTP."""
    link: dict[str, object] = {"type": "text_link", "offset": 0, "length": 3, "url": "https://a.b/"}
    said = {"verb": "write", "chat_id": GROUP, "person_id": BEN, "text": "tea", "entities": [link]}
    order(world, said, 0.0)
    number = world.screen(GROUP).messages[0].message_id
    about = {"about_chat_id": GROUP, "about_message_id": number, "quote": "tea"}
    order(world, {"verb": "write", "chat_id": YOU, "text": "why?", **about}, 0.0)
    order(world, {"verb": "send", "chat_id": YOU, "kind": "photo", "caption": "x"}, 0.0)
    forward = {"verb": "forward", "chat_id": YOU, "from_chat_id": GROUP, "message_id": number}
    order(world, forward, 0.0)
    first, second, third, fourth = read(world)
    assert first["entities"] == [link]
    assert second["quote"]["text"] == "tea"
    assert third["caption"] == "x"
    assert fourth["forward_origin"]["sender_user"]["id"] == BEN


@pytest.mark.parametrize("chat_id", [YOU, SUPERGROUP])
def test_the_buttons_alone_are_edited(world: World, chat_id: int) -> None:
    """The text stays; what changes nothing, and what is not the bot's, is refused."""
    world.begin(YOU)
    sent = world.call(
        TOKEN, "sendMessage", {"chat_id": chat_id, "text": "a", "reply_markup": BUTTON}, 0.0
    )
    assert isinstance(sent.result, dict)
    here = {"chat_id": chat_id, "message_id": sent.result["message_id"]}
    edited = world.call(TOKEN, "editMessageReplyMarkup", here, 1.0)
    assert isinstance(edited.result, dict)
    assert edited.result["text"] == "a"
    assert "reply_markup" not in edited.result
    again = world.call(TOKEN, "editMessageReplyMarkup", here, 2.0)
    assert "message is not modified" in str(again.body["description"])
    theirs = world.person_writes(chat_id, "b", 3.0)
    not_ours = {"chat_id": chat_id, "message_id": theirs.message_id}
    refused = world.call(TOKEN, "editMessageReplyMarkup", not_ours, 4.0)
    assert refused.body["description"] == "Bad Request: message can't be edited"
    gone = world.call(TOKEN, "editMessageReplyMarkup", {**here, "message_id": 99}, 5.0)
    assert gone.body["description"] == "Bad Request: message to edit not found"
