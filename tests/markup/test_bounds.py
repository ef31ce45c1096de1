"""Bounds: what a text may take at the most, which decides where its page ends."""

from __future__ import annotations

import re

import pytest

from tickertape.markup.bounds import (
    EMPTY,
    Grid,
    SizeBound,
    heaviest,
    lighter,
    may_mark,
    may_take,
    weighed,
)
from tickertape.markup.forms import Format, Spans
from tickertape.markup.lines import FRESH, step
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF8, UTF16, Ruler

HTML = Ruler("utf8", (("&", 4), ("<", 3), (">", 3)), mark=17)


def weigh(text: str, ruler: Ruler) -> SizeBound:
    """Weigh a text line by line."""
    bound, state = EMPTY, FRESH
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        after, _ = step(state, line.rstrip("\n"))
        bound, state = weighed(bound, state, after, line, ruler), after
    return bound


# Of each text, by two rulers: its units, spans and blocks, the units of its last line, and the
# units and spans that it may have with one more character.
WEIGHED = [
    ("words", (5, 0, 1, 5, 5, 0), (5, 0, 1, 5, 5, 0)),
    ("two\nlines\n", (10, 0, 2, 6, 10, 0), (10, 0, 2, 6, 10, 0)),
    ("é🚀", (3, 0, 1, 3, 3, 0), (6, 0, 1, 6, 6, 0)),
    ("**b** *i*", (9, 2, 1, 9, 9, 2), (15, 2, 1, 15, 15, 2)),
    ("`c` ``d``", (9, 3, 1, 9, 9, 3), (9, 3, 1, 9, 9, 3)),
    ("~~s~~", (5, 2, 1, 5, 5, 2), (5, 2, 1, 5, 5, 2)),
    ("*", (1, 1, 1, 1, 1, 1), (4, 1, 1, 4, 4, 1)),
    ("**", (2, 1, 1, 2, 2, 1), (8, 1, 1, 8, 8, 1)),
    ("a * b", (5, 1, 1, 5, 5, 1), (5, 1, 1, 5, 5, 1)),
    ("[a](http://b.c)", (15, 1, 1, 15, 15, 1), (15, 1, 1, 15, 15, 1)),
    ("<b>x</b>", (8, 1, 1, 8, 8, 1), (20, 1, 1, 20, 20, 1)),
    ("a < b", (5, 0, 1, 5, 5, 0), (8, 0, 1, 8, 8, 0)),
    ("_i_", (3, 1, 1, 3, 3, 1), (12, 1, 1, 12, 12, 1)),
    ("__b__", (5, 1, 1, 5, 5, 1), (14, 1, 1, 14, 14, 1)),
    ("a_b", (3, 0, 1, 3, 3, 0), (12, 0, 1, 12, 12, 0)),
    ("\\(x\\)", (5, 2, 1, 5, 5, 2), (5, 2, 1, 5, 5, 2)),
    ("$x$ $$y$$", (9, 3, 1, 9, 9, 3), (9, 3, 1, 9, 9, 3)),
    ("a\tb", (6, 0, 1, 6, 6, 0), (6, 0, 1, 6, 6, 0)),
    ("a<br>b", (7, 1, 1, 7, 7, 1), (28, 1, 1, 28, 28, 1)),
    ("a\u2028b", (7, 0, 1, 7, 7, 0), (24, 0, 1, 24, 24, 0)),
    ("# t", (3, 1, 1, 3, 3, 1), (3, 1, 1, 3, 3, 1)),
    ("> q", (5, 1, 3, 5, 5, 1), (17, 1, 3, 17, 17, 1)),
    ("> > q", (9, 1, 4, 9, 9, 1), (36, 1, 4, 36, 36, 1)),
    ("> > > q", (11, 1, 5, 11, 11, 1), (47, 1, 5, 47, 47, 1)),
    ("> a\n> b\n", (12, 2, 6, 6, 12, 2), (36, 2, 6, 18, 36, 2)),
    ("- a", (3, 0, 3, 3, 3, 0), (6, 0, 3, 6, 6, 0)),
    ("- a\n- b\n", (8, 0, 5, 4, 8, 0), (14, 0, 5, 7, 14, 0)),
    ("  - a", (5, 0, 3, 5, 5, 0), (8, 0, 3, 8, 8, 0)),
    ("1. a", (4, 0, 3, 4, 4, 0), (10, 0, 3, 10, 10, 0)),
    ("10. a\n1. b", (11, 0, 5, 5, 11, 0), (29, 0, 5, 14, 29, 0)),
    ("- - a", (5, 0, 4, 5, 5, 0), (14, 0, 4, 14, 14, 0)),
    ("- a\n  - b\n  - c\n", (16, 0, 8, 6, 16, 0), (25, 0, 8, 9, 25, 0)),
    (
        "1. a\n1. b\n1. a\n1. b\n1. a\n1. b\n1. a\n1. b\n1. a\n1. b\n",
        (51, 0, 21, 6, 51, 0),
        (114, 0, 21, 15, 114, 0),
    ),
    ("- a\n\nb", (6, 0, 4, 1, 6, 0), (9, 0, 4, 1, 9, 0)),
    ("- a\nb", (5, 0, 4, 1, 5, 0), (8, 0, 4, 1, 8, 0)),
    ("> a\nb", (12, 1, 4, 6, 12, 1), (39, 1, 4, 21, 39, 1)),
    ("```\nx = 1 * 2\n```", (17, 2, 1, 3, 17, 2), (17, 2, 1, 3, 17, 2)),
    ("> ```\n> x\n> ```\n", (22, 2, 3, 8, 22, 2), (52, 2, 3, 17, 52, 2)),
    ("$$\nx\n$$", (7, 4, 3, 2, 7, 4), (7, 4, 3, 2, 7, 4)),
    ("a|b\n-|-\n", (20, 1, 2, 4, 103, 4), (23, 1, 2, 7, 106, 4)),
    ("a|b\n-|-\n1|2\n", (24, 1, 3, 4, 136, 5), (31, 1, 3, 7, 139, 5)),
    ("|a|b|\n|-|-|\n|**1**|2|\n|3|4|\n", (48, 2, 4, 6, 171, 7), (57, 2, 4, 6, 171, 7)),
    ("a|b\n-|-\n1|2\nend", (40, 1, 4, 3, 40, 1), (42, 1, 4, 3, 42, 1)),
    (
        "|title of words|title of words|title of words|\n|-|-|-|\n|1|2|3|\n|4|5|6|\n",
        (187, 5, 4, 8, 247, 6),
        (214, 5, 4, 8, 274, 6),
    ),
    ("> a|b\n> -|-\n> 1|2\n", (32, 4, 9, 8, 140, 8), (72, 4, 9, 26, 161, 8)),
    ("---", (3, 0, 1, 3, 3, 0), (12, 0, 1, 12, 12, 0)),
    ("_ _ _", (5, 3, 1, 5, 5, 3), (14, 3, 1, 14, 14, 3)),
    ("so $$\n- x\n", (17, 1, 4, 11, 17, 1), (41, 1, 4, 35, 41, 1)),
    ("\n\n", (2, 0, 0, 1, 2, 0), (2, 0, 0, 1, 2, 0)),
    ("&amp;", (5, 0, 1, 5, 5, 0), (13, 0, 1, 13, 13, 0)),
]


@pytest.mark.parametrize(("text", "utf16", "html"), WEIGHED)
def test_what_a_text_takes_at_the_most(
    text: str, utf16: tuple[int, ...], html: tuple[int, ...]
) -> None:
    """As it is written, with what is added to its lines: marks of quotes, digits, columns."""
    for ruler, numbers in ((UTF16, utf16), (HTML, html)):
        bound = weigh(text, ruler)
        most = (may_take(bound, ruler), may_mark(bound))
        assert (bound.units, bound.spans, bound.blocks, bound.last, *most) == numbers


@pytest.mark.parametrize("text", [text for text, _, _ in WEIGHED])
@pytest.mark.parametrize("ruler", [UTF16, HTML])
def test_no_text_takes_more(text: str, ruler: Ruler) -> None:
    """Neither with looks nor without."""
    one = page("markdown", Limits(4096, ruler, 95))
    one.add(text)
    bound = weigh(text, ruler)
    for form in (Format.SPANS, Format.PLAIN):
        shown = one.final(form)
        assert ruler.measure(shown.text) <= bound.units
        assert not isinstance(shown.form, Spans) or len(shown.form.spans) <= bound.spans


def test_what_is_known_exactly_counts_instead_of_what_was_guessed() -> None:
    """Also for the table below it; and what was guessed too low makes nothing heavier."""
    bound = SizeBound(100, 20, 10, 5, Grid(before=80))
    lower = lighter(bound, SizeBound(50, 9, 6), SizeBound(44, 7, 3))
    assert lower == SizeBound(94, 18, 7, 5, Grid(before=74))
    assert lighter(bound, SizeBound(50, 9, 6), SizeBound(51, 10, 7)) == bound
    assert lighter(SizeBound(9), SizeBound(8), SizeBound(5)) == SizeBound(6)


@pytest.mark.parametrize(("ruler", "units"), [(UTF16, 6), (UTF8, 18), (HTML, 6 * 4 + 34 + 4)])
def test_what_the_heaviest_character_takes(ruler: Ruler, units: int) -> None:
    """A tab, or the mark of a quote in a quote, doubled by a table, with marks of its own."""
    assert heaviest(ruler) == units


def test_a_line_that_comes_in_strips_weighs_as_much_as_it_does_at_once() -> None:
    """But for what only its beginning can be: an item, a row of a table."""
    line = "- " + "**b** `c` [d](http://e.f) <i>g</i> " * 9
    after, _ = step(FRESH, line)
    once = weighed(EMPTY, FRESH, after, line, UTF16)
    first = weighed(EMPTY, FRESH, after, line[:107], UTF16)
    rest = weighed(first, FRESH, after, line[107:], UTF16, is_first=False)
    assert (rest.units, rest.blocks, rest.last) == (once.units, once.blocks, once.last)
    assert once.spans <= rest.spans <= once.spans + 1
    code, _ = step(FRESH, "```")
    assert weighed(EMPTY, code, code, "x = 1 * 2", UTF16, is_first=False).spans == 0
    assert weighed(EMPTY, FRESH, after, "a|b", UTF16, is_first=False).is_title
