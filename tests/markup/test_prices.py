"""Dollar signs: which of them stand around formulas, and which mean money, or begin names."""

from __future__ import annotations

import pytest

from tickertape.markup.forms import Format, Look, Spans
from tickertape.markup.formulas import is_price
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import CODE_POINTS


@pytest.mark.parametrize(
    ("formula", "before", "after", "is_one"),
    [
        # What stands around it.
        ("x", "", "", False),
        ("x", " ", " i", False),
        ("x", "a", "", True),
        ("x", "7", "", True),
        ("x", "é", "", False),
        ("x", "", "a", True),
        ("x", "", "7 ", True),
        ("x", "", "é", False),
        # The names of variables.
        ("x", "", "{a", True),
        ("x", "", "_G", True),
        ("x", "", "_ ", False),
        ("x", "", "(b", False),
        ("(a)-", "", "(b", True),
        ("a:", "", "(b", True),
        ("PATH", "", "(b", True),
        ("pi", "", "(b", False),
        ("{a}", "", "变", True),
        ("(ab c)", "", "变", True),
        ("a=", "", "变1", True),
        ("a=", "", "", False),
        ("x", "", "变", False),
        ("@ and ", "", "", True),
        ("?", "", "", True),
        ("a}", "", "", True),
        ("{a}", "", "", False),
        ("\\a}", "", "", False),
        # Numbers, and numbers with words.
        ("5", "", "", True),
        ("5.50", "", "", True),
        ("5, ", "", "", True),
        ("5-", "", "", True),
        ("5/", "", "", True),
        ("5 or 10", "", "", True),
        ("5 for", "", "", True),
        ("5 x", "", "", False),
        ("5 x -", "", "", True),
        ("x-", "", "", False),
        ("5元和", "", "", True),
        ("变量和", "", "", True),
        ("变(x)", "", "", False),
        ("x^2", "", "", False),
    ],
)
def test_what_stands_between_two_signs(formula: str, before: str, after: str, is_one: bool) -> None:
    """It is told by what it is, and by what stands next to it."""
    assert is_price(formula, before, after) is is_one


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("$x$", ["x"]),
        ("so $x$", ["x"]),
        ("$5 and $x$", ["x"]),
        ("$5 for tea, $x$ here", ["x"]),
        ("$5 $x$", ["x"]),
        ("$5$ and $x$", ["x"]),
        ("$5, 10$ and $x$", ["x"]),
        ("($5) $x$", ["x"]),
        ("a $5 b $x$ c $y$", ["x", "y"]),
        ("$5 b $6 c $x$", ["x"]),
        ("$5 b $x$ $y$ $z$", ["x", "y", "z"]),
        ("$20 is $x+1$ dollars", ["x+1"]),
        ("价格$5元和$x$", ["x"]),
        ("$5\n\n$x$", ["x"]),
        ("$5 and $x\n\ny$ $z$", ["z"]),
        ("$x$-$y$", ["x", "y"]),
        ("$x, y$ and $z$", ["x, y", "z"]),
        ("costs $5–$7 or $x^2$", ["x^2"]),
        ("$元$a$元$x$x(", ["a"]),
        ("$x)$a$()$x$ $", ["a", "x"]),
        ("$1 a" * 20, []),
        ("/etc/$x$/y" * 16, []),
        ("x$5$", []),
        ("a$x$", []),
        ("$x$b", []),
        ("$x$ b", ["x"]),
        ("it is $5", []),
        ("$5 or 10$", []),
        ("$1,000 and $2,000", []),
        ("${a}:${b}", []),
        ("$(a)-$(b)", []),
        ("$_GET[0].$_POST", []),
        ("$HOME and $PATH", []),
        ("$变量和$变量", []),
        ("/a$x$/b", []),
        ("http://a.b/$x$/ and $y$", ["y"]),
        ("$ x$", []),
        ("$x $", []),
    ],
)
def test_the_formulas_in_a_line(text: str, formulas: list[str]) -> None:
    """All signs that are no formula's stay; also where one of a pair may be either."""
    one = page("markdown", Limits(4096, CODE_POINTS, 95))
    one.add(text)
    shown = one.final(Format.SPANS)
    spans = shown.form.spans if isinstance(shown.form, Spans) else ()
    found = [shown.text[s.start : s.start + s.length] for s in spans if s.look is Look.CODE]
    assert found == formulas
    bare = text
    for formula in formulas:
        bare = bare.replace(f"${formula}$", formula, 1)
    assert shown.text == bare


def test_a_text_of_many_signs_has_its_other_formulas() -> None:
    """Who gives up on dollar signs reads the rest all the same."""
    one = page("markdown", Limits(4096, CODE_POINTS, 95))
    one.add("$5 and $x" * 12 + " **and** \\(y\\)")
    shown = one.final(Format.SPANS)
    assert shown.text == "$5 and $x" * 12 + " and y"
    assert isinstance(shown.form, Spans)
    assert [span.look for span in shown.form.spans] == [Look.BOLD, Look.CODE]
