"""Marks that previews close, or keep: each as the parser reads it when the text is complete."""

from __future__ import annotations

import pytest
from benchmarks.texts import all_said, broken_rules

from tickertape.markup.forms import Format, Rendering
from tickertape.markup.marks import marks
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16

LIMITS = Limits(4096, UTF16, 95)


def previewed(source: str) -> str:
    """Return the text of a preview."""
    growing = page("markdown", LIMITS)
    growing.add(source)
    return growing.preview(Format.SPANS).text


def final(source: str) -> Rendering:
    """Return a complete text as it is shown."""
    whole = page("markdown", LIMITS)
    whole.add(source)
    return whole.final(Format.SPANS)


@pytest.mark.parametrize(
    ("source", "text"), [("> __*']", "']"), (">'*x*' y", "'x' y"), ("a\n>'*x", "a\n'x")]
)
def test_the_mark_of_a_quote_is_nothing_to_the_first_run_of_its_line(
    source: str, text: str
) -> None:
    """The `>` before a line says nothing about the marks behind it."""
    assert previewed(source) == text


@pytest.mark.parametrize(
    ("source", "text"), [("***src/", "src/"), ("<i>**src/", "src/"), ("**a *b/", "a b/")]
)
def test_marks_close_one_after_the_other_behind_a_slash(source: str, text: str) -> None:
    """Behind a slash a mark closes only where nothing follows it."""
    assert previewed(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("[\t**x", "x"),
        ("[ - x", "- x"),
        ("[ # x y", "# x y"),
        ("[\n    *x]", "x]"),
        ("[~*2*\u2028", "~2"),
    ],
)
def test_a_bracket_that_goes_lets_nothing_begin_its_line(source: str, text: str) -> None:
    """No item, title or code begins where the bracket of a link stood."""
    assert previewed(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<!-- a\n*b", "<!-- a\n*b"),
        ("<!-- a\nb -->\n*c", "<!-- a\nb -->\nc"),
        ("<!-- a -->\n    *b", "<!-- a -->\n*b"),
        ("</p>\na\n>\n> *b", "</p>\na\n>\n> *b"),
        ("> </p>\n> *a\n>\n> *b", "</p>\n*a\n\nb"),
        ("- a\n</p\n*b", "• a\n\n</p\n*b"),
        ("<p>\n\x0b\n *b", "<p>\n \n *b"),
        ("- <b>\n<s>\n_b", "• <b>\n\n<s>\n_b"),
        ("- <div>\n<p>\n*a\n  *b", "• <div>\n\n<p>\n*a\n  *b"),
    ],
)
def test_marks_mean_nothing_as_long_as_html_lasts(source: str, text: str) -> None:
    """HTML ends with an empty line in its box, or with the box; a comment with its close."""
    assert previewed(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("-\n\n    *b", "•\n*b"),
        ("- \n\n  *b", "•\n\nb"),
        ("- a\n*\n- b", "• a\n•\n• b"),
        ("> a\n+\n", "a\n•"),
    ],
)
def test_an_item_without_words_ends_with_an_empty_line(source: str, text: str) -> None:
    """What follows an empty item, and an empty line, is none of its words."""
    assert previewed(source) == text


@pytest.mark.parametrize("source", ["a\n-\n    *b", "a\n- \n    *b", "> a\n> -\n>     *b"])
def test_a_paragraph_ends_with_the_line_that_makes_a_title_of_it(source: str) -> None:
    """A line of code behind it is no line of the paragraph."""
    assert previewed(source) == "a\n*b"


@pytest.mark.parametrize(
    ("source", "text"), [("$5x$>", "5x>"), ("a $5x$ *b", "a 5x b"), ("$a\nb$ *c", "a b c")]
)
def test_formulas_between_dollars_that_are_closed_are_no_prices(source: str, text: str) -> None:
    """A formula may begin with a number, or go over lines, as soon as its end is known."""
    assert previewed(source) == text


def test_names_keep_escaped_underscores() -> None:
    """What may become a name waits, however its underscores are written."""
    assert previewed(r"__\_x") == ""
    assert final(r"__\_x__").text == "___x__"


def test_an_escaped_star_is_no_part_of_the_run_behind_it() -> None:
    """The run waits, the star is shown."""
    assert previewed(r"\***$**x") == "*"


@pytest.mark.parametrize("blank", ["\u2028", "\u3000", "\x0b"])
def test_a_mark_with_nothing_but_blanks_behind_it_waits(blank: str) -> None:
    """A blank or line break of any kind says nothing."""
    assert previewed(f"<b>*_{blank}") == ""


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"..\.git\&amp;x", r"..\.git\&x"),
        (r"..\.git\&amp;x\\", "..\\.git\\&x\\"),
        (r"C:\_a_\\b", r"C:\_a_\b"),
    ],
)
def test_two_backslashes_end_a_path(source: str, text: str) -> None:
    """What is known of a path does not change with what follows it."""
    assert final(source).text == text


@pytest.mark.parametrize("dropped", ["\u202b", "\u202e\u202a", "\x07", "\u030a", "\x1b"])
@pytest.mark.parametrize("source", ["a **b*", "a __b_", "**a**", "*a*", "a ~~b~", "***", "a ```"])
def test_what_no_server_keeps_ends_no_run_of_marks(source: str, dropped: str) -> None:
    """A mark waits as well where such a character stands behind it: more of its run may come."""
    assert previewed(source + dropped) == previewed(source)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("слово**[link", "словоlink"),
        ("1024[..\\.git\\", "1024..\\.git\\"),
        ("слово[https://a.example/?q=*x*", "словоhttps://a.example/?q=*x"),
        ("a[*b", "ab"),
    ],
)
def test_what_stands_beside_a_bracket_that_goes_is_read_as_beside_the_bracket(
    source: str, text: str
) -> None:
    """A path, an address or a mark begins behind it, as it will behind the link."""
    assert previewed(source) == text


@pytest.mark.parametrize("waiting", ["\\(a", "$c", "![c", "![c](d", "<i c"])
def test_what_a_mark_closes_that_is_held_back_is_closed(waiting: str) -> None:
    """A mark that was taken for a product's is none as soon as its partner was said."""
    assert previewed(f"x**y {waiting}") == "x**y"
    shown, whole = previewed(f"x**y {waiting}** d"), final(f"x**y {waiting}** d").text
    assert shown.count("*") == whole.count("*")
    assert whole.startswith(shown)


@pytest.mark.parametrize(
    ("source", "text"),
    [("**/", ""), ("**/e", "/e"), ("**/*.", "**/*."), ("a **/x/** b", "a **/x/** b"), ("a~/", "a")],
)
def test_a_run_waits_for_what_a_slash_begins(source: str, text: str) -> None:
    """A path may be bold, a pattern is none: `**/etc` and `**/*.py`."""
    assert previewed(source) == text


@pytest.mark.parametrize(
    "source", ["**C:\\_", "**C:\\dir\\", "**~\\.cfg\\", "*a **b/", "_(a", "**a *(b ("]
)
def test_an_open_mark_closes_behind_whatever_was_said(source: str) -> None:
    """What stands at the end has no say: behind a slash or a bracket it closes as well."""
    assert not set(previewed(source)) & set("*_<")


@pytest.mark.parametrize(
    "source",
    [
        "int *a, *b",
        "int *p, char *q, int *r",
        "footnotes: *a\n*b",
        "**Bold **text",
        "f(x, *rows",
        "f(*a, **b",
        "void f(int *a",
        "void f(int *a, int *b)",
    ],
)
def test_what_more_likely_opens_nothing_is_shown(source: str) -> None:
    """Arguments, pointers and marks that are alike keep their marks, which the final has too."""
    assert previewed(source) == final(source).text == source


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("**say f(**kw", "say f(**kw"),
        ("**say f(x, **kw) y", "say f(x, **kw) y"),
        ("*a f(*b", "a f(*b"),
        ("*a f(__b) c", "a f(__b) c"),
        ("*a f(b) c", "a f(b) c"),
        ("**Bold **text** b", "**Bold text b"),
    ],
)
def test_what_is_open_closes_around_what_more_likely_opens_nothing(source: str, text: str) -> None:
    """A closing mark that nobody said passes over an argument of a call."""
    assert previewed(source) == text


@pytest.mark.parametrize(
    "source",
    [
        *("$***=\u3000$a", "$\u3000**b$c", "\\(\u200dword\\)_…", "a*\\(f(x\\)* b) *c"),
        *("\\(x_1\\)*a b*"),
    ],
)
def test_marks_beside_formulas_are_read_alike(source: str) -> None:
    """Only ASCII's blanks part a dollar sign; a formula's own brackets stand beside a mark."""
    assert list(broken_rules(all_said(*source))) == []


@pytest.mark.parametrize(
    "source",
    ["[*a](b<i>c*d) e", "![a](b<i>**c<d) e", "a ![b](c**<i>d", "[a](b)<i>c"],
)
def test_an_address_may_hold_a_tag(source: str) -> None:
    """What looks like a tag in a link's address is no tag; its marks are none."""
    assert list(broken_rules(all_said(*source))) == []


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("- [ ] \n\n    ~~a", "☐\n~~a"),
        ("1. [x]\n\n    *a", "1. ☑\n*a"),
        ("- [ ] \n      **a", "☐ **a"),
        ("- [ ] \n**a b", "☐\n\na b"),
        ("- [ ] b\n\n    ~~a", "☐ b\n\n  a"),
    ],
)
def test_a_box_alone_is_an_item_without_words(source: str, text: str) -> None:
    """An empty line ends it, and no lazy line goes on with it: what follows may be code."""
    assert previewed(source) == text


@pytest.mark.parametrize(
    "source",
    ["*a\n<?", "<? *a *b* ?>\n*c d", "*a\n<?php\n\n*b*\n?>\n*c*", "- *a\n  <?x ?> *b\n  *c\n*d e"],
)
def test_marks_in_a_program_mean_nothing(source: str) -> None:
    """What `<?` begins at the beginning of a line ends with the line in which `?>` stands."""
    assert list(broken_rules(all_said(*source))) == []


def test_code_on_both_sides_of_a_bracket_that_goes_stays_apart() -> None:
    """Two backticks side by side would be a run of their own."""
    assert previewed("`a`[`b`x") == "abx"


@pytest.mark.parametrize(
    "source", ["---\n1️⃣**✅a*b\n2) c~~**_注_文字\n    23\n2) ", "**a\n2) b** ~~c\n7. d~~ *e\n2) "]
)
def test_a_number_that_begins_no_item_goes_on_with_the_words_above(source: str) -> None:
    """What is open above it is open in its line."""
    assert list(broken_rules(all_said(*source))) == []


def test_an_escaped_dollar_sign_ends_no_formula() -> None:
    """What stands behind it is in the formula, as the parser reads it."""
    assert [(found.start, found.end) for found in marks("so $a\\$5$ b").stretches] == [(3, 9)]


def test_an_item_begun_below_a_bar_holds_back_no_words() -> None:
    """What may be a quote in an item is no line of dashes below a table's titles."""
    assert list(broken_rules(all_said("* x))**é\n|」word**", "\n- > "))) == []
