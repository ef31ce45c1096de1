"""Pages in Markdown's own letters: previews only grow, and cuts lose nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickertape.markup.forms import Format
from tickertape.markup.pages import Cut, Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import CODE_POINTS

LIMITS = Limits(10_000, CODE_POINTS)
PIECES = st.sampled_from(
    [
        "word ", "more words of a sentence ", "**", "*", "`", "```py\n", "```\n", "~~~\n", "\n",
        "\n\n", "- item\n", "1. one\n", "> quote\n", "# title\n", "| a | b |\n", "|---|---|\n",
        "| 1 | 2 |\n", "$x$", "$$\n", "<details>\n", "[link](https://x.example)", "这是。", "é",
        "===\n", "---\n", "    code\n", "\\[", "x = 1\n", "👨‍👩‍👧 ", "\r\n", "\t",
    ]
)  # fmt: skip
texts = st.lists(PIECES, max_size=40).map("".join)


@given(texts, st.integers(1, 9))
@settings(max_examples=400, deadline=None)
def test_previews_only_grow(text: str, size: int) -> None:
    """What was shown of a text stays its beginning, however the rest comes in."""
    one = page("source", LIMITS)
    shown = ""
    for at in range(0, len(text), size):
        one.add(text[at : at + size])
        preview = one.preview(Format.PLAIN).text
        assert preview.startswith(shown)
        shown = preview
    assert one.final(Format.PLAIN).text.startswith(shown)


@given(texts, st.integers(1, 9), st.integers(40, 200))
@settings(max_examples=400, deadline=None)
def test_cut_pages_hold_the_whole_text(text: str, size: int, limit: int) -> None:
    """Pages are full but not too full, and together they are the text."""
    limits = Limits(limit, CODE_POINTS)
    pages = [page("source", limits)]
    for at in range(0, len(text), size):
        pages[-1].add(text[at : at + size])
        while (cut := pages[-1].cut()) is not None:
            shown = pages[-1].preview(Format.PLAIN).text
            rest = pages[-1].end(cut)
            final = pages[-1].final(Format.PLAIN).text
            assert len(final) <= limit
            assert final.startswith(shown)
            pages.append(page("source", limits, cut.opening))
            pages[-1].add(rest)
    assert "".join(one.source for one in pages) == text


@given(texts, st.integers(1, 9))
@settings(max_examples=400, deadline=None)
def test_a_page_can_end_with_what_its_preview_shows(text: str, size: int) -> None:
    """Where a message has to end early, nothing is added but what closes it."""
    one = page("source", LIMITS)
    for at in range(0, len(text), size):
        one.add(text[at : at + size])
    shown, cut = one.preview(Format.PLAIN).text, one.settled_cut()
    if cut is None:
        assert not shown
        return
    rest = one.end(cut)
    assert one.source + rest == text
    final = one.final(Format.PLAIN).text
    assert final.startswith(shown)
    assert final[len(shown) :].strip() == cut.closing.strip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello wor", ""),
        ("A sentence of some words that goes on", "A sentence of some words"),
        ("A sentence of **some words that go on and on", ""),
        ("One line.\n\nThe next", "One line."),
        ("```py\nx = 1\ny = 2\nz", "```py\nx = 1\ny = 2"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n| 5", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("- one\n- two\n- th", "- one"),
    ],
)  # fmt: skip
def test_what_a_preview_shows(text: str, shown: str) -> None:
    """A block is shown once nothing that follows can change it."""
    one = page("source", LIMITS)
    one.add(text)
    assert one.preview(Format.PLAIN).text == shown


def test_code_that_is_cut_is_closed_and_opened_again() -> None:
    """Each page is Markdown by itself."""
    one = page("source", LIMITS)
    one.add("Look:\n\n```py\nx = 1\ny = 2\nz = ")
    cut = one.settled_cut()
    assert cut == Cut(25, "```", "```py\n")
    rest = one.end(cut)
    assert one.final(Format.PLAIN).text == "Look:\n\n```py\nx = 1\ny = 2\n```"
    following = page("source", LIMITS, cut.opening)
    following.add(rest + "3\n```\n")
    assert following.final(Format.PLAIN).text == "```py\nz = 3\n```"


def test_a_page_in_its_own_letters_has_no_blocks() -> None:
    """Who shows it formats it."""
    one = page("source", LIMITS)
    one.add("| a |\n|---|\n| $x$ |\n")
    assert one.gains_by_blocks() is False
    assert one.allows_blocks() is False


CODE = "x = 1\n"
ROWS = "|a|b|\n|-|-|\n"


@pytest.mark.parametrize(
    ("text", "length", "pages"),
    [
        (
            "One line.\n\nAnother line of words.\n\nThe last one.",
            40,
            ["One line.\n\nAnother line of words.", "The last one."],
        ),
        (
            "One two three four five six seven eight nine ten eleven",
            30,
            ["One two three four five", "six seven eight nine ten", "eleven"],
        ),
        (
            f"```py\n{CODE * 12}```\nend",
            40,
            [f"```py\n{CODE * 5}```", f"```py\n{CODE * 5}```", f"```py\n{CODE * 2}```\nend"],
        ),
        (
            f"~~~~\n{CODE * 10}~~~~\nend",
            40,
            [f"~~~~\n{CODE * 5}~~~~", f"~~~~\n{CODE * 5}~~~~", "end"],
        ),
        (f"```{'y' * 30}\n{CODE * 4}", 40, [f"```{'y' * 30}\n```", f"{CODE * 4}".strip()]),
        (ROWS + "|1|2|\n" * 12, 48, [(ROWS + "|1|2|\n" * 6).strip()] * 2),
        ("- one\n- two\n- three\n- four\n- five", 24, ["- one\n- two\n- three", "- four\n- five"]),
        ("> one two\n> three four\n> five six", 24, ["> one two\n> three four", "> five six"]),
        ("a" * 50, 20, ["a" * 20, "a" * 20, "a" * 10]),
    ],
)
def test_where_pages_end(text: str, length: int, pages: list[str]) -> None:
    """Behind what is settled, with what closes it; else behind a word, else amidst one."""
    one, shown = page("source", Limits(length, CODE_POINTS)), []
    one.add(text)
    while (cut := one.cut()) is not None:
        rest = one.end(cut)
        shown.append(one.final(Format.PLAIN).text)
        one = page("source", Limits(length, CODE_POINTS), cut.opening)
        one.add(rest)
    assert [*shown, one.final(Format.PLAIN).text] == pages
