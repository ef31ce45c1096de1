"""Tables on a phone: aligned where they fit, else a list of rows that say their titles."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickertape.markup.forms import Format, Look, Rendering, Spans
from tickertape.markup.notes import fits
from tickertape.markup.pages import Limits, Page
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16
from tickertape.markup.tables import WIDEST, width

LIMITS = Limits(4096, UTF16, 95)


def said(source: str) -> Page:
    """Say a text on one page."""
    whole = page("markdown", LIMITS)
    whole.add(source)
    return whole


def looks(rendering: Rendering) -> list[tuple[Look, str, str]]:
    """Give the looks of a text, and what they cover."""
    form, units = rendering.form, rendering.text.encode("utf-16-le")
    spans = form.spans if isinstance(form, Spans) else ()
    return [
        (s.look, units[2 * s.start : 2 * (s.start + s.length)].decode("utf-16-le"), s.detail)
        for s in spans
    ]


PLANS = (
    "| Plan | Storage | Support |\n|---|---|---|\n"
    "| **Basic** | 5 GB of space | by mail, within two days |\n"
    "| Pro | 100 GB | [by phone](https://a.b), `24/7` |\n"
)


def test_a_wide_table_is_a_list_of_rows() -> None:
    """Each row begins with its first cell, in bold, and says what the others are."""
    shown = said(PLANS).final(Format.SPANS)
    assert shown.text == (
        "Plan\n"
        "Basic – Storage: 5 GB of space · Support: by mail, within two days\n"
        "Pro – Storage: 100 GB · Support: by phone, 24/7"
    )
    assert looks(shown) == [
        (Look.ITALIC, "Plan", ""),
        (Look.BOLD, "Basic", ""),
        (Look.BOLD, "Pro", ""),
        (Look.LINK, "by phone", "https://a.b"),
        (Look.CODE, "24/7", ""),
    ]
    assert said(PLANS).final(Format.PLAIN).text == shown.text.replace(
        "by phone", "by phone (https://a.b)"
    )


def test_a_table_of_32_columns_is_aligned() -> None:
    """What a phone shows in one line is code, with each column on its side."""
    head = "| a | b |\n|---|--:|\n"
    assert said(head + f"| {'x' * 26} | 123 |").final(Format.SPANS).text == (
        f"a{' ' * 25} |   b\n{'-' * 27}+----\n{'x' * 26} | 123"
    )
    assert said(head + f"| {'x' * 27} | 123 |").final(Format.SPANS).text == (
        f"a\n{'x' * 27} – b: 123"
    )


def test_wide_characters_count_twice() -> None:
    """A table of 漢字 fits in half as many characters."""
    head = "| a | b |\n|---|---|\n"
    assert "+--" in said(head + f"| {'漢' * 14} | 1 |").final(Format.SPANS).text
    assert said(head + f"| {'漢' * 15} | 1 |").final(Format.SPANS).text == (
        f"a\n{'漢' * 15} – b: 1"
    )


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        *(("abc", 3), ("漢字", 4), ("é", 1), ("e\u0301", 1), ("🚀", 2), ("👨\u200d👩\u200d👧", 2)),
        *(("👍🏽", 2), ("☑\ufe0f", 2), ("1\ufe0f⃣", 2), ("🇦🇹", 2), ("שלום", 4), ("", 0)),
        ("\ufe0f", 0),
    ],
)
def test_widths(text: str, columns: int) -> None:
    """A character takes the columns that are seen."""
    assert width(text) == columns


LONG = "words that are more than a phone shows"
TABLES = {
    "a first cell that is empty": (
        f"| a | b |\n|-|-|\n| | {LONG} |",
        f"a\nb: {LONG}",
    ),
    "cells that are empty": (
        f"| a | b | c |\n|-|-|-|\n| x | | {LONG} |\n| y | z | |",
        f"a\nx – c: {LONG}\ny – b: z",
    ),
    "a column that is empty": (
        f"| a | b | c |\n|-|-|-|\n| x | | {LONG} |",
        f"a · b\nx – c: {LONG}",
    ),
    "a row that is empty": (f"| a | b |\n|-|-|\n| | |\n| x | {LONG} |", f"a\nx – b: {LONG}"),
    "no titles": (f"| | |\n|-|-|\n| x | {LONG} |", f"x – {LONG}"),
    "a first title that is empty": (f"| | b |\n|-|-|\n| x | {LONG} |", f"x – b: {LONG}"),
    "titles with a colon": (f"| a: | b: |\n|-|-|\n| x | {LONG} |", f"a:\nx – b: {LONG}"),
    "one column": (f"| a |\n|-|\n| x |\n| {LONG} |", f"a\nx\n{LONG}"),
    "titles alone": (f"| a | {LONG} |\n|-|-|\n", f"a · {LONG}"),
    "too few cells": (f"| a | b | c |\n|-|-|-|\n| x | {LONG} |", f"a · c\nx – b: {LONG}"),
    "too many cells": (f"| a | b |\n|-|-|\n| x | {LONG} | z |", f"a\nx – b: {LONG} z"),
    "looks in titles": (
        f"| **a** | [b](https://a.b) |\n|-|-|\n| x | {LONG} |",
        f"a\nx – b: {LONG}",
    ),
    "in an item": (
        f"- x\n\n  | a | b |\n  |-|-|\n  | y | {LONG} |\n  | z | 1 |",
        f"• x\n  a\n  y – b: {LONG}\n  z – b: 1",
    ),
    "in a quote": (f"> | a | b |\n> |-|-|\n> | y | {LONG} |", f"a\ny – b: {LONG}"),
    "in details": (
        f"<details><summary>S</summary>\n\n| a | b |\n|-|-|\n| y | {LONG} |\n\n</details>",
        f"S\na\ny – b: {LONG}",
    ),
    "right to left": (f"| א | ב |\n|-|-|\n| ג | {LONG} |", f"א\nג – ב: {LONG}"),
}


@pytest.mark.parametrize(("source", "text"), TABLES.values(), ids=TABLES.keys())
def test_rows_say_what_their_cells_are(source: str, text: str) -> None:
    """Nothing that was said is missing, nothing is said of what is empty."""
    assert said(source).final(Format.SPANS).text == text


def words_of(text: str) -> set[str]:
    """Give the words of a text."""
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize(
    "source",
    [
        PLANS,
        "| a | b |\n|-|-|\n| c | d |\n| e | much longer than that, and longer |\n| f | g |\n",
        "| aa | bb | cc |\n|-|-|-|\n| dd | | `e|e` |\n| ff | **gg** *hh* words and words | ii |\n",
    ],
)
def test_a_growing_table_changes_its_form_once(source: str) -> None:
    """From the row on that is too wide it is a list; no word that was seen vanishes."""
    growing, seen, forms = page("markdown", LIMITS), "", []
    for char in source:
        growing.add(char)
        text = growing.preview(Format.SPANS).text
        complete = words_of(seen.rpartition(" ")[0])
        assert complete <= words_of(text) | {word for word in complete if word in text}
        if text:
            forms.append("-+-" in text)
        seen = text
    assert forms == sorted(forms, reverse=True)
    assert growing.preview(Format.SPANS) == growing.final(Format.SPANS)


def paged(text: str, limits: Limits) -> tuple[list[Page], str]:
    """Say a text on pages; give what opened them as well."""
    pages, openings = [page("markdown", limits)], ""
    pages[0].add(text)
    while cut := pages[-1].cut():
        rest = pages[-1].end(cut)
        pages.append(page("markdown", limits, cut.opening))
        pages[-1].add(rest)
        openings += cut.opening
    return pages, openings


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ("|", []),
        ("|x", ["x |"]),
        ("| x", ["x |"]),
        ("| x |", ["x |"]),
        ("| x |y", ["x | y"]),
        ("| x | **y", ["x | y"]),
        ("| x | y |", ["x | y"]),
        ("x|y", ["x | y"]),
        ("x|`y|z", ["x | y|z"]),
        ("x|y|z", ["x | y z"]),
        ("x|y|z\\|w|", ["x | y z|w"]),
        ("x|y|", ["x | y"]),
    ],
)
def test_a_row_that_is_being_written(row: str, shown: list[str]) -> None:
    """Its last cell grows, and its marks are closed; what has no column is not dropped."""
    one = page("markdown", Limits(4096, UTF16, 95))
    one.add("a|b\n-|-\n" + row)
    lines = one.preview(Format.SPANS).text.split("\n")
    assert [re.sub(" +", " ", line).strip() for line in lines[2:]] == shown


def test_rows_go_on_below_their_titles() -> None:
    """On the next page rows still say what their cells are."""
    text = "| Name | Meaning |\n|---|---|\n" + f"| one | {LONG} |\n" * 30
    pages, _ = paged(text, Limits(300, UTF16, 95))
    assert len(pages) > 3
    for one in pages:
        first, *rows = one.final(Format.SPANS).text.split("\n")
        assert first == "Name"
        assert set(rows) == {f"one – Meaning: {LONG}"}


cells = st.lists(
    st.sampled_from(["@", "@ @", "**@**", "`@`", "`@|@`", "[@](http://a.b)", "", "漢@", "🚀@"]),
    max_size=3,
).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 5),
    st.lists(st.lists(cells, min_size=5, max_size=5), min_size=1, max_size=20),
    st.sampled_from(["", "> ", "> > ", "  "]),
    st.sampled_from([200, 500, 4096]),
)
def test_no_word_of_a_table_is_lost(
    columns: int, rows: list[list[str]], lead: str, length: int
) -> None:
    """Each word of a row is on one page, each title on one at least; every page fits."""
    number = iter(range(10_000))
    lines = ["|" + "|".join(row[:columns]) + "|" for row in rows]
    lines.insert(1, "|" + "-|" * columns)
    source = ("- x\n\n" if lead == "  " else "") + "\n".join(lead + line for line in lines)
    source = re.sub("@", lambda _: f"w{next(number)}z", source)
    titles = set(re.findall(r"w\d+z", source.partition("-|")[0]))
    limits = Limits(length, UTF16, 95)
    pages, _ = paged(source, limits)
    for form in (Format.SPANS, Format.PLAIN):
        assert all(fits(one.final(form), limits) for one in pages)
        shown = re.findall(r"w\d+z", "".join(one.final(form).text for one in pages))
        assert titles <= set(shown)
        words = [word for word in re.findall(r"w\d+z", source) if word not in titles]
        assert [word for word in shown if word not in titles] == words


def test_lines_of_aligned_tables_fit_a_phone() -> None:
    """No line of code in a table is wider than a phone shows."""
    for length in range(1, 40):
        text = said(f"| a | b |\n|-|-|\n| {'x' * length} | y |").final(Format.SPANS).text
        if "-+-" in text:
            assert all(width(line) <= WIDEST for line in text.split("\n"))


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    """Wide letters and full-width forms take two columns, an accent none."""
    one = page("markdown", Limits(4_096, UTF16))
    one.add("| 重点 | ＡＢ | e\u0301 |\n|---|---|---|\n| abcd | abcd | x |")
    assert one.final(Format.SPANS).text.splitlines() == [
        "重点 | ＡＢ | e\u0301",
        "-----+------+--",
        "abcd | abcd | x",
    ]
