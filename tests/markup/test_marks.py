"""Marks in a text: which of them are pairs, which are open, and what is none."""

from __future__ import annotations

import pytest

from tickertape.markup.marks import marks

# Of each text, the stretches between marks, each with the mark, and where open marks begin.
READ = [
    ("a **b** c", [(2, 7, "**")], []),
    ("a **b", [], [(2, "**")]),
    ("*a* _b_ ~~c~~", [(0, 3, "*"), (4, 7, "_"), (8, 13, "~~")], []),
    ("***a***", [(1, 6, "**"), (0, 7, "*")], []),
    ("***a** b*", [(1, 6, "**"), (0, 9, "*")], []),
    ("`a` ``b`c``", [(0, 3, "`"), (4, 11, "``")], []),
    ("`a", [], [(0, "`")]),
    ("a `b` `c", [(2, 5, "`")], [(6, "`")]),
    ("$x$ $5", [(0, 3, "")], []),
    ("$x", [], [(0, "$")]),
    ("$$x$$", [(0, 5, "")], []),
    ("$$x", [], [(0, "$$")]),
    ("a [b](c) d", [(2, 8, "")], []),
    ("a [b](c", [], [(2, "](")]),
    ("a [b", [], [(2, "[")]),
    ("![a", [], [(0, "![")]),
    ("![a](b", [], [(0, "![")]),
    ("a [b]", [], [(2, "](")]),
    ("a [b] c", [], []),
    ("<b>x</b>", [(0, 8, "<b>")], []),
    ("<b>x", [], [(0, "<b>")]),
    ("<b><i>x</b>", [(0, 11, "<b>")], []),
    ("<b><i>x</i>", [(3, 11, "<i>")], [(0, "<b>")]),
    ("a\\*b", [(1, 3, "")], []),
    ("\\[x\\]", [(0, 5, "")], []),
    ("**a `b** c`", [(4, 11, "`")], [(0, "**")]),
    ("*a [b* c](d)", [(0, 6, "*")], []),
    ("[a [b](c)", [(3, 9, "")], [(0, "[")]),
    ("**a *b** c*", [(0, 8, "**")], []),
    ("a_b_c", [], []),
    ("2*3*4", [], []),
    ("**a**b**", [(0, 5, "**")], []),
    ("~~a~~~", [], [(0, "~~")]),
    ("<!-- *a -->", [(0, 11, "")], []),
    ("$a\\$b$", [(0, 6, "")], []),
    ("$a\\$b", [], [(0, "$")]),
    ("$a\\$b$ c$", [(0, 6, "")], []),
    ("$a\\$b$c $d$", [(2, 4, ""), (8, 11, "")], []),
    ("$a\\\\$ b$", [(0, 5, "")], []),
    ("****a", [], [(0, "**"), (2, "**")]),
    ("*****a", [], [(0, "*"), (1, "**"), (3, "**")]),
    ("$$$x$$$", [], []),
    ("$$or$$", [], [(4, "$$")]),
    ("$5, x$", [(0, 6, "")], []),
    ("$ x$", [], []),
    ("a$x$", [], []),
    ("$x$a", [], [(2, "$")]),
    ("/a$x$/b", [], []),
    ("$a=$", [], [(0, "$")]),
    ("$a=$ b", [(0, 4, "")], []),
    ("$a=$变", [], [(3, "$")]),
    ("$x$\n*a*", [(0, 3, ""), (4, 7, "*")], []),
    (f"${'x' * 199}$", [(0, 201, "")], []),
    (f"${'x' * 200}$", [(0, 202, "")], []),
    (f"${'x' * 201}$", [], []),
    (f"[{'x' * 160}", [], [(0, "[")]),
    (f"[{'x' * 161}", [], []),
    ("a]b[c](d)", [(3, 9, "")], []),
    ("*[a](b)*", [(1, 7, ""), (0, 8, "*")], []),
    ("_[a](b)_c", [(1, 7, ""), (0, 8, "_")], []),
    ("<b>*a</b>*", [(0, 9, "<b>"), (3, 10, "*")], []),
    ("</b>", [], []),
    ('<a href="x">b</a>', [(0, 12, ""), (13, 17, "")], []),
    ("*a\n> *b*", [(5, 8, "*")], []),
    ("[x](y)*z*", [(0, 6, ""), (6, 9, "*")], []),
    ("http://a_b_c/ *d*", [(14, 17, "*")], []),
    ("*a **b** c*", [(3, 8, "**"), (0, 11, "*")], []),
    ("[a\nb", [], []),
    ("`a\nb`", [(0, 5, "`")], []),
    ("<br>*x*", [(0, 4, ""), (4, 7, "*")], []),
    ("a <b c", [], []),
]


@pytest.mark.parametrize(("text", "stretches", "opened"), READ)
def test_which_marks_are_pairs(
    text: str, stretches: list[tuple[int, int, str]], opened: list[tuple[int, str]]
) -> None:
    """The inner ones first; escapes, formulas and links are stretches without a mark."""
    found = marks(text)
    assert [(one.start, one.end, one.mark) for one in found.stretches] == stretches
    assert [(one.start, one.mark) for one in found.open] == opened


@pytest.mark.parametrize("text", ["a [b](c", "![a](b", "a [b]"])
def test_a_link_is_open_only_while_its_address_may_come(text: str) -> None:
    """In a text that is complete its brackets are words."""
    assert marks(text).open
    assert marks(text, is_complete=True).open == ()


@pytest.mark.parametrize(
    ("text", "words_end"), [("a [b]", 4), ("a [b](c", 4), ("[a **b**](http://x", 8)]
)
def test_the_words_of_an_open_link_are_known(text: str, words_end: int) -> None:
    """They can be shown before the address is."""
    (opened,) = marks(text).open
    assert (opened.mark, opened.words_end) == ("](", words_end)


@pytest.mark.parametrize(
    ("text", "closing"),
    [("a **b", "**"), ("a `b", "`"), ("a ``b", "``"), ("<b>x", "</b>"), ("<U>x", "</U>")],
)
def test_what_closes_an_open_mark(text: str, closing: str) -> None:
    """The same mark, or the end of the tag."""
    (opened,) = marks(text).open
    assert opened.closing == closing
