"""Lines: what each does to the blocks around it, so that a text can be parted behind it."""

from __future__ import annotations

import pytest

from tickertape.markup.formulas import Opened
from tickertape.markup.lines import (
    FRESH,
    Box,
    Leaf,
    State,
    begins_anew,
    content,
    goes_on,
    reopened,
    step,
)

QUOTE, BULLET, ONE = Box(">"), Box("-", 0, 2), Box("1.", 0, 3, 1, counts=True)


def behind(text: str) -> tuple[State, bool]:
    """Return what is open behind a text, and whether its last line begins a chunk."""
    state, starts = FRESH, False
    for line in text.split("\n"):
        state, starts = step(state, line)
    return state, starts


OPEN = [
    # Words, titles and rules.
    ("text", State(leaf=Leaf.PARAGRAPH, title="text"), False),
    ("# title", State(), False),
    ("####### x", State(leaf=Leaf.PARAGRAPH, title="####### x"), False),
    ("***", State(), False),
    ("- - -", State(), False),
    ("---", State(), False),
    ("text\n---", State(), True),
    ("a\n\n---", State(), True),
    ("<div>", State(leaf=Leaf.PARAGRAPH, title="<div>"), False),
    ("a\tb", State(leaf=Leaf.PARAGRAPH, title="a\tb"), False),
    ("a\n\n", State(is_blank=True), False),
    ("a\n\nb", State(leaf=Leaf.PARAGRAPH, title="b"), True),
    ("a\n# b\nc", State(leaf=Leaf.PARAGRAPH, title="c"), False),
    # Quotes end with their last mark.
    ("> quote", State((QUOTE,), leaf=Leaf.PARAGRAPH, title="quote"), False),
    ("> > a\n> b", State((QUOTE, QUOTE), leaf=Leaf.PARAGRAPH, title="b"), False),
    ("> a\nb", State(leaf=Leaf.PARAGRAPH, title="b"), True),
    ("> a\n\n", State(is_blank=True), False),
    ("> a\n>\n", State(is_blank=True), False),
    ("> - a", State((QUOTE, BULLET), leaf=Leaf.PARAGRAPH, title="a"), False),
    ("   > a", State((QUOTE,), leaf=Leaf.PARAGRAPH, title="a"), False),
    ("    > a", State(leaf=Leaf.PARAGRAPH, title="    > a"), False),
    (">> a", State((QUOTE, QUOTE), leaf=Leaf.PARAGRAPH, title="a"), False),
    # Items.
    ("- item", State((BULLET,), leaf=Leaf.PARAGRAPH, title="item", is_list=True), False),
    ("  * item", State((Box("*", 2, 4),), leaf=Leaf.PARAGRAPH, title="item", is_list=True), False),
    (
        "7) item",
        State((Box("7)", 0, 3, 7),), leaf=Leaf.PARAGRAPH, title="item", is_list=True),
        False,
    ),
    ("1. one", State((ONE,), leaf=Leaf.PARAGRAPH, title="one", is_list=True), False),
    (
        "1.\t tab",
        State((Box("1.", 0, 5, 1, counts=True),), leaf=Leaf.PARAGRAPH, title="tab", is_list=True),
        False,
    ),
    ("-   wide", State((Box("-", 0, 4),), leaf=Leaf.PARAGRAPH, title="wide", is_list=True), False),
    (
        "-     code in item",
        State((BULLET,), leaf=Leaf.PARAGRAPH, title="    code in item", is_list=True),
        False,
    ),
    ("-", State((BULLET,), is_list=True, is_bare=True), False),
    ("1.", State((ONE,), is_list=True, is_bare=True), False),
    ("- [ ]", State((BULLET,), is_list=True, is_bare=True), False),
    ("- [x] done", State((BULLET,), leaf=Leaf.PARAGRAPH, title="[x] done", is_list=True), False),
    ("- > b", State((BULLET, QUOTE), leaf=Leaf.PARAGRAPH, title="b", is_list=True), False),
    ("- a\n\n", State((BULLET,), is_blank=True, is_list=True), False),
    ("- a\n\n  b", State((BULLET,), leaf=Leaf.PARAGRAPH, title="b", is_list=True), False),
    ("- a\n\nb", State(leaf=Leaf.PARAGRAPH, title="b"), True),
    ("- a\nb", State((BULLET,), leaf=Leaf.PARAGRAPH, title="b", is_list=True), False),
    ("- a\n> b", State((QUOTE,), leaf=Leaf.PARAGRAPH, title="b"), False),
    (
        "- a\n  - b\n c",
        State((BULLET, BULLET), leaf=Leaf.PARAGRAPH, title=" c", is_list=True),
        False,
    ),
    (
        "- a\n  - b\n  c",
        State((BULLET, BULLET), leaf=Leaf.PARAGRAPH, title="c", is_list=True),
        False,
    ),
    (
        "- a\n  - b\n    - c\n  - d",
        State((BULLET, BULLET), leaf=Leaf.PARAGRAPH, title="d", is_list=True),
        False,
    ),
    ("-\n\n  a", State(leaf=Leaf.PARAGRAPH, title="  a", is_list=True), False),
    (
        "1. a\n1. b",
        State((Box("1.", 0, 3, 2, counts=True),), leaf=Leaf.PARAGRAPH, title="b", is_list=True),
        False,
    ),
    (
        "1. a\n1. b\n1. c",
        State((Box("1.", 0, 3, 3, counts=True),), leaf=Leaf.PARAGRAPH, title="c", is_list=True),
        False,
    ),
    (
        "1. a\n2. b",
        State((Box("2.", 0, 3, 2),), leaf=Leaf.PARAGRAPH, title="b", is_list=True),
        False,
    ),
    ("5. a\n1. b", State((ONE,), leaf=Leaf.PARAGRAPH, title="b", is_list=True), False),
    ("- a\n* b", State((Box("*", 0, 2),), leaf=Leaf.PARAGRAPH, title="b", is_list=True), False),
    ("text\n2. b", State(leaf=Leaf.PARAGRAPH, title="2. b"), False),
    ("text\n1. b", State((ONE,), leaf=Leaf.PARAGRAPH, title="b", is_list=True), False),
    ("text\n-", State(leaf=Leaf.PARAGRAPH, title="-"), False),
    ("- a\n\n  > b\n\n  c", State((BULLET,), leaf=Leaf.PARAGRAPH, title="c", is_list=True), False),
    ("> > 5", State((QUOTE, QUOTE), leaf=Leaf.PARAGRAPH, title="5"), False),
    ("> - > 5", State((QUOTE, BULLET), leaf=Leaf.PARAGRAPH, title="> 5"), False),
    ("- > 5", State((BULLET,), leaf=Leaf.PARAGRAPH, title="> 5", is_list=True), False),
    (
        "1. a\n   1) b",
        State((ONE, Box("1)", 0, 3, 1, counts=True)), leaf=Leaf.PARAGRAPH, title="b", is_list=True),
        False,
    ),
    ("- a\n\n- b", State((BULLET,), leaf=Leaf.PARAGRAPH, title="b", is_list=True), False),
    (
        "10. a\n    b",
        State((Box("10.", 0, 4, 10),), leaf=Leaf.PARAGRAPH, title="b", is_list=True),
        False,
    ),
    # Fences.
    ("```py", State(leaf=Leaf.FENCE, closing="```", again="```py"), False),
    ("```py\nx", State(leaf=Leaf.FENCE, closing="```", again="```py"), False),
    ("```py\nx\n```", State(), False),
    ("```py\nx ```", State(), False),
    ("~~~\nx\n```", State(leaf=Leaf.FENCE, closing="~~~", again="~~~"), False),
    ("~~~x~~~", State(), False),
    (
        "````md\n```py",
        State(leaf=Leaf.FENCE, closing="````", again="````md", inner=("```py",)),
        False,
    ),
    ("````md\n```py\n```", State(leaf=Leaf.FENCE, closing="````", again="````md"), False),
    ("```md\n```py\n```\n```", State(), False),
    (
        "- ```\n  x",
        State((BULLET,), leaf=Leaf.FENCE, closing="```", again="```", is_list=True),
        False,
    ),
    ("- ```\nx", State(leaf=Leaf.PARAGRAPH, title="x"), False),
    ("> ```\nx", State(leaf=Leaf.PARAGRAPH, title="x"), True),
    ("a\n```\nb", State(leaf=Leaf.FENCE, closing="```", again="```"), False),
    ("```py x = 1", State(leaf=Leaf.FENCE, closing="```", again="```py"), False),
    # Tables.
    ("a|b\n-|-", State(leaf=Leaf.TABLE, again="a|b\n-|-"), False),
    ("a|b\n-|-|-", State(leaf=Leaf.PARAGRAPH, title="-|-|-"), False),
    ("a|b\n-|-\n1|2", State(leaf=Leaf.TABLE, again="a|b\n-|-"), False),
    ("a|b\n-|-\nend", State(leaf=Leaf.PARAGRAPH, title="end"), True),
    ("|a|\n|:-:|", State(leaf=Leaf.TABLE, again="|a|\n|:-:|"), False),
    ("> a|b\n> -|-", State((QUOTE,), leaf=Leaf.TABLE, again="a|b\n-|-"), False),
    ("- a|b\n  -|-", State((BULLET,), leaf=Leaf.TABLE, again="a|b\n-|-", is_list=True), False),
    (
        "- a|b\n  -|-\n  1|2",
        State((BULLET,), leaf=Leaf.TABLE, again="a|b\n-|-", is_list=True),
        False,
    ),
    ("- a|b\n  -|-\n\n", State((BULLET,), is_blank=True, is_list=True), False),
    ("`a|b`\n-|-", State(leaf=Leaf.PARAGRAPH, title="-|-"), False),
    ("a|b\n-|-\n- x", State((BULLET,), leaf=Leaf.PARAGRAPH, title="x", is_list=True), True),
    # Formulas.
    (
        "$$\nx",
        State(leaf=Leaf.FORMULA, closing="$$", formula=Opened("$$"), again="$$", title="x"),
        False,
    ),
    ("$$x$$", State(is_done=True), False),
    ("$$x$$ y", State(leaf=Leaf.PARAGRAPH, title="$$x$$ y"), False),
    (
        "\\[\nx",
        State(leaf=Leaf.FORMULA, closing="\\]", formula=Opened("\\["), again="\\[", title="x"),
        False,
    ),
    ("\\[\nx\n\\]", State(is_done=True), False),
    (
        "\\begin{x}\na",
        State(
            leaf=Leaf.FORMULA,
            closing="\\end{x}",
            formula=Opened("\\begin{x}"),
            again="\\begin{x}",
            title="a",
        ),
        False,
    ),
    (
        "\\begin{x}\n\\begin{x}",
        State(
            leaf=Leaf.FORMULA,
            closing="\\end{x}",
            formula=Opened("\\begin{x}", 1),
            again="\\begin{x}",
            title="\\begin{x}",
        ),
        False,
    ),
    ("\\begin{x}\na\n\\end{x}", State(is_done=True), False),
    ("so $$\nx", State(leaf=Leaf.PARAGRAPH, formula=Opened("$$"), title="x"), False),
    ("so $$\nx\n$$ y", State(leaf=Leaf.PARAGRAPH, title="$$ y"), False),
    ("so $$\n- x", State(leaf=Leaf.PARAGRAPH, formula=Opened("$$"), title="- x"), False),
    ("- so $$\n- x", State((BULLET,), leaf=Leaf.PARAGRAPH, title="x", is_list=True), False),
    ("$$\nx\n\n", State(is_blank=True), False),
    ("$$x$$\ny", State(leaf=Leaf.PARAGRAPH, title="y"), True),
    # Details.
    ("<details>", State(leaf=Leaf.DETAILS, depth=1, inside=FRESH), False),
    ("<details><summary>S</summary>", State(leaf=Leaf.DETAILS, depth=1, inside=FRESH), False),
    (
        "<details>\n- a",
        State(
            leaf=Leaf.DETAILS,
            depth=1,
            inside=State((BULLET,), leaf=Leaf.PARAGRAPH, title="a", is_list=True),
        ),
        False,
    ),
    ("<details>\n</details>", State(is_done=True), False),
    ("<details>\n</details> x", State(is_done=True), False),
    (
        "<details>\n<details>\na",
        State(leaf=Leaf.DETAILS, depth=2, inside=State(leaf=Leaf.PARAGRAPH, title="a")),
        False,
    ),
    ("<details>\n<details>\n</details>", State(leaf=Leaf.DETAILS, depth=1, inside=FRESH), False),
    (
        "<details>\n```\n</details>",
        State(
            leaf=Leaf.DETAILS, depth=1, inside=State(leaf=Leaf.FENCE, closing="```", again="```")
        ),
        False,
    ),
    (
        "<details>\n<summary>S</summary> a",
        State(leaf=Leaf.DETAILS, depth=1, inside=State(leaf=Leaf.PARAGRAPH, title=" a")),
        False,
    ),
    ("- <details>", State((BULLET,), leaf=Leaf.PARAGRAPH, title="<details>", is_list=True), False),
    (
        "<DETAILS>\na",
        State(leaf=Leaf.DETAILS, depth=1, inside=State(leaf=Leaf.PARAGRAPH, title="a")),
        False,
    ),
]


@pytest.mark.parametrize(("text", "state", "starts"), OPEN)
def test_what_is_open_behind_a_text(text: str, state: State, starts: bool) -> None:
    """Quotes, items, and what is open in the innermost; and whether a new chunk has begun."""
    assert behind(text) == (state, starts)


@pytest.mark.parametrize(
    ("text", "line", "kept", "held", "opening"),
    [
        ("- a", "  b", 1, "b", "-\n"),
        ("- a", "b", 1, None, "-\n"),
        ("- a", "- b", 0, None, ""),
        ("- a\n  - b", "  - c", 1, None, "-\n"),
        ("- a\n  - b", "- c", 0, None, ""),
        ("- a\n  - b", "    c", 2, "c", "-\n  -\n"),
        ("- a\n\n", "  b", 1, "b", "-\n"),
        ("- a\n\n", "b", 0, None, ""),
        ("> a", "> b", 1, "b", ""),
        ("> > a", "> b", 2, None, ""),
        ("> - a", ">   b", 2, "b", "> -\n"),
        ("> - a", "> b", 2, None, "> -\n"),
        ("- > a", "  > b", 2, "b", "-\n"),
        ("- > a", "  b", 2, None, "-\n"),
        ("- > a", "", 2, None, "-\n"),
        ("1. a", "1. b", 0, None, "1. \n"),
        ("1. a\n1. b", "1. c", 0, None, "2. \n"),
        ("1. a\n1. b", "   c", 1, "c", "2. \n"),
        ("1. a\n1. b", "c", 1, None, "2. \n"),
        ("3. a", "1. b", 0, None, "3.\n"),
        ("3. a", "4. b", 0, None, "3.\n"),
        ("1. a\n   1. b", "   1. c", 1, None, "1. \n   1. \n"),
        ("1. a\n   1. b", "1. c", 0, None, "1. \n"),
        ("- a\n  1. b\n  1. c", "  1. d", 1, None, "-\n  2. \n"),
        ("```py\nx", "y", 0, "y", "```py\n"),
        ("- ```\n  x", "  y", 1, "y", "-\n  ```\n"),
        ("- ```\n  x", "y", 0, None, "-\n  ```\n"),
        ("````md\n```py\nx", "y", 0, "y", "````md\n```py\n"),
        ("a|b\n-|-", "1|2", 0, "1|2", "a|b\n-|-\n"),
        ("- a|b\n  -|-", "  1|2", 1, "1|2", "-\n  a|b\n  -|-\n"),
        ("$$\nx", "y", 0, "y", "$$\n"),
        ("<details>\n- a", "  b", 0, "  b", "<details>\n\n-\n"),
        ("<details>\n<details>\n1. a", "1. b", 0, "1. b", "<details>\n\n<details>\n\n1. \n"),
        ("a", "\tb", 0, "    b", ""),
        ("- a", "\tb", 1, "  b", "-\n"),
        ("- a\n  > ", "x", 0, None, ""),
    ],
)
def test_how_a_line_goes_on(
    text: str, line: str, kept: int, held: str | None, opening: str
) -> None:
    """In which of the open boxes, with what, and what opens them again where it begins a page."""
    state, _ = behind(text)
    assert goes_on(state, line) == kept
    assert content(state, line) == held
    assert reopened(state, line) == opening


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("", True),
        (" > ", True),
        ("- a", True),
        ("> + a", True),
        ("12. a", True),
        ("2)\ta", True),
        ("# a", True),
        ("###### ", True),
        ("####### a", False),
        ("-a", False),
        ("#a", False),
        ("1.a", False),
        ("a", False),
        ("> a", False),
    ],
)
def test_what_ends_a_paragraph(line: str, begins: bool) -> None:
    """An item, a title, an empty line, also in a quote: whatever stands above it."""
    assert begins_anew(f"words\n{line}\nmore", 6) is begins
