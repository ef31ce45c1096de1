"""Rich messages: blocks checked exactly, other forms approximated and marked."""

from __future__ import annotations

import pytest

from tickertape.emulator import TOKEN, YOU, Answer, Floods, Settings, furnished_world

FREE = Settings(floods=Floods(private=(), bot=(), drafts=()))
TEXT = {"type": "paragraph", "text": "a"}
CELL = {"align": "left", "valign": "top"}


def send(message: object, method: str = "sendRichMessage", **more: object) -> Answer:
    """Send one rich message to a fresh world."""
    params = {"chat_id": YOU, "rich_message": message, **more}
    return furnished_world(FREE).call(TOKEN, method, params, 0.0)


def blocks(*items: object) -> Answer:
    """Send a message of blocks."""
    return send({"blocks": list(items)})


def returned(answer: Answer) -> dict[str, object]:
    """The rich message that came back."""
    assert isinstance(answer.result, dict), answer.description
    rich = answer.result["rich_message"]
    assert isinstance(rich, dict)
    return rich


def nested(levels: int) -> object:
    """A block inside quotes, so many levels deep."""
    block: object = TEXT
    for _ in range(levels - 1):
        block = {"type": "blockquote", "blocks": [block]}
    return block


@pytest.mark.parametrize(
    "block",
    [
        {"type": "paragraph",
         "text": ["a", {"type": "bold", "text": {"type": "code", "text": "b"}}]},
        {"type": "heading", "text": "a", "size": 6},
        {"type": "pre", "text": "x = 1", "language": "python"},
        {"type": "footer", "text": "a"},
        {"type": "divider"},
        {"type": "mathematical_expression", "expression": "x^2"},
        {"type": "anchor", "name": "a"},
        {"type": "blockquote", "blocks": [TEXT], "credit": "me"},
        {"type": "expandable_blockquote", "text": "a"},
        {"type": "pullquote", "text": "a", "credit": "me"},
        {"type": "collage", "blocks": [TEXT], "caption": {"text": "c", "credit": "d"}},
        {"type": "details", "summary": "s", "blocks": [TEXT], "is_open": True},
        {"type": "buttons", "buttons": [{"text": "a", "callback_data": "b", "style": "danger"}],
         "align": "center"},
        {"type": "table", "is_bordered": True, "caption": "c",
         "cells": [[{**CELL, "text": "a", "is_header": True}, {**CELL, "colspan": 2}]]},
        {"type": "map", "location": {"latitude": 1.0, "longitude": 2.0}, "zoom": 3, "width": 0,
         "height": 0},
        {"type": "paragraph", "text": {"type": "url", "text": "a", "url": "http://a.b"}},
        {"type": "paragraph", "text": {"type": "custom_emoji", "custom_emoji_id": "5",
                                       "alternative_text": "x"}},
        {"type": "paragraph", "text": {"type": "date_time", "text": "a", "unix_time": 1,
                                       "date_time_format": "t"}},
        {"type": "paragraph", "text": {"type": "button", "button": {"text": "a", "url": "tg://a"}}},
        {"type": "paragraph", "text": {"type": "mathematical_expression", "expression": "x"}},
        {"type": "paragraph", "text": {"type": "text_mention", "text": "a", "user":
                                       {"id": 7, "is_bot": False, "first_name": "User"}}},
        {"type": "details", "summary": "s", "blocks": [TEXT]},
        {"type": "buttons", "buttons": [{"text": "a", "url": "http://a.b"}]},
        {"type": "pre", "text": "x"},
    ],
)  # fmt: skip
def test_blocks_come_back_as_they_were_sent(block: dict[str, object]) -> None:
    """Every kind of block without media is kept as it is."""
    assert returned(blocks(block)) == {"blocks": [block]}


def test_lists_get_their_labels() -> None:
    """Items are labelled: a bullet, or a number that counts or is given."""
    item = {"blocks": [TEXT]}
    plain = returned(blocks({"type": "list", "items": [{**item, "has_checkbox": True}]}))
    ordered = [{**item, "type": "1"}, {**item, "value": 7}]
    numbered = returned(blocks({"type": "list", "items": ordered}))
    assert plain["blocks"] == [
        {"type": "list", "items": [{"blocks": [TEXT], "has_checkbox": True, "label": "•"}]}
    ]
    assert numbered["blocks"] == [
        {
            "type": "list",
            "items": [
                {"blocks": [TEXT], "label": "1.", "type": "1"},
                {"blocks": [TEXT], "label": "7.", "value": 7},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({}, "rich message must be non-empty"),
        ({"markdown": "a", "html": "b"},
         ("can't parse InputRichMessage: "
          "exactly one of blocks, html and markdown must be specified")),
        ({"markdown": " \n"}, "RICH_MESSAGE_MARKDOWN_INVALID"),
        ({"html": ""}, "rich message must be non-empty"),
        ({"blocks": []}, "RICH_MESSAGE_CONTENT_REQUIRED"),
        ({"blocks": {}}, 'can\'t parse InputRichMessage: Field "blocks" must be of type Array'),
        ({"markdown": "x" * 32_769}, "RICH_MESSAGE_TEXT_TOO_LONG"),
        ({"markdown": "x\n\n" * 501}, "RICH_MESSAGE_BLOCKS_TOO_MANY"),
        ({"blocks": [{"type": "paragraph", "text": "x" * 32_769}]}, "RICH_MESSAGE_TEXT_TOO_LONG"),
        ({"blocks": [{"type": "divider"}] * 501}, "RICH_MESSAGE_BLOCKS_TOO_MANY"),
        ({"blocks": [nested(17)]}, "RICH_MESSAGE_DEPTH_INVALID"),
        ({"blocks": [{"type": "photo", "photo": {}}] * 51}, "RICH_MESSAGE_MEDIA_TOO_MANY"),
        ({"blocks": [{"type": "photo", "photo": {}}]}, "RICH_MESSAGE_DOCUMENT_NO_MEDIA_FOUND"),
        ({"html": "x", "media": [{}]}, "RICH_MESSAGE_DOCUMENT_NO_MEDIA_FOUND"),
        ({"blocks": [{"type": "table", "cells": [[CELL] * 21]}]},
         "RICH_MESSAGE_TABLE_COLS_TOO_MANY"),
        ({"blocks": [{"type": "table", "cells": [[{**CELL, "colspan": 21}]]}]},
         "RICH_MESSAGE_TABLE_COLS_TOO_MANY"),
        ({"blocks": [{"type": "table", "cells": []}]}, "table must be non-empty"),
        ({"blocks": [{"type": "table", "cells": [[None]]}]}, "table cell must be non-empty"),
        ({"blocks": [{"type": "table", "cells": ["a"]}]},
         "can't parse InputRichMessage: rows of a table must be of type Array"),
        ({"blocks": [{"type": "list", "items": []}]}, "list must be non-empty"),
        ({"blocks": [{"type": "list", "items": [{"blocks": []}]}]}, "list item must be non-empty"),
        ({"blocks": [{"type": "blockquote", "blocks": []}]}, "block must be non-empty"),
        ({"blocks": [{"type": "list", "items": [{"blocks": [TEXT]},
                                                {"blocks": [TEXT], "value": 1}]}]},
         "list must be either ordered or unordered"),
        ({"blocks": [{"type": "heading", "text": "a", "size": 7}]},
         "invalid section heading size specified"),
        ({"blocks": [{"type": "thinking", "text": "a"}]},
         "thinking blocks can be used only in drafts"),
        ({"blocks": [{"type": "poem", "text": "a"}]},
         'can\'t parse InputRichMessage: can\'t parse InputRichBlock: unknown type "poem"'),
        ({"blocks": [{"type": "paragraph", "text": {"type": "plain", "text": "a"}}]},
         'can\'t parse InputRichMessage: can\'t parse RichText: unknown type "plain"'),
        ({"blocks": [{"type": "paragraph"}]},
         'can\'t parse InputRichMessage: Can\'t find field "text"'),
        ({"blocks": [{"type": "divider", "text": "a"}]},
         'can\'t parse InputRichMessage: InputRichBlock has an unknown field "text"'),
        ({"blocks": [{"type": "buttons", "buttons": []}]},
         "can't parse InputRichMessage: a row must have 1-8 buttons"),
        ({"blocks": [{"type": "paragraph", "text": "\ud800"}]}, "strings must be encoded in UTF-8"),
        ("[", "can't parse InputRichMessage JSON object"),
        ("", "rich message must be non-empty"),
    ],
)  # fmt: skip
def test_wrong_rich_messages_are_refused(message: object, reason: str) -> None:
    """Each limit and each wrong shape has its own text."""
    assert send(message).description == f"Bad Request: {reason}"


def test_sixteen_levels_and_five_hundred_blocks_fit() -> None:
    """The limits themselves are allowed."""
    assert blocks(nested(16)).status == 200
    assert blocks(*[{"type": "divider"}] * 500).status == 200
    assert blocks({"type": "paragraph", "text": "x" * 32_768}).status == 200


def test_text_nests_only_so_deep() -> None:
    """Text inside text inside text ends with a refusal, not with a crash."""
    text: object = "a"
    for _ in range(80):
        text = {"type": "bold", "text": text}
    assert blocks({"type": "paragraph", "text": text}).description == (
        "Bad Request: RICH_MESSAGE_DEPTH_INVALID"
    )


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_source_forms_are_approximated_and_marked(form: str) -> None:
    """What only Telegram can parse comes back as paragraphs that say they are no parse."""
    rich = returned(send({form: "a\n\nb", "is_rtl": True}))
    assert rich == {
        "blocks": [{"type": "paragraph", "text": "a"}, {"type": "paragraph", "text": "b"}],
        "is_rtl": True,
        "emulator_approximation": True,
    }


def test_a_missing_rich_message_is_named() -> None:
    """Without its only content the call is refused."""
    answer = furnished_world().call(TOKEN, "sendRichMessage", {"chat_id": YOU}, 0.0)
    assert answer.description == "Bad Request: rich message must be non-empty"
