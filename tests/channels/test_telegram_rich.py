"""Formatted texts become the blocks that the Bot API documents, and never what it refuses."""

from __future__ import annotations

import json

import pytest
from channel_trees import blocks
from hypothesis import given

from tickertape.channels.telegram.rich import Json, rich_blocks, rich_text
from tickertape.emulator.rich import read_rich_message
from tickertape.markup.tree import (
    Block,
    Code,
    CodeBlock,
    Details,
    Divider,
    Folded,
    Formula,
    FormulaBlock,
    Heading,
    Inline,
    Item,
    LineBreak,
    Link,
    Listing,
    Paragraph,
    Quote,
    Style,
    Styled,
    Table,
    Thinking,
    Words,
)

BLANK = "\u00a0"
ONE = Paragraph((Words("one"),))
CELL = {"align": "left", "valign": "middle"}


@pytest.mark.parametrize(
    ("inlines", "text"),
    [
        ((Words("a"),), "a"),
        ((Words("a"), LineBreak(), Words("b")), "a\nb"),
        ((Styled(Style.BOLD, (Words("a"),)),), {"type": "bold", "text": "a"}),
        ((Styled(Style.ITALIC, (Words("a"),)),), {"type": "italic", "text": "a"}),
        ((Styled(Style.STRIKE, (Words("a"),)),), {"type": "strikethrough", "text": "a"}),
        ((Styled(Style.UNDERLINE, (Words("a"),)),), {"type": "underline", "text": "a"}),
        ((Styled(Style.SPOILER, (Words("a"),)),), {"type": "spoiler", "text": "a"}),
        ((Code("x"),), {"type": "code", "text": "x"}),
        ((Formula("x^2"),), {"type": "mathematical_expression", "expression": "x^2"}),
        (
            (Link("https://a.b", (Words("a"),)),),
            {"type": "url", "text": "a", "url": "https://a.b"},
        ),
        (
            (Link("mailto:a@b.c?subject=x", (Words("a"),)),),
            {"type": "email_address", "text": "a", "email_address": "a@b.c"},
        ),
        (
            (Link("tel:+49", (Words("a"),)),),
            {"type": "phone_number", "text": "a", "phone_number": "+49"},
        ),
        ((Words("a "), Link("a/b.py", (Words("b"),)), Words(" c")), "a b c"),
        (
            (Words("a"), Styled(Style.BOLD, (Words("b"), Code("c")))),
            ["a", {"type": "bold", "text": ["b", {"type": "code", "text": "c"}]}],
        ),
    ],
)
def test_pieces_of_a_line(inlines: tuple[Inline, ...], text: object) -> None:
    """Each piece is the string or node of its kind; strings that meet are one."""
    assert rich_text(inlines) == text


@pytest.mark.parametrize(
    ("block", "written"),
    [
        (ONE, {"type": "paragraph", "text": "one"}),
        (Heading(3, (Words("a"),)), {"type": "heading", "text": "a", "size": 3}),
        (CodeBlock("a\nb"), {"type": "pre", "text": "a\nb"}),
        (CodeBlock("a", "python"), {"type": "pre", "text": "a", "language": "python"}),
        (FormulaBlock("x"), {"type": "mathematical_expression", "expression": "x"}),
        (Divider(), {"type": "divider"}),
        (
            Quote((ONE,)),
            {"type": "blockquote", "blocks": [{"type": "paragraph", "text": "one"}]},
        ),
        (Folded("a\nb"), {"type": "expandable_blockquote", "text": "a\nb"}),
        (
            Details((Words("s"),), (ONE,), is_open=True),
            {
                "type": "details",
                "summary": "s",
                "blocks": [{"type": "paragraph", "text": "one"}],
                "is_open": True,
            },
        ),
        (
            Listing((Item((ONE,)), Item((), checked=True), Item((), checked=False))),
            {
                "type": "list",
                "items": [
                    {"blocks": [{"type": "paragraph", "text": "one"}]},
                    {
                        "blocks": [{"type": "paragraph", "text": BLANK}],
                        "has_checkbox": True,
                        "is_checked": True,
                    },
                    {"blocks": [{"type": "paragraph", "text": BLANK}], "has_checkbox": True},
                ],
            },
        ),
        (
            Listing((Item((ONE,)), Item((ONE,)), Item((ONE,), number=20)), start=7),
            {
                "type": "list",
                "items": [
                    {"blocks": [{"type": "paragraph", "text": "one"}], "type": "1", "value": 7},
                    {"blocks": [{"type": "paragraph", "text": "one"}], "type": "1", "value": 8},
                    {"blocks": [{"type": "paragraph", "text": "one"}], "type": "1", "value": 20},
                ],
            },
        ),
        (
            Table(("left", "right"), ((Words("a"),), ()), (((Code("b"),), (Words("c"),)),)),
            {
                "type": "table",
                "is_bordered": True,
                "cells": [
                    [
                        {**CELL, "text": "a", "is_header": True},
                        {**CELL, "text": BLANK, "align": "right", "is_header": True},
                    ],
                    [
                        {**CELL, "text": {"type": "code", "text": "b"}},
                        {**CELL, "text": "c", "align": "right"},
                    ],
                ],
            },
        ),
    ],
)
def test_blocks(block: Block, written: Json) -> None:
    """Each block has the name and the fields of its kind; nothing is written that is empty."""
    assert rich_blocks([block], is_draft=False) == [written]


def test_thinking_is_for_drafts() -> None:
    """A draft shows it as the block of its own; elsewhere it is left out, wherever it stands."""
    thinking = Thinking("hm")
    assert rich_blocks([thinking], is_draft=True) == [{"type": "thinking", "text": "hm"}]
    inside = Quote((thinking,))
    assert rich_blocks([thinking, ONE, inside], is_draft=False) == rich_blocks(
        [ONE], is_draft=False
    )


@pytest.mark.parametrize(
    "block",
    [
        Paragraph(()),
        Heading(1, ()),
        Listing(()),
        Table((), (), ()),
        CodeBlock(""),
        FormulaBlock(""),
        Folded(""),
        Thinking(""),
        Quote((CodeBlock(""),)),
        Details((Words("s"),), (Quote((Folded(""),)),)),
    ],
)
def test_what_shows_nothing_is_left_out(block: Block) -> None:
    """Blocks without anything to show would be refused, and so would what holds only such."""
    assert rich_blocks([block], is_draft=True) == []


def test_details_without_a_title_keep_a_place_to_press() -> None:
    """The summary is what one presses to see the rest: it is never empty."""
    assert rich_blocks([Details((), (ONE,))], is_draft=False) == [
        {"type": "details", "summary": BLANK, "blocks": [{"type": "paragraph", "text": "one"}]}
    ]


@given(blocks())
def test_the_server_takes_every_text(text: tuple[Block, ...]) -> None:
    """Whatever was parsed, an independent reading of the documented rules finds it valid."""
    for is_draft in (False, True):
        written = rich_blocks(text, is_draft=is_draft)
        if written:
            sent = json.loads(json.dumps({"blocks": written}))
            assert len(read_rich_message(sent, is_draft=is_draft).blocks) == len(written)
