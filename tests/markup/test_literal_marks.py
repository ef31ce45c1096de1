"""Marks that are no marks where they stand: in an address, in the code of an item, on a page."""

from __future__ import annotations

import pytest

from tickertape.markup.forms import Format, Look, Spans
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import CODE_POINTS, UTF16, Ruler


def looks(text: str) -> tuple[str, list[Look], str]:
    """Return the final of a text, how it looks, and the text's preview."""
    one = page("markdown", Limits(4_000, UTF16))
    one.add(text)
    final = one.final(Format.SPANS)
    spans = final.form.spans if isinstance(final.form, Spans) else ()
    return final.text, [span.look for span in spans], one.preview(Format.SPANS).text


@pytest.mark.parametrize(
    "text", ["https://x.example/*foo bar*", "https://x.example/**foo and bar**"]
)
def test_a_mark_in_an_address_opens_nothing_for_the_words_behind_it(text: str) -> None:
    """Nobody meant the words between to look otherwise; the address keeps all of its letters."""
    final, found, _ = looks(text)
    assert final == text
    assert found == []


@pytest.mark.parametrize("code", ["**a", "`a", "<b", "- **a", "# **a"])
def test_an_item_that_begins_far_in_is_code_while_it_is_written_and_after(code: str) -> None:
    """Of five blanks behind a bullet one belongs to it, and four make code: no mark is healed."""
    final, found, preview = looks(f"-     {code}")
    assert final == preview == f"• {code}"
    assert found == [Look.PRE]


@pytest.mark.parametrize(
    ("limit", "ruler", "said"),
    [
        (11, UTF16, "x"),
        (12, UTF16, "```🚀\nx"),
        (9, CODE_POINTS, "x"),
        (10, CODE_POINTS, "```🚀\nx"),
    ],
)
def test_a_page_opens_what_was_open_where_that_takes_half_of_it_at_the_most(
    limit: int, ruler: Ruler, said: str
) -> None:
    """By its ruler: a rocket counts as two by the one, as one by the other."""
    one = page("source", Limits(limit, ruler), "```🚀\n")
    one.add("x")
    assert one.final(Format.PLAIN).text == said


@pytest.mark.parametrize("code", ["MAX", "XX", "a` X", "x_y"])
def test_code_that_is_open_shows_all_of_its_letters(code: str) -> None:
    """Only backticks at its end wait: they may close it."""
    for waiting in ("", "`"):
        assert looks(f"see ``{code}{waiting}")[2] == f"see {code}"
