"""What opens a page again: all that was open where the page before ended, and nothing else."""

from __future__ import annotations

import pytest

from tickertape.markup.pages import Cut, Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16

WORDS = "words " * 40


def first_cut(text: str, length: int = 160) -> Cut:
    """Return where the first page of a text ends, and how."""
    first = page("markdown", Limits(length, UTF16, 95))
    first.add(text)
    cut = first.cut()
    assert cut is not None
    return cut


def opening_of_the_second_page(text: str) -> str:
    """Return what opens the second page of a text."""
    return first_cut(text).opening


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        (WORDS, ""),
        ("- " + WORDS, "-\n  "),
        ("-   " + WORDS, "-\n    "),
        ("* " + WORDS, "*\n  "),
        ("  - " + WORDS, "  -\n    "),
        ("7. " + WORDS, "7.\n   "),
        ("7) " + WORDS, "7)\n   "),
        ("- a\n  - " + WORDS, "-\n  -\n    "),
        ("- a\n\n  " + WORDS, "-\n  "),
        ("- a\n" + WORDS, "-\n  "),
        ("1. a\n   2. " + WORDS, "1. \n   "),  # a list that begins with 2 begins in no paragraph
        ("- [ ] " + WORDS, "-\n  "),
        ("> " + WORDS, "> "),
        ("> > " + WORDS, "> > "),
        ("> - " + WORDS, "> -\n>   "),
        ("- > " + WORDS, "-\n  > "),
        ("## " + WORDS, "## "),
        ("> # " + WORDS, "> # "),
    ],
)
def test_words_go_on_where_they_were(text: str, opening: str) -> None:
    """In their item, their quote, their title, as deep as they were."""
    assert opening_of_the_second_page(text) == opening


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("1. " + WORDS, "1. \n   "),
        ("1. a\n" * 9 + "1.  " + WORDS, "10. \n    "),
        ("1. a\n" * 9 + "1. " + WORDS, "1.\n   "),  # `10.` would be too wide for what follows
        ("- a\n  1. x\n  1. " + WORDS, "-\n  2. \n     "),
        ("1. ab cd\n" * 30, "16. \n"),
        ("5. ab cd\n" * 30, "5.\n"),
        ("- ab\n" * 40, ""),
        ("- [x] ab\n" * 30, ""),
        ("1. a\n" + "   1. ab cd\n" * 30, "1. \n   12. \n"),
        ("<details>\n\n" + "1. ab cd\n" * 30, "<details>\n\n15. \n"),
    ],
)
def test_lists_are_counted_on(text: str, opening: str) -> None:
    """An item that goes on has its number, and one that begins is told the one before it."""
    assert opening_of_the_second_page(text) == opening


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("```py\n" + "x = 1\n" * 30, "```py\n"),
        ("~~~~ js\n" + "x = 1\n" * 30, "~~~~js\n"),
        ("- a\n\n  ```py\n" + "  x = 1\n" * 30, "-\n  ```py\n"),
        ("> ```py\n" + "> x = 1\n" * 30, "> ```py\n"),
        ("````md\n```py\n" + "x = 1\n" * 30, "````md\n```py\n"),
        ("```md\nText\n```py\n" + "x = 1\n" * 30, "```md\n```py\n"),
        ("| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 30, "| a | b |\n|---|---|\n"),
        ("- x\n\n  |a|\n  |--|\n" + "  |1|\n" * 30, "-\n  |a|\n  |--|\n"),
        ("$$\n" + "x = 1\n" * 30, "$$\n"),
        ("\\[\n" + "x = 1\n" * 30, "\\[\n"),
        ("\\begin{align}\n" + "x &= 1\n" * 30, "\\begin{align}\n"),
        ("<details><summary>S</summary>\n\n" + WORDS, "<details>\n\n"),
        ("<details>\n\n<details>\n\n" + WORDS, "<details>\n\n<details>\n\n"),
        ("<details>\n\n- " + WORDS, "<details>\n\n-\n  "),
        ("<details>\n\n```py\n" + "x = 1\n" * 30, "<details>\n\n```py\n"),
    ],
)
def test_blocks_go_on_as_what_they_were(text: str, opening: str) -> None:
    """Code in its language, rows below their titles, formulas, and what unfolds, unfolded."""
    assert opening_of_the_second_page(text) == opening


@pytest.mark.parametrize(
    ("mark", "close", "behind_blank"),
    [
        ("**", "**", "<!---->**"),
        ("*", "*", "<!---->*"),
        ("***", "***", "<!---->***"),
        ("~~", "~~", "<!---->~~"),
        ("`", "`", "`"),
        ("<b>", "</b>", "</b>"),
        ("**<u>", "</u>**", "</u>**"),
    ],
)
@pytest.mark.parametrize(
    ("before", "opening"), [("", ""), ("- ", "-\n  "), ("> ", "> "), ("## ", "## ")]
)
def test_looks_go_on(mark: str, close: str, behind_blank: str, before: str, opening: str) -> None:
    """They are closed where the page ends, behind a blank too, and opened where the next begins."""
    cut = first_cut(before + mark + WORDS + close)
    assert (cut.closing, cut.opening) == (behind_blank, opening + mark)
    cut = first_cut(before + mark + "word." * 60 + close)
    assert (cut.closing, cut.opening) == (close, opening + mark)
    cut = first_cut(f"{before}{mark}so{close} {WORDS}")
    assert (cut.closing, cut.opening) == ("", opening)


@pytest.mark.parametrize(
    ("line", "below", "opening"),
    [
        ("- " + "words " * 60, "  ```py\n" + "  x = 1\n" * 60, "-\n  ```py\n"),
        ("> " + "words " * 60, "> ```py\n" + "> x = 1\n" * 60, "> ```py\n"),
        ("1. " + "words " * 60, "   - a\n" * 80, "1. \n"),
        ("1. " + "words " * 60, "1. b\n" * 60, "41. \n"),
        ("<details>\n\n- " + "words " * 60, "  ```\n" + "  x\n" * 99, "<details>\n\n-\n  ```\n"),
        ("so \\begin{x} " + "a & " * 99, "b & c\n" * 60, ""),
        ("\\begin{x}\n" + "a & " * 99, "b & c\n" * 60, "\\begin{x}\n"),
        ("```py\n" + "x = 1;" * 60, "y = 2\n" * 60, "```py\n"),
        ("# " + "words " * 60, "words\n" * 60, ""),
        (f"|a|b|\n|-|-|\n|{'c ' * 150}|d|", "|1|2|\n" * 60, "|a|b|\n|-|-|\n"),
    ],
)
def test_a_line_of_any_length_is_one_line(line: str, below: str, opening: str) -> None:
    """What it begins is open behind it, however far away its beginning is."""
    assert first_cut(f"{line}\n{below}", 600).opening == opening


def test_marks_are_closed_that_a_line_above_has_opened() -> None:
    """A paragraph is one text, whatever its lines are."""
    assert first_cut(f"so **bold\n{WORDS}**") == Cut(142, "<!---->**", "**")
    assert first_cut(f"- so **bold\n  {WORDS}**") == Cut(140, "<!---->**", "-\n  **")
    assert first_cut(f"**so**\n\nand *more\n{WORDS}*") == Cut(144, "<!---->*", "*")


@pytest.mark.parametrize(
    ("before", "between", "at"),
    [
        (90, "! A b ", 92),  # a sentence
        (90, "。a", 91),
        (70, "! A b ", 160),  # in the first half of the page: amidst a word
        (90, " a 12. ", 97),  # no sentence begins with what would be an item
        (90, ". a 12. ", 98),
        (100, " - y", 103),  # before a mark of a block only where there is no other place
        (90, " a - y", 95),
        (100, " # a", 103),
        (100, " === a", 105),
        (100, " $$", 101),
        (100, " ```y", 160),  # never before a fence: what follows would be its language
        (100, " ~~~y", 160),
        (100, " a ```y", 101),
        (150, "`" * 30, 144),
        (60, "`" * 150, 96),
    ],
)
def test_where_a_line_is_cut(before: int, between: str, at: int) -> None:
    """Behind a sentence, else a word, as late as can be; and never where it would mean another."""
    assert first_cut("x" * before + between + "z" * 120).at == at
