r"""Formulas that go over lines: `$$`, `\[`, environments; what is none is words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickertape.markup.forms import Format, Look, Rendering, Spans
from tickertape.markup.formulas import opened_at, over_lines
from tickertape.markup.notes import fits
from tickertape.markup.pages import Limits, Page
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16

LIMITS = Limits(4096, UTF16, 95)
MATRIX = "\\begin{bmatrix}\n1 & 0 \\\\\n0 & 1\n\\end{bmatrix}"
ALIGNED = "\\begin{align*}\na &= b \\\\\n- c &= d_1 + d_2\n\\end{align*}"
NESTED = "\\begin{array}{c|c}\n\\begin{array}{c}\n1 \\\\\n\\end{array} & 2\n\\end{array}"


def looks(rendering: Rendering) -> list[tuple[Look, str]]:
    """Give the looks of a text, and what they cover."""
    form, units = rendering.form, rendering.text.encode("utf-16-le")
    spans = form.spans if isinstance(form, Spans) else ()
    return [
        (s.look, units[2 * s.start : 2 * (s.start + s.length)].decode("utf-16-le")) for s in spans
    ]


FORMULAS = {
    "begun behind words": (
        "The energy is given by $$\nE = mc^2\n$$\n\nwhere **m** is.\n\n## Next\n- a",
        "The energy is given by E = mc^2\n\nwhere m is.\n\nNext\n• a",
        [(Look.CODE, "E = mc^2"), (Look.BOLD, "m"), (Look.BOLD, "Next")],
    ),
    "begun behind words, in brackets": (
        "by \\[\nE = \\frac{a}{b}\n\\]\n\n**b**",
        "by E = \\frac{a}{b}\n\nb",
        [(Look.CODE, "E = \\frac{a}{b}"), (Look.BOLD, "b")],
    ),
    "begun behind words in an item": (
        "- by $$\n  a\n  + b\n  $$\n- **c**",
        "• by a + b\n• c",
        [(Look.CODE, "a + b"), (Look.BOLD, "c")],
    ),
    "begun behind words in a quote": (
        "> by $$\n> x\n> $$\n> **b**",
        "by x\nb",
        [(Look.QUOTE, "by x\nb"), (Look.CODE, "x"), (Look.BOLD, "b")],
    ),
    "closed with words behind": (
        "$$\nx\n$$ is **b**",
        "x\nis b",
        [(Look.PRE, "x"), (Look.BOLD, "b")],
    ),
    "prices in brackets": (
        "Sushi ($$), Thai ($$) and **Steak** ($$$)",
        "Sushi ($$), Thai ($$) and Steak ($$$)",
        [(Look.BOLD, "Steak")],
    ),
    "prices in items": ("- Sushi: $$\n- Taco: $$", "• Sushi: $$\n• Taco: $$", []),
    "prices in numbered items": ("1. $$ x\n2. $$ y", "1. $$ x\n2. $$ y", []),
    "prices in lines": (
        "Sushi – $$ · great\nSteak – $$$ · wow\nThai – $$ · **fine**",
        "Sushi – $$ · great\nSteak – $$$ · wow\nThai – $$ · fine",
        [(Look.BOLD, "fine")],
    ),
    "prices in Chinese": ("人均：$$，推荐。还有 $$，很贵", "人均：$$，推荐。还有 $$，很贵", []),
    "prices that are compared": ("costs $$ or $$$", "costs $$ or $$$", []),
    "calls and commas are no prices": (
        "so $$ sin(x), cos(x) $$ and $$x, y$$",
        "so sin(x), cos(x) and x, y",
        [(Look.CODE, "sin(x), cos(x)"), (Look.CODE, "x, y")],
    ),
    "cut off by an empty line": ("$$\nx\n\nmore **b**", "$$\nx\n\nmore b", [(Look.BOLD, "b")]),
    "cut off in a paragraph": ("so $$\nx\n\n**b** $$", "so $$\nx\n\nb $$", [(Look.BOLD, "b")]),
    "cut off by the end": ("so\n$$\nx", "so\n$$\nx", []),
    "cut off in brackets": ("\\[\nx\n\nmore **b**", "[\nx\n\nmore b", [(Look.BOLD, "b")]),
    "cut off by code": (
        "$$\n```\ncode\n```\n**b**",
        "$$\ncode\nb",
        [(Look.PRE, "code"), (Look.BOLD, "b")],
    ),
    "cut off by a table": (
        "$$\n| a | b |\n|---|---|\n| 1 | 2 |",
        "$$\na | b\n--+--\n1 | 2",
        [(Look.PRE, "a | b\n--+--\n1 | 2")],
    ),
    "a price before items": (
        "costs $$ and\n- a\n- **b**\n\n**c**",
        "costs $$ and\n• a\n• b\n\nc",
        [(Look.BOLD, "b"), (Look.BOLD, "c")],
    ),
    "bars in brackets between lines with bars": (
        "a | b\nso \\(|x|\\) is\nc | d **e**",
        "a | b\nso |x| is\nc | d e",
        [(Look.CODE, "|x|"), (Look.BOLD, "e")],
    ),
    "a bare environment": (MATRIX, MATRIX, [(Look.PRE, MATRIX)]),
    "an environment behind words": (
        f"so\n{ALIGNED}\n**b**",
        f"so\n{ALIGNED}\nb",
        [(Look.PRE, ALIGNED), (Look.BOLD, "b")],
    ),
    "an environment in one of its name": (
        f"{NESTED}\n**b**",
        f"{NESTED}\nb",
        [(Look.PRE, NESTED), (Look.BOLD, "b")],
    ),
    "an environment in a line": (
        "so \\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix} is **b**",
        "so \\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix} is b",
        [(Look.CODE, "\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}"), (Look.BOLD, "b")],
    ),
    "an environment in an item": (
        "- m\n  \\begin{x}\n  a \\\\\n  - b\n  \\end{x}\n- **n**",
        "• m\n  \\begin{x}\na \\\\\n- b\n\\end{x}\n• n",
        [(Look.PRE, "\\begin{x}\na \\\\\n- b\n\\end{x}"), (Look.BOLD, "n")],
    ),
    "an environment between dollars": (f"$$\n{MATRIX}\n$$", MATRIX, [(Look.PRE, MATRIX)]),
    "an environment without an end": (
        "\\begin{x}\na \\\\ b\n\n**b**",
        "\\begin{x}\na \\\\ b\n\nb",
        [(Look.PRE, "\\begin{x}\na \\\\ b"), (Look.BOLD, "b")],
    ),
    "a sentence of environments": (
        "\\begin{align} is how\nthey **begin**",
        "\\begin{align} is how\nthey begin",
        [(Look.BOLD, "begin")],
    ),
    "environments in code": (
        "`\\begin{x}` and `\\end{x}` **b**",
        "\\begin{x} and \\end{x} b",
        [(Look.CODE, "\\begin{x}"), (Look.CODE, "\\end{x}"), (Look.BOLD, "b")],
    ),
}


@pytest.mark.parametrize(("source", "text", "spans"), FORMULAS.values(), ids=FORMULAS.keys())
def test_formulas_over_lines(source: str, text: str, spans: list[tuple[Look, str]]) -> None:
    """Formulas are code, what is none is words, and nothing behind it is swallowed."""
    growing = page("markdown", LIMITS)
    for char in source:
        growing.add(char)
        growing.preview(Format.SPANS)
    assert growing.final(Format.SPANS).text == text
    assert looks(growing.final(Format.SPANS)) == spans


@pytest.mark.parametrize(
    ("text", "places", "opened"),
    [
        ("so $$\nx\n$$ y", [(3, 10)], -1),
        ("$$x$$", [], -1),
        ("$$\nx\n\ny$$", [], 7),
        ("\\begin{x} a \\end{x} b", [(0, 19)], -1),
        ("\\begin{x}\n\\begin{x}\n\\end{x}\n\\end{x}", [(0, 35)], -1),
        ("\\[\nx\n\\]", [], -1),
        ("$$\nx\n$$ and $$\ny\n$$", [(0, 7), (12, 19)], -1),
        ("\\begin{x} $$\na\n$$", [], 0),
        ("- so $$\n  x\n  $$\n- $$\ny", [(5, 16)], 19),
        ("so $$\n- x\n$$", [(3, 12)], -1),
        ("- so $$\n- x\n$$", [], 12),
        ("so $$\nx\n> ", [], 3),
    ],
)
def test_where_formulas_over_lines_stand(
    text: str, places: list[tuple[int, int]], opened: int
) -> None:
    """Those that are whole, and the one that is open at the end."""
    assert list(over_lines(text)) == places
    assert opened_at(text) == opened


OPEN = [
    ("by $$\nE = m", "by"),
    ("by \\[\nE = m", "by"),
    ("by\n- \\[ a\n  + b", "by"),
    ("$$\nx\n$$ is **b", "x\nis b"),
    ("$$\nx\n\nmore **b", "$$\nx\n\nmore b"),
    ("\\begin{x}\na \\\\ b", "\\begin{x}\na \\\\ b"),
    ("so \\begin{x} a \\\\", "so"),
    ("by $$\nE\n$$ is", "by E is"),
]


@pytest.mark.parametrize(("source", "text"), OPEN)
def test_open_formulas(source: str, text: str) -> None:
    """A formula in lines of its own is shown while it grows, one behind words when it is whole."""
    growing = page("markdown", LIMITS)
    growing.add(source)
    assert growing.preview(Format.SPANS).text == text


def paged(text: str, limits: Limits) -> list[Page]:
    """Say a text on pages."""
    pages = [page("markdown", limits)]
    pages[0].add(text)
    while cut := pages[-1].cut():
        rest = pages[-1].end(cut)
        pages.append(page("markdown", limits, cut.opening))
        pages[-1].add(rest)
    return pages


@pytest.mark.parametrize(("opener", "closer"), [("$$", "$$"), ("\\[", "\\]")])
def test_a_long_formula_is_one_on_every_page(opener: str, closer: str) -> None:
    """A formula that is cut is closed and opened again."""
    lines = [f"x_{number} + y" for number in range(60)]
    pages = paged(f"{opener}\n" + "\n".join(lines) + f"\n{closer}", Limits(100, UTF16, 95))
    shown = [one.final(Format.SPANS) for one in pages]
    assert "\n".join(one.text for one in shown).split("\n") == lines
    assert all(looks(one) == [(Look.PRE, one.text)] for one in shown)


def test_a_long_environment_is_one_on_every_page() -> None:
    """An environment goes on as it is written; its first line is not repeated."""
    text = "\\begin{align}\n" + "a &= b \\\\\n" * 40 + "\\end{align}"
    shown = [one.final(Format.SPANS) for one in paged(text, Limits(100, UTF16, 95))]
    assert "\n".join(one.text for one in shown) == text
    assert all(looks(one) == [(Look.PRE, one.text)] for one in shown)


MARKS = [
    *("$$", "\n$$\n", "\\[", "\\]", "\n\\[\n", "\n\\]\n", "\\begin{@}", "\\end{@}", "\n", "\n\n"),
    *("\\begin{x}\n", "\\end{x}\n", "\n- @ ", "\n1. @ ", "> ", " @ ", "@", "**@** ", "`@`", "$@$ "),
    *("\n| @ | @ |\n|---|---|\n", "| @ | @ |\n", "\n```\n", " & ", " \\\\\n", "\n  ", "\n+ @"),
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(MARKS), max_size=60), st.sampled_from([80, 200, 4000]))
def test_no_word_in_or_around_formulas_is_lost(pieces: list[str], length: int) -> None:
    """Whatever marks come to, each word stands on one page, once, and each page fits."""
    number = iter(range(10_000))
    text = re.sub("@", lambda _: f"w{next(number)}z", "".join(pieces))
    limits = Limits(length, UTF16, 95)
    pages = paged(text, limits)
    headers = set(re.findall(r"^\|.*\|$", text, re.MULTILINE))
    repeated = {word for line in headers for word in re.findall(r"w\d+z", line)}
    for form in (Format.SPANS, Format.PLAIN):
        assert all(fits(one.final(form), limits) for one in pages)
        shown = re.findall(r"w\d+z", "".join(one.final(form).text for one in pages))
        said = re.findall(r"w\d+z", text)
        assert [w for w in shown if w not in repeated] == [w for w in said if w not in repeated]
