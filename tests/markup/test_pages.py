"""Pages: what is said on them, how it looks, and that only the text decides."""

from __future__ import annotations

import re

import pytest

from tickertape.markup.forms import Blocks, Format, Look, Spans
from tickertape.markup.pages import BlockLimits, Cut, Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import CODE_POINTS

LIMITS = Limits(4096, CODE_POINTS, 95, BlockLimits(500, 16, 20))
ANSWER = (
    "# Title\n\nSome **bold** words and `code`.\n\n- one\n- [two](https://two.org)\n\n"
    "| a | b |\n|---|--:|\n| 1 | 22 |\n\n```py\nx = 1\n```\n"
)


@pytest.mark.parametrize("format", list(Format))
def test_a_page_that_streams_in_looks_like_one_that_comes_whole(format: Format) -> None:  # noqa: A002
    """What a page shows depends on its text, not on its pieces."""
    whole, streamed = page("markdown", LIMITS), page("markdown", LIMITS)
    whole.add(ANSWER)
    for char in ANSWER:
        streamed.add(char)
        assert streamed.cut() is None
        streamed.preview(format)
    assert streamed.final(format) == whole.final(format)
    assert streamed.source == ANSWER
    assert streamed.points == len(ANSWER)


def test_markdown_becomes_text_with_spans() -> None:
    """Marks are shown as looks, tables as aligned lines."""
    markdown = page("markdown", LIMITS)
    markdown.add(ANSWER)
    shown = markdown.final(Format.SPANS)
    assert shown.text == (
        "Title\n\nSome bold words and code.\n\n• one\n• two\n\na |  b\n--+---\n1 | 22\n\nx = 1"
    )
    assert isinstance(shown.form, Spans)
    assert [span.look for span in shown.form.spans] == [
        Look.BOLD,
        Look.BOLD,
        Look.CODE,
        Look.LINK,
        Look.PRE,
        Look.PRE,
    ]
    assert markdown.final(Format.PLAIN).text == (
        "Title\n\nSome bold words and code.\n\n• one\n• two (https://two.org)\n\n"
        "a | b\n1 | 22\n\nx = 1"
    )


def test_markdown_becomes_blocks() -> None:
    """Blocks are the parts of the text; the text beside them is the plain one."""
    markdown = page("markdown", LIMITS)
    markdown.add(ANSWER)
    shown = markdown.final(Format.BLOCKS)
    assert isinstance(shown.form, Blocks)
    assert shown.text == markdown.final(Format.PLAIN).text
    assert [type(block).__name__ for block in shown.form.blocks] == [
        "Heading",
        "Paragraph",
        "Listing",
        "Table",
        "CodeBlock",
    ]
    assert markdown.gains_by_blocks()
    assert markdown.allows_blocks()


def test_a_raw_page_shows_what_was_said() -> None:
    """Where marks are not read, they are shown, and nothing is held back."""
    raw = page("raw", LIMITS)
    raw.add("**bold\n")
    assert raw.final(Format.SPANS) == raw.preview(Format.BLOCKS)
    assert raw.final(Format.SPANS).text == "**bold"
    assert not raw.gains_by_blocks()
    assert not raw.allows_blocks()
    assert raw.cut() is None


@pytest.mark.parametrize(
    ("text", "preview"),
    [
        ("Hi" + chr(0xD83D), "Hi"),
        ("Hi " + chr(0xD800), "Hi"),
        ("Hi " + chr(0xDBFF), "Hi"),
        ("Hi \ud7ff", "Hi \ud7ff"),
        ("Hi \udc00", "Hi \ufffd"),
        ("Hi 🚀", "Hi 🚀"),
        ("\ud83d", ""),
    ],
)
def test_a_raw_page_holds_half_a_character_back(text: str, preview: str) -> None:
    """Its other half may come; in the end it is one that is broken."""
    raw = page("raw", LIMITS)
    raw.add(text)
    assert raw.preview(Format.PLAIN).text == preview
    assert raw.final(Format.PLAIN).text == re.sub("[\ud800-\udfff]", "\ufffd", text)


def test_a_raw_page_is_cut_where_its_text_is_too_long() -> None:
    """A long text ends with a word; the rest is given back."""
    raw = page("raw", Limits(10, CODE_POINTS))
    raw.add("one two three")
    cut = raw.cut()
    assert cut == Cut(8)
    assert raw.end(Cut(8)) == "three"
    assert (raw.source, raw.points) == ("one two ", 8)
    assert raw.cut() is None
