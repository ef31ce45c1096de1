"""What a room's events say to a gateway."""

from __future__ import annotations

from typing import Any

import pytest

from tickertape.channels.matrix.inbound import BotIdentity, Groups, is_stop, message_of, relation_of
from tickertape.channels.matrix.rooms import MatrixRoom, room_of
from tickertape.chat import Address, ChatKind, Message
from tickertape.message import (
    Attachment,
    AttachmentKind,
    Author,
    AuthorKind,
    QuotedMessage,
    text_for_model,
)

BOT, ANN, BEN = "@bot:example.org", "@ann:example.org", "@ben:example.org"
ME = BotIdentity(BOT, "Ticker", "home", ("stop", "new", "model"))
NAMES = {BOT: "Ticker", ANN: "Ann"}
CHAT = MatrixRoom("!two:example.org", ChatKind.PRIVATE, NAMES)
GROUP = MatrixRoom("!many:example.org", ChatKind.GROUP, NAMES)
PILL = f'<a href="https://matrix.to/#/{BOT}">Ticker</a>: hello'


def event(body: str = "hello", /, **content: Any) -> dict[str, Any]:
    """Make the event of a message; `sender` is who sent it."""
    sender = content.pop("sender", ANN)
    told = {"msgtype": "m.text", "body": body, **content}
    return {
        "type": "m.room.message",
        "event_id": "$e",
        "sender": sender,
        "origin_server_ts": 1_700_000_000_123,
        "content": told,
    }


def answer_to(target: str, **more: Any) -> dict[str, Any]:
    """Make the relation of an answer."""
    return {"m.relates_to": {"m.in_reply_to": {"event_id": target}, **more}}


def read(told: dict[str, Any], room: MatrixRoom = CHAT, groups: Groups = "mention") -> Message:
    """Read an event that says something."""
    message = message_of(told, room, ME, groups)
    assert message is not None
    return message


def test_a_message_of_a_private_chat() -> None:
    """It is for the bot, under the ids that the homeserver gave."""
    message = read(event())
    assert message.address == Address("home", "!two:example.org", ChatKind.PRIVATE)
    assert (message.text, message.message_id, message.key) == ("hello", "$e", "$e")
    assert message.sender is not None
    assert (message.sender.id, message.sender.name) == (ANN, "Ann")
    assert (message.order, message.sent_at) == (1_700_000_000_123, 1_700_000_000.123)
    assert (message.to_us, message.names_us, message.parts) == (True, False, ())


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (event("Ticker: hello", **{"m.mentions": {"user_ids": [BOT]}}), "hello"),
        (event("hello, Ticker", **{"m.mentions": {"user_ids": [BOT]}}), "hello, Ticker"),
        (event(f"{BOT} hello", **{"m.mentions": {"user_ids": [BOT]}}), "hello"),
        (event("@bot hello", **{"m.mentions": {}}), "hello"),
        (event("ticker, hello", **{"m.mentions": {}}), "hello"),
        (event("Ticker: hello", formatted_body=PILL), "hello"),
        (event(f"what does {BOT} say?"), f"what does {BOT} say?"),
        (event("Ticker", **{"m.mentions": {"user_ids": [BOT]}}), ""),
    ],
)
def test_a_mention_in_a_group(told: dict[str, Any], text: str) -> None:
    """By a program that tells mentions, by an older one, or by hand; the name is cut out."""
    message = read(told, GROUP)
    assert (message.text, message.to_us, message.names_us) == (text, True, True)


@pytest.mark.parametrize(
    "told",
    [
        event("hello"),
        event("Ticker is slow today", **{"m.mentions": {}}),
        event("tickers: hello"),
        event("@bot:another.org hello"),
        event("hello", **{"m.mentions": {"user_ids": [BEN]}}),
    ],
)
def test_what_is_not_for_the_bot_in_a_group(told: dict[str, Any]) -> None:
    """It is read under the policy `all` alone."""
    assert message_of(told, GROUP, ME) is None
    message = read(told, GROUP, "all")
    assert (message.text, message.to_us) == (told["content"]["body"], False)
    assert message_of(told, GROUP, ME, "off") is None


def test_nothing_of_groups_is_read_where_they_are_off() -> None:
    """Neither mentions nor commands."""
    assert message_of(event("/stop"), GROUP, ME, "off") is None
    assert message_of(event("/stop"), CHAT, ME, "off") is not None


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("/model fast", "/model fast"),
        ("!model fast", "/model fast"),
        ("!New", "/New"),
        ("stop", "/stop"),
        (" Stop\n", "/stop"),
        ("stop it", "stop it"),
        ("!important: read this", "!important: read this"),
        ("!weather", "!weather"),
    ],
)
def test_commands(said: str, text: str) -> None:
    """By `/`, by `!` where the word is a command, and `stop` alone."""
    assert read(event(said)).text == text
    message = message_of(event(f"Ticker: {said.strip()}"), GROUP, ME)
    assert message is not None
    assert message.text == text.strip()


def test_a_command_in_a_group_is_for_the_bot() -> None:
    """Without its name, too; then one that is unknown is another bot's."""
    message = read(event("/weather"), GROUP)
    assert (message.to_us, message.names_us) == (True, False)


def test_what_is_answered_is_read_as_its_author_left_it() -> None:
    """With its edits, and without the quotation that older programs write into the answer."""
    said = event("> <@ben:example.org> one\n> two\n\nIs that so?", **answer_to("$q"))
    quoted = event("one", sender=BEN) | {
        "unsigned": {"m.relations": {"m.replace": {"content": {"m.new_content": {"body": "two"}}}}}
    }
    quoted["unsigned"]["m.relations"]["m.replace"]["content"]["m.new_content"]["msgtype"] = "m.text"
    message = message_of(said, CHAT, ME, answered=quoted)
    assert message is not None
    assert message.text == "Is that so?"
    assert text_for_model(message.parts) == (
        '[in reply to a message from "ben"]\n> two\n\nIs that so?'
    )


def test_an_answer_to_the_bot_is_for_it() -> None:
    """In a group, without its name; what it answers is the bot's own."""
    said = event("why?", **answer_to("$q"))
    message = message_of(said, GROUP, ME, answered=event("so", sender=BOT))
    assert message is not None
    assert (message.to_us, message.names_us) == (True, True)
    author = Author("Ticker", AuthorKind.SELF, BOT)
    assert message.parts == (QuotedMessage(("so",), author), "why?")
    assert message_of(said, GROUP, ME, answered=event("so", sender=BEN)) is None


def test_an_answer_to_what_is_not_there_any_more() -> None:
    """What was removed, or cannot be seen, has no words."""
    removed = event("so", sender=BEN) | {"content": {}}
    for answered in (removed, {}):
        message = message_of(event("why?", **answer_to("$q")), CHAT, ME, answered=answered)
        assert message is not None
        assert message.parts == (QuotedMessage(()), "why?")


def test_a_thread_is_a_conversation_of_its_own() -> None:
    """What programs without threads show as an answer is none."""
    thread = {"rel_type": "m.thread", "event_id": "$root", "is_falling_back": True}
    message = read(event("and?", **answer_to("$last", **thread)))
    assert message.address.thread == "$root"
    assert relation_of(event("and?", **answer_to("$last", **thread))).answers is None
    inside = thread | {"is_falling_back": False}
    assert relation_of(event("and?", **answer_to("$q", **inside))).answers == "$q"


@pytest.mark.parametrize(
    ("told", "parts"),
    [
        (event("p.png", msgtype="m.image"), (Attachment(AttachmentKind.PHOTO),)),
        (
            event("Who is it?", msgtype="m.image", filename="p.png"),
            (Attachment(AttachmentKind.PHOTO), "Who is it?"),
        ),
        (event("a.pdf", msgtype="m.file"), (Attachment(AttachmentKind.DOCUMENT, "a.pdf"),)),
        (
            event("v", msgtype="m.audio", **{"org.matrix.msc3245.voice": {}}),
            (Attachment(AttachmentKind.VOICE_MESSAGE),),
        ),
        (event("geo:1,2", msgtype="m.location"), (Attachment(AttachmentKind.LOCATION),)),
        (event("🐈") | {"type": "m.sticker"}, (Attachment(AttachmentKind.STICKER, "🐈"),)),
        (event("?", msgtype="org.example.odd"), (Attachment(AttachmentKind.UNKNOWN), "?")),
    ],
)
def test_what_is_no_text(told: dict[str, Any], parts: tuple[object, ...]) -> None:
    """It is there, and its caption is what was said."""
    assert read(told).parts == parts


@pytest.mark.parametrize(
    "told",
    [
        event("hi", msgtype="m.notice"),
        event("* hi", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$o"}}),
        event() | {"content": {}},
    ],
)
def test_what_is_not_read(told: dict[str, Any]) -> None:
    """Other bots, edits, and what was removed."""
    assert message_of(told, CHAT, ME, "all") is None


@pytest.mark.parametrize("odd", [None, 7, "x", [], {"user_ids": 3}, {"user_ids": [None]}])
def test_odd_contents_are_no_reason_to_fail(odd: object) -> None:
    """Anybody may send anything as an event."""
    told = event("hello", **{"m.mentions": odd, "m.relates_to": odd, "formatted_body": odd})
    assert read(told).text == "hello"
    assert message_of({"content": odd, "origin_server_ts": odd}, CHAT, ME) is None or odd


@pytest.mark.parametrize(("key", "stops"), [("🛑", True), ("🛑\ufe0f", True), ("👍", False)])
def test_the_reaction_that_stops(key: str, *, stops: bool) -> None:
    """With the sign of an emoji behind it, too."""
    relation = {"rel_type": "m.annotation", "event_id": "$m", "key": key}
    assert is_stop(relation_of({"content": {"m.relates_to": relation}})) is stops


def test_two_in_a_room_are_in_private() -> None:
    """So are those of a room that the account lists as direct."""
    two = {"joined": {BOT: {"display_name": "Ticker"}, ANN: {}}}
    three = {"joined": {**two["joined"], BEN: {"display_name": None}}}
    assert room_of("!r", two, is_direct=False).kind is ChatKind.PRIVATE
    assert room_of("!r", three, is_direct=False).kind is ChatKind.GROUP
    assert room_of("!r", three, is_direct=True).kind is ChatKind.PRIVATE
    assert room_of("!r", three, is_direct=False).name_of(BEN) == "ben"
