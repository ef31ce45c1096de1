"""Formulas in LaTeX's own brackets: which of them are lifted out before a parser reads."""

from __future__ import annotations

import pytest

from tickertape.markup.brackets import lifted, put_back, tokens


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("\\(x\\)", [("x", False)]),
        ("so \\(x\\) \\(y\\)", [("x", False), ("y", False)]),
        ("f\\(x\\)", []),
        ("f\\(x^2\\)", [("x^2", False)]),
        ("\\(word\\)", []),
        ("\\( 5 \\)", [("5", False)]),
        ("\\(5\\)", []),
        ("\\[x\\]", [("x", True)]),
        ("so \\[x\\]", []),
        ("so \\[\\alpha\\]", [("\\alpha", True)]),
        ("so \\[y\\]\nb", []),
        ("- \\[x\\]", []),
        ("- \\[ x \\]", []),
        ("> \\[y\\]", [("y", True)]),
        ("a\n\\[y\\]\nb", [("y", True)]),
        ("\\[a\nb\\]", [("a\nb", True)]),
        ("so \\[\na\n\\]", [("a", True)]),
        ("so \\[a\nb\\]", []),
        ("\\[a\n\nb\\]", []),
        ("a|b\n-|-\n\\(|x|\\)|c", []),
        ("a|b\n-|-\n\\(x\\)|c", [("x", False)]),
        ("so \\(|x|\\)", [("|x|", False)]),
        ("so \\(|x|\\) \\(|y|\\) |", []),
        ("so \\(|x|\\) \\(|y|\\)", [("|x|", False), ("|y|", False)]),
        ("a|b\n\\(|x|\\)\nc|d", [("|x|", False)]),
        ("\\[ |x| \\]", [("|x|", True)]),
        ("- \\[|x|\\]", [("|x|", True)]),
        ("so \\[|\\alpha|\\] | b", []),
        ("$$\na\n$$", [("a", True)]),
        ("\\begin{x} a \\end{x}", [("\\begin{x} a \\end{x}", True)]),
        ("\\\\(x\\\\)", []),
        ("\\(a\\) and \\(page 5\\)", [("a", False)]),
        ("é \\(x\\) ü \\(y\\)", [("x", False), ("y", False)]),
        ("\\(x", []),
        ("x\\)", []),
    ],
)
def test_which_brackets_hold_formulas(text: str, formulas: list[tuple[str, bool]]) -> None:
    """Those that models mean as such, and whether they ask for a line; not escaped words."""
    rest, found = lifted(text, lambda _: ())
    assert [(one.source, one.is_display) for one in found] == formulas
    assert put_back(rest, found) == text
    assert (
        "".join(one if isinstance(one, str) else one.written for one in tokens(rest, found)) == text
    )


def test_what_stands_in_code_is_no_formula() -> None:
    """Wherever it stands among other code."""
    text = "`a` `b \\(x\\)` \\(y\\) `c`"
    places = [(0, 3), (4, 13), (20, 23)]
    _, found = lifted(text, lambda _: places)
    assert [one.written for one in found] == ["\\(y\\)"]
    _, found = lifted(text, lambda _: reversed(places))
    assert [one.written for one in found] == ["\\(y\\)"]
