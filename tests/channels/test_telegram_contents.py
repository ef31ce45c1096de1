"""What people send besides plain words, as the gateway reads it and as a model does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.channels.telegram.inbound import Groups, Me, inbound_of
from tickertape.chat import Address, ChatKind, Message, Moved, Person
from tickertape.gateway.question import is_question, is_unreadable
from tickertape.markup.rulers import UTF16
from tickertape.message import (
    Attachment,
    AttachmentKind,
    Author,
    AuthorKind,
    ForwardedMessage,
    QuotedMessage,
    text_for_model,
)

ME = Me(id=42, username="tickertape_bot")
ANN = {"id": 1001, "is_bot": False, "first_name": "Ann"}
BEN = {"id": 1002, "is_bot": False, "first_name": "Ben", "last_name": "Ho"}
BOT = {"id": 42, "is_bot": True, "first_name": "Tape", "username": "tickertape_bot"}
PRIVATE = {"id": 1001, "type": "private", "first_name": "Ann"}
GROUP = {"id": -5, "type": "group", "title": "Team"}
FORUM = {"id": -100, "type": "supergroup", "title": "Workshop", "is_forum": True}
NEWS = {"id": -200, "type": "channel", "title": "News"}
PHOTO: dict[str, Any] = {"photo": [{"file_id": "x", "width": 90, "height": 90}]}

ELSEWHERE = '[in reply to these words from "Ben Ho", in the chat "Workshop"]'

# Every kind of content of core.telegram.org/bots/api#message, as the server writes it.
WORDLESS: dict[str, dict[str, Any]] = {
    "photo": PHOTO,
    "live photo": {"live_photo": {"file_id": "x"}, **PHOTO},
    "video": {"video": {"file_id": "x", "duration": 3}},
    "video message": {"video_note": {"file_id": "x", "length": 240}},
    "animation": {"animation": {"file_id": "x"}, "document": {"file_id": "x"}},
    'audio "Bach Air"': {"audio": {"file_id": "x", "performer": "Bach", "title": "Air"}},
    "voice message": {"voice": {"file_id": "x", "duration": 3}},
    'sticker "😀"': {"sticker": {"file_id": "x", "emoji": "😀"}},
    'document "plan.pdf"': {"document": {"file_id": "x", "file_name": "plan.pdf"}},
    "story": {"story": {"chat": NEWS, "id": 3}},
    "paid media": {"paid_media": {"star_count": 1, "paid_media": []}},
    'venue "Café Here 1"': {
        "venue": {"title": "Café", "address": "Here 1"},
        "location": {"latitude": 52.5, "longitude": 13.4},
    },
    'location "52.5 13.4"': {"location": {"latitude": 52.5, "longitude": 13.4}},
    'contact "Eve Li +491"': {
        "contact": {"phone_number": "+491", "first_name": "Eve", "last_name": "Li"}
    },
    'poll "Tea?"': {"poll": {"id": "1", "question": "Tea?", "options": []}},
    'poll "Tea? - Yes - No"': {
        "poll": {"id": "1", "question": "Tea?", "options": [{"text": "Yes"}, {"text": "No"}]}
    },
    'checklist "Shopping"': {"checklist": {"title": "Shopping", "tasks": []}},
    'checklist "Shopping - tea"': {
        "checklist": {"title": "Shopping", "tasks": [{"id": 1, "text": "tea"}]}
    },
    'dice "🎲 6"': {"dice": {"emoji": "🎲", "value": 6}},
    'game "Snake"': {"game": {"title": "Snake", "description": "", "photo": []}},
    'invoice "Tea"': {"invoice": {"title": "Tea", "total_amount": 1}},
    "giveaway": {"giveaway": {"chats": [], "winner_count": 1}},
    "attachment": {"hologram": {"file_id": "x"}},
}


def _update(chat: dict[str, Any], text: str | None = None, **more: Any) -> dict[str, Any]:
    message: dict[str, Any] = {"message_id": 9, "date": 1, "chat": chat, "from": ANN, **more}
    if text is not None:
        message["text"] = text
    return {"update_id": 7, "message": message}


def _target(sender: dict[str, Any], text: str | None = None, **more: Any) -> dict[str, Any]:
    """Give a message that is answered."""
    told: dict[str, Any] = {"message_id": 3, "date": 1, "chat": GROUP, "from": sender, **more}
    return told if text is None else told | {"text": text}


def _entity(kind: str, text: str, part: str, **more: Any) -> dict[str, Any]:
    start = text.index(part)
    offset, size = UTF16.measure(text[:start]), UTF16.measure(part)
    return {"type": kind, "offset": offset, "length": size, **more}


def _read(update: object, groups: Groups = "mention") -> Message:
    inbound = inbound_of(update, ME, groups)
    assert isinstance(inbound, Message)
    return inbound


def _told(update: object) -> str:
    return text_for_model(_read(update).content)


@pytest.mark.parametrize("kind", WORDLESS)
def test_what_has_no_words_is_read(kind: str) -> None:
    """In private it comes in, can be named, and is no question; a caption makes it one."""
    wordless = _read(_update(PRIVATE, **WORDLESS[kind]))
    assert (wordless.text, wordless.to_us) == ("", True)
    assert is_unreadable(wordless)
    captioned = _update(PRIVATE, caption="what is it?", **WORDLESS[kind])
    assert is_question(_read(captioned))
    assert _told(captioned) == f"[{kind}]\nwhat is it?"


@pytest.mark.parametrize("groups", ["mention", "all"])
def test_what_has_no_words_is_for_us_where_it_answers_us(groups: Groups) -> None:
    """In a group a picture is for the bot only as a reply to it, or with its name beside it."""
    caption = "@tickertape_bot"
    named: dict[str, Any] = {
        "caption": caption,
        "caption_entities": [_entity("mention", caption, caption)],
    }
    for more in ({"reply_to_message": _target(BOT, "said")}, named):
        message = _read(_update(GROUP, **PHOTO, **more), groups)
        assert message.to_us
        assert is_unreadable(message)
    other = inbound_of(_update(GROUP, **PHOTO), ME, groups)
    assert other is None or (isinstance(other, Message) and not other.to_us)


def test_what_no_server_knows_is_read() -> None:
    """A kind that the server itself does not know comes without any content."""
    assert _read(_update(PRIVATE)).parts == (Attachment(AttachmentKind.UNKNOWN),)
    assert not is_unreadable(_read(_update(PRIVATE, " \n ")))


@pytest.mark.parametrize(
    "field",
    ["new_chat_members", "pinned_message", "new_chat_title", "gift", "video_chat_started"],
)
def test_what_telegram_says_is_not_read(field: str) -> None:
    """Nobody waits for an answer to it, in private neither."""
    for chat in (PRIVATE, GROUP):
        service: dict[str, Any] = {field: {"id": 1}}
        assert inbound_of(_update(chat, **service), ME, "all") is None


def test_an_album_has_a_name() -> None:
    """Its pieces share it."""
    assert _read(_update(PRIVATE, media_group_id="77", **PHOTO)).album == "77"


def test_the_answered_message_is_told() -> None:
    """A reply to somebody's message brings it along, with who wrote it."""
    said = "@tickertape_bot summarise this"
    update = _update(
        GROUP,
        said,
        entities=[_entity("mention", said, "@tickertape_bot")],
        reply_to_message=_target(BEN, "Ten o'clock.\nRoom 5."),
    )
    message = _read(update)
    assert message.text == "summarise this"
    assert message.parts == (
        QuotedMessage(("Ten o'clock.\nRoom 5.",), Author("Ben Ho", id="1002")),
        "summarise this",
    )
    assert _told(update) == (
        '[in reply to a message from "Ben Ho"]\n> Ten o\'clock.\n> Room 5.\n\nsummarise this'
    )


def test_the_answered_message_with_a_picture() -> None:
    """Its picture and its caption are told."""
    update = _update(PRIVATE, "hm?", reply_to_message=_target(BEN, caption="the plan", **PHOTO))
    assert _told(update).splitlines()[1:3] == ["> [photo]", "> the plan"]


def test_the_answered_message_of_the_bot() -> None:
    """The bot's own words are told as its own, also those that were shown as blocks."""
    blocks = [
        {"type": "heading", "text": "A"},
        {"type": "paragraph", "text": ["b ", {"text": "c"}]},
    ]
    for target in (_target(BOT, "A\nb c"), _target(BOT, rich_message={"blocks": blocks})):
        update = _update(PRIVATE, "why?", reply_to_message=target)
        assert _told(update) == "[in reply to a message from you]\n> A\n> b c\n\nwhy?"


def test_the_words_that_were_picked_out() -> None:
    """A quote replaces the answered message."""
    target = _target(BEN, "a long message about tea and more")
    update = _update(
        PRIVATE, "why?", reply_to_message=target, quote={"text": "tea", "position": 21}
    )
    assert _told(update) == '[in reply to these words from "Ben Ho"]\n> tea\n\nwhy?'


@pytest.mark.parametrize(
    ("quote", "told"),
    [
        ({"text": "the docs", "position": 7}, "the [docs](https://x.example)"),
        ({"text": "docs", "position": 11}, "[docs](https://x.example)"),
        ({"text": "oc", "position": 12}, "[oc](https://x.example)"),
        ({"text": "docs", "position": 3}, "docs"),
        ({"text": "code", "position": 16}, "`code`"),
    ],
)
def test_picked_words_keep_their_addresses(quote: dict[str, object], told: str) -> None:
    """A quote comes without what is under its words; the message that it is picked from has it."""
    target = _target(
        BEN,
        "🚀 see the docs code",
        entities=[
            {"type": "text_link", "offset": 11, "length": 4, "url": "https://x.example"},
            {"type": "code", "offset": 16, "length": 4},
        ],
    )
    update = _update(PRIVATE, "why?", reply_to_message=target, quote=quote)
    assert _told(update) == f'[in reply to these words from "Ben Ho"]\n> {told}\n\nwhy?'


def test_what_a_forwarded_message_answers_is_forwarded_with_it() -> None:
    """The quote is another person's as the words are."""
    origin = {"type": "user", "sender_user": BEN, "date": 1}
    update = _update(PRIVATE, "no", forward_origin=origin, external_reply={}, quote={"text": "tea"})
    told = '[forwarded from "Ben Ho"]\n> [in reply to these words]\n> > tea\n>\n> no'
    assert _told(update) == told


def test_a_quote_that_was_cut_in_the_middle_of_a_character() -> None:
    """Half of a character is replaced; the message is read."""
    update = _update(PRIVATE, "why?", quote={"text": "tea \ud83c", "position": 0})
    assert _told(update) == "[in reply to these words]\n> tea \ufffd\n\nwhy?"


@pytest.mark.parametrize(
    ("origin", "who"),
    [
        ({"type": "user", "sender_user": BEN}, '"Ben Ho"'),
        ({"type": "user", "sender_user": BOT}, "you"),
        ({"type": "hidden_user", "sender_user_name": "Eve"}, '"Eve" (account hidden)'),
        ({"type": "chat", "sender_chat": GROUP}, 'the chat "Team"'),
        ({"type": "channel", "chat": NEWS, "message_id": 3}, 'the channel "News"'),
    ],
)
def test_what_is_passed_on(origin: dict[str, Any], who: str) -> None:
    """Words that somebody forwards are somebody else's: no order, and marked as such."""
    update = _update(PRIVATE, "/new", forward_origin={**origin, "date": 1})
    message = _read(update)
    assert (message.text, is_question(message)) == ("", True)
    assert _told(update) == f"[forwarded from {who}]\n> /new"
    picture = _update(PRIVATE, forward_origin={**origin, "date": 1}, **PHOTO)
    assert is_unreadable(_read(picture))


def test_what_is_passed_on_by_nobody_who_is_known() -> None:
    """A kind of origin that is not known is one nevertheless."""
    update = _update(PRIVATE, "hi", forward_origin={"type": "planet"})
    assert _read(update).parts == (ForwardedMessage(("hi",)),)
    assert _told(update) == "[forwarded]\n> hi"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (
            {"origin": {"type": "channel", "chat": NEWS}, "chat": NEWS, "message_id": 1},
            '[in reply to these words from the channel "News"]\n> tea\n\nwhy?',
        ),
        (
            {"origin": {"type": "user", "sender_user": BEN}, "chat": FORUM, **PHOTO},
            f"{ELSEWHERE}\n> [photo]\n> tea\n\nwhy?",
        ),
        ("?", "[in reply to these words]\n> tea\n\nwhy?"),
    ],
)
def test_a_reply_to_a_message_of_another_chat(reply: object, told: str) -> None:
    """It is told with its author, its chat, and the words that were picked out."""
    assert _told(_update(PRIVATE, "why?", external_reply=reply, quote={"text": "tea"})) == told


def test_a_reply_to_a_story() -> None:
    """A story is told as one."""
    update = _update(PRIVATE, "wow", reply_to_story={"chat": PRIVATE, "id": 1})
    assert _told(update) == '[in reply to a message from "Ann"]\n> [story]\n\nwow'


def test_a_rich_message_is_read() -> None:
    """Its words, its lists, tables and code; whoever sends one."""
    blocks = [
        {"type": "paragraph", "text": [{"type": "bold", "text": "Hi"}, " you"]},
        {"type": "list", "items": [{"label": "1.", "blocks": [{"type": "footer", "text": "a"}]}]},
        {"type": "table", "cells": [[{"text": "b"}, {"text": {"type": "code", "text": "c"}}]]},
        {"type": "pre", "text": "x = 1"},
        {"type": "thinking", "text": "hm"},
        {"type": "divider"},
    ]
    told = _told(_update(PRIVATE, rich_message={"blocks": blocks}))
    assert told == "Hi you\n1. a\nb | `c`\n```\nx = 1\n```"


@pytest.mark.parametrize(
    "target",
    [
        _target(BOT, chat=FORUM, message_id=7, forum_topic_created={"name": "x"}),
        _target(BEN, chat=FORUM, message_id=7, text="opened it"),
        _target(BEN, pinned_message={}),
        {"message_id": 5, "date": 0, "chat": FORUM},
    ],
)
def test_what_is_answered_only_formally_is_no_quote(target: dict[str, Any]) -> None:
    """The root of a topic, a service message, a message that is gone: nothing is told of it."""
    update = _update(
        FORUM, "/ask why", message_thread_id=7, is_topic_message=True, reply_to_message=target
    )
    update["message"]["entities"] = [_entity("bot_command", "/ask why", "/ask")]
    assert _read(update).parts == ()


def test_the_name_alone() -> None:
    """As a reply, the answered message is the question; alone, there is none."""
    name = "@tickertape_bot"
    entities = [_entity("mention", name, name)]
    alone = _read(_update(GROUP, name, entities=entities))
    assert (alone.text, alone.to_us, alone.parts) == ("", True, ())
    assert not is_question(alone)
    assert not is_unreadable(alone)
    about = _update(GROUP, name, entities=entities, reply_to_message=_target(BEN, "Tea?"))
    assert is_question(_read(about))
    assert _told(about) == '[in reply to a message from "Ben Ho"]\n> Tea?'
    picture = _update(GROUP, name, entities=entities, reply_to_message=_target(BEN, **PHOTO))
    assert is_unreadable(_read(picture))


def test_who_writes_for_a_chat_is_that_chat() -> None:
    """An anonymous administrator, and a channel in a group; as authors of what is answered, too."""
    ghost = {
        "id": 1087968824,
        "is_bot": True,
        "first_name": "Group",
        "username": "GroupAnonymousBot",
    }
    said = "@tickertape_bot hi"
    update = _update(GROUP, said, entities=[_entity("mention", said, "@tickertape_bot")])
    update["message"] |= {"from": ghost, "sender_chat": GROUP}
    assert _read(update).sender == Person("-5", "Team")
    target = _target(ghost, "Rules!", sender_chat=GROUP)
    [quote, _] = _read(_update(PRIVATE, "hm?", reply_to_message=target)).parts
    assert quote == QuotedMessage(("Rules!",), Author("Team", AuthorKind.CHAT, "-5"))


@pytest.mark.parametrize(
    ("text", "marks", "told"),
    [
        ("see here", [("text_link", "here", {"url": "https://a.example/x"})],
         "see [here](https://a.example/x)"),
        ("😀 see here!", [("text_link", "here", {"url": "https://a.example/(x)"})],
         "😀 see [here](https://a.example/%28x%29)!"),
        ("a ]b[ c", [("text_link", "]b[", {"url": "https://a.example"})],
         r"a [\]b\[](https://a.example) c"),
        ("https://a.example", [("text_link", "https://a.example", {"url": "https://a.example/"})],
         "https://a.example"),
        ("run ls -l now", [("code", "ls -l", {})], "run `ls -l` now"),
        ("run a`b now", [("code", "a`b", {})], "run ``a`b`` now"),
        ("`x` now", [("code", "`x`", {})], "`` `x` `` now"),
        ("look\nprint(1)\nok", [("pre", "print(1)", {"language": "python"})],
         "look\n```python\nprint(1)\n```\n\nok"),
        ("a ``` b", [("pre", "a ``` b", {"language": "x y"})], "````\na ``` b\n````"),
        ("he said:\none\ntwo\nno!", [("blockquote", "one\ntwo", {})],
         "he said:\n> one\n> two\n\nno!"),
        ("one x\ntwo", [("expandable_blockquote", "one x\ntwo", {}), ("code", "x", {}),
         ("text_link", "two", {"url": "https://a.example"})],
         "> one `x`\n> [two](https://a.example)"),
        ("bold *and* plain", [("bold", "bold", {}), ("spoiler", "plain", {})], "bold *and* plain"),
    ],
)  # fmt: skip
def test_entities_are_told_as_markdown(
    text: str, marks: list[tuple[str, str, dict[str, Any]]], told: str
) -> None:
    """Addresses, code and quotations survive; looks that say nothing do not."""
    entities = [_entity(kind, text, part, **more) for kind, part, more in marks]
    assert _told(_update(PRIVATE, text, entities=entities)) == told
    caption: dict[str, Any] = {"caption": text, "caption_entities": entities}
    assert _told(_update(PRIVATE, **PHOTO, **caption)) == f"[photo]\n{told}"


def test_entities_behind_the_name_of_the_bot() -> None:
    """Where the name was cut out, what follows it stays marked."""
    said = "@tickertape_bot see here"
    entities = [
        _entity("mention", said, "@tickertape_bot"),
        _entity("text_link", said, "here", url="https://a.example"),
    ]
    update = _update(GROUP, said, entities=entities)
    assert _told(update) == "see [here](https://a.example)"
    assert _read(update).text == "see here"


KINDS = st.sampled_from(["text_link", "code", "pre", "blockquote", "mention"])
ENTITIES = st.lists(st.tuples(KINDS, st.integers(-1, 40), st.integers(0, 40)), max_size=6)


@given(text=st.text(alphabet="ab `[]()>*\n😀\U0001f469\u200d", max_size=30), bounds=ENTITIES)
def test_no_letter_is_lost_under_any_entities(
    text: str, bounds: list[tuple[str, int, int]]
) -> None:
    """Entities of any bounds, crossed and nested, never raise and never eat a letter."""
    entities = [
        {"type": kind, "offset": offset, "length": size, "url": "https://x.example"}
        for kind, offset, size in bounds
    ]
    message = _read(_update(PRIVATE, text, entities=entities))
    told = text_for_model(message.content).replace("https://x.example", "")
    assert [char for char in told if char in "ab😀"] == [char for char in text if char in "ab😀"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.sampled_from(["", "x", "user", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "blocks", "origin", "chat", "id", "sender_user", "title"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["quote", "external_reply", "forward_origin", "sender_chat", "reply_to_story", "photo",
     "poll", "document", "rich_message", "media_group_id", "via_bot", "dice"]
)  # fmt: skip


@given(st.dictionaries(FIELDS, JSON, max_size=4), st.sampled_from([None, "hi"]))
def test_fields_of_any_shape_are_no_obstacle(fields: dict[str, Any], text: str | None) -> None:
    """Whatever a newer server says beside a person's words, the message is read."""
    message = _read(_update(PRIVATE, text, **fields))
    assert text is None or "hi" in text_for_model(message.content)


@pytest.mark.parametrize(
    ("chat", "field"), [(-5, "migrate_to_chat_id"), (-1005, "migrate_from_chat_id")]
)
@pytest.mark.parametrize("groups", ["mention", "off"])
def test_a_group_that_becomes_a_supergroup(chat: int, field: str, groups: Groups) -> None:
    """Both groups say the same, under every policy."""
    other: Any = {-5: -1005, -1005: -5}[chat]
    kind = "group" if chat == -5 else "supergroup"
    update = _update({"id": chat, "type": kind, "title": "Team"}, **{field: other})
    moved = Moved(
        Address("telegram", "-1005", ChatKind.GROUP), old_chat="-5", key=str(update["update_id"])
    )
    assert inbound_of(update, ME, groups) == moved
