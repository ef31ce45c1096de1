"""Details: each close belongs to the innermost, and what follows is where it was said."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tickertape.markup.forms import Blocks, Format, Look, Spans
from tickertape.markup.notes import fits
from tickertape.markup.pages import BlockLimits, Limits, Page
from tickertape.markup.paper import page
from tickertape.markup.parse import parse
from tickertape.markup.rulers import UTF16
from tickertape.markup.tree import (
    Block,
    Code,
    CodeBlock,
    Details,
    Heading,
    LineBreak,
    Paragraph,
    Quote,
    Words,
)

LIMITS = Limits(4096, UTF16, 95, BlockLimits(500, 16, 20, folds_formulas=False))
OUTER = "<details>\n<summary>Outer</summary>\n\n"
INNER = "<details>\n<summary>Inner</summary>\n\nInner content\n\n</details>\n\n"


def words(text: str) -> Paragraph:
    """Make a paragraph of words."""
    return Paragraph((Words(text),))


def folded(title: str, *blocks: Block, is_open: bool = False) -> Details:
    """Make details."""
    return Details((Words(title),), blocks, is_open)


NESTED: dict[str, tuple[str, tuple[Block, ...]]] = {
    "details in details": (
        f"{OUTER}{INNER}Outer content\n\n</details>\n\nAfter\n",
        (
            folded("Outer", folded("Inner", words("Inner content")), words("Outer content")),
            words("After"),
        ),
    ),
    "in one line": (
        "<details><summary>A</summary>x<details><summary>B</summary>y</details>z</details>w",
        (folded("A", words("x"), folded("B", words("y")), words("z")), words("w")),
    ),
    "a title on lines of its own": (
        "<details>\n<summary>\nT\n</summary>\nbody\n</details>\nafter",
        (folded("T", words("body")), words("after")),
    ),
    "tags in code": (
        f"{OUTER}```html\n<details>\n</details>\n```\n`</details>`\n</details>\nafter",
        (
            folded(
                "Outer",
                CodeBlock("<details>\n</details>", "html"),
                Paragraph((Code("</details>"),)),
            ),
            words("after"),
        ),
    ),
    "without an end": (
        f"{OUTER}{INNER}more",
        (folded("Outer", folded("Inner", words("Inner content")), words("more"), is_open=True),),
    ),
    "an inner one without an end": (
        f"{OUTER}<details>\n<summary>Inner</summary>\n\nx\n\n</details>\n\ny",
        (folded("Outer", folded("Inner", words("x")), words("y"), is_open=True),),
    ),
    "a title of several blocks": (
        "<details><summary>T\n> q</summary>\n\nx\n\n</details>",
        (folded("T", Quote((words("q"),)), words("x")),),
    ),
    "a title and words that are no title": (
        "<details><summary>\n# T\n> q\n</summary>\n\nx\n\n</details>",
        (Heading(1, (Words("T"),)), Quote((words("q"),)), words("x")),
    ),
    "a title that never ends": (
        "<details><summary>T\n\n<details><summary>Inner</summary>\n\nx\n\n</details>",
        (words("<summary>T"), folded("Inner", words("x"))),
    ),
    "a close too many": (
        f"{INNER}</details>\nafter",
        (
            folded("Inner", words("Inner content")),
            Paragraph((Words("</details>"), LineBreak(), Words("after"))),
        ),
    ),
}


@pytest.mark.parametrize(("source", "blocks"), NESTED.values(), ids=NESTED.keys())
def test_details_hold_what_was_said_in_them(source: str, blocks: tuple[Block, ...]) -> None:
    """A close ends the innermost details; what never ends is unfolded, so that it is seen."""
    assert parse(source) == blocks


def test_sixteen_details_unfold_in_each_other() -> None:
    """What is nested deeper than a server takes is shown as it is written."""
    blocks = parse("<details><summary>T</summary>\n" * 17 + "x" + "\n</details>" * 17)
    for _ in range(16):
        (details,) = blocks
        assert isinstance(details, Details)
        blocks = details.blocks
    assert not any(isinstance(block, Details) for block in blocks)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (OUTER + "live **wo", "Outer\nlive wo"),
        (OUTER + INNER + "live **wo", "Outer\nInner\nInner content\nlive wo"),
        ("<details>\n\nlive **wo", "live wo"),
        (OUTER + "<details>\n<summ", "Outer"),
        (OUTER + "<details>\n<summary>In", "Outer"),
        (OUTER + "live\n</det", "Outer\nlive"),
        (OUTER + "live\n</details>\nafter **it", "Outer\nlive\nafter it"),
        (OUTER + "**open\n</details>\n", "Outer\n**open"),
        (OUTER + "- a\n- ", "Outer\n• a"),
    ],
)
def test_details_are_live(source: str, text: str) -> None:
    """What is said in details is seen while it is said, healed like all else."""
    growing = page("markdown", LIMITS)
    growing.add(source)
    assert growing.preview(Format.SPANS).text == text


FORMULAS = [
    "$$x^2$$",
    "so $x^2$",
    "- so \\(x\\)",
    "> $$\n> x\n> $$",
    "| a |\n|---|\n| $x$ |",
    "```math\nx\n```",
    "\\begin{x}\na\n\\end{x}",
    "<details><summary>In</summary>\n\n- **$x$**\n\n</details>",
    "1. a\n   > [so $x$](https://a.b)",
]


WITHIN = {
    "an item": (
        "1. a\n   <details>\n   <summary>S</summary>\n\n   x\n\n   </details>\n2. b",
        "1. a\nS\n\n  x\n2. b",
    ),
    "an item, after an empty line": (
        "- a\n\n  <details open><summary>S</summary>\n\n  x\n  </details>",
        "• a\n\n  S\n\n  x",
    ),
    "a quote": ("> <details>\n> <summary> S </summary>\n> x\n> </details>\n\nb", "S\nx\n\nb"),
    "one line": ("- <details><summary>S</summary>x</details>\n- y", "• S\nx\n• y"),
    "items in items": (
        "- <details><summary>S</summary>\n\n  - one\n\n  </details>\n- z",
        "• S\n  ◦ one\n• z",
    ),
}


@pytest.mark.parametrize(("source", "text"), WITHIN.values(), ids=WITHIN.keys())
def test_details_in_items_and_quotes_are_open(source: str, text: str) -> None:
    """Their title is bold; no tag of them is shown, in no preview and not in the end."""
    growing = page("markdown", LIMITS)
    for char in source:
        growing.add(char)
        assert "<" not in growing.preview(Format.SPANS).text
    final = growing.final(Format.SPANS)
    assert final.text == text
    assert isinstance(final.form, Spans)
    bold = [span for span in final.form.spans if span.look is Look.BOLD]
    assert [final.text[span.start : span.start + span.length] for span in bold] == ["S"]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("frame", ["<details><summary>Steps</summary>\n\n{}\n\n</details>\n\nend"])
def test_details_with_formulas_go_out_as_text(formula: str, frame: str) -> None:
    """Blocks that crash a program are never shown, in no preview and in no final."""
    growing = page("markdown", LIMITS)
    for char in frame.format(formula):
        growing.add(char)
        form = growing.preview(Format.BLOCKS).form
        assert not (isinstance(form, Blocks) and "Formula" in repr(form))
    assert growing.gains_by_blocks()
    assert not growing.allows_blocks()
    assert isinstance(growing.final(Format.BLOCKS).form, Spans)


@pytest.mark.parametrize(("said", "folded"), [(1, 1), (15, 15), (16, 16), (17, 16), (18, 16)])
def test_details_in_details_have_an_end(said: int, folded: int) -> None:
    """What is deeper than a platform takes is shown as it is written."""
    blocks, depth = parse("<details><summary>S</summary>\n\n" * said + "x"), 0
    while isinstance(details := blocks[0], Details):
        blocks, depth = details.blocks, depth + 1
    assert depth == folded
    (rest,) = blocks
    assert isinstance(rest, Paragraph)
    tags = (Words("<details><summary>S</summary>"), LineBreak(), LineBreak())
    assert rest.inlines == (*tags * (said - folded), Words("x"))


def test_a_formula_in_the_title_of_details_goes_out_as_text() -> None:
    """A title is folded with what it stands over."""
    growing = page("markdown", LIMITS)
    growing.add("<details><summary>$x$</summary>\n\na\n\n</details>")
    assert not growing.allows_blocks()


@pytest.mark.parametrize("text", ["$$x$$\n\n<details><summary>S</summary>\n\na\n\n</details>"])
def test_formulas_and_details_side_by_side_are_blocks(text: str) -> None:
    """Only what holds a formula is a danger."""
    growing = page("markdown", LIMITS)
    growing.add(text)
    assert growing.allows_blocks()


MARKS = [
    *(
        "<details>",
        "<details>\n",
        "<summary>@</summary>\n",
        "<summary>@",
        "</summary>",
        "\n",
        "\n\n",
    ),
    *("</details>", "\n</details>\n", "@ ", "**@** ", "\n- @ ", "\n1. @ ", "\n> @ ", "\n> > @ "),
    *(
        "\n| @ | @ |\n|---|---|\n",
        "| @ | @ |\n",
        "\n```\n@\n@\n@\n```\n",
        "\n```\n",
        "`@`",
        "\n# @\n",
    ),
    *("$$@$$", "\n$$\n@\n$$\n", "<details><summary>@</summary>\n\n", "`</details>`", "<br>@"),
]


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


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(MARKS), max_size=60), st.sampled_from([80, 200, 4000]))
def test_no_word_in_or_around_details_is_lost(pieces: list[str], length: int) -> None:
    """Whatever tags come to, each word stands on one page, once, and each page fits."""
    number = iter(range(10_000))
    text = re.sub("@", lambda _: f"w{next(number)}z", "".join(pieces))
    limits = Limits(length, UTF16, 95)
    pages, openings = paged(text, limits)
    # A word that is cut stands on two pages, with what is opened again between its halves.
    halves = itertools.pairwise(pages)
    assume(not any(one.source[-1].isalnum() and two.source[:1].isalnum() for one, two in halves))
    for form in (Format.SPANS, Format.PLAIN):
        assert all(fits(one.final(form), limits) for one in pages)
        shown = re.findall(r"w\d+z", "".join(one.final(form).text for one in pages))
        said = re.findall(r"w\d+z", text)
        assert [w for w in shown if w not in openings] == [w for w in said if w not in openings]
