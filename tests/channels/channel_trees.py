"""Formatted texts of every shape, for tests of what shows them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from tickertape.markup.tree import (
    Alignment,
    Block,
    Code,
    CodeBlock,
    Details,
    Divider,
    Folded,
    Formula,
    FormulaBlock,
    Heading,
    Inline,
    Item,
    LineBreak,
    Link,
    Listing,
    Paragraph,
    Quote,
    Style,
    Styled,
    Table,
    Thinking,
    Words,
)

__all__ = ["blocks"]

# Halves of surrogate pairs are not for whoever writes blocks, but for whoever encodes them.
_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\n\r")
_TEXT = st.text(_CHARACTERS, min_size=1, max_size=5)
_LINES = st.text(_CHARACTERS, max_size=5)
_URL = st.sampled_from(["https://a.b", "mailto:a@b.c?subject=x", "tel:+49", "#a", "a/b.py", "x"])
_LEAF = st.one_of(
    st.builds(Words, _TEXT),
    st.builds(LineBreak),
    st.builds(Code, _TEXT),
    st.builds(Formula, _TEXT),
)


def _wrapped(inner: st.SearchStrategy[Inline]) -> st.SearchStrategy[Inline]:
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(st.builds(Styled, st.sampled_from(Style), some), st.builds(Link, _URL, some))


_INLINE: st.SearchStrategy[Inline] = st.recursive(_LEAF, _wrapped, max_leaves=4)
_LINE = st.lists(_INLINE, min_size=1, max_size=3).map(tuple)
_CELL = st.lists(_INLINE, max_size=2).map(tuple)
_ALIGNMENTS: Sequence[Alignment] = ("left", "center", "right")


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    columns = draw(st.integers(1, 4))
    alignment: st.SearchStrategy[Alignment] = st.sampled_from(_ALIGNMENTS)
    alignments = draw(st.lists(alignment, min_size=columns, max_size=columns))
    row = st.lists(_CELL, min_size=columns, max_size=columns).map(tuple)
    rows = draw(st.lists(row, max_size=3))
    return Table(tuple(alignments), draw(row), tuple(rows))


_FLAT: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, _LINE),
    st.builds(Heading, st.integers(1, 6), _LINE),
    st.builds(CodeBlock, _LINES, st.sampled_from(["", "python"])),
    st.builds(FormulaBlock, _LINES),
    st.builds(Divider),
    _tables(),
    st.builds(Folded, _LINES),
    st.builds(Thinking, _LINES),
)


def _nested(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    item = st.builds(
        Item, st.lists(inner, max_size=2).map(tuple), st.sampled_from([None, True, False])
    )
    items = st.lists(item, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Listing, items, st.sampled_from([None, 0, 1, 7])),
        st.builds(Quote, some),
        st.builds(Details, _LINE, some, st.booleans()),
    )


def blocks() -> st.SearchStrategy[tuple[Block, ...]]:
    """Draw the blocks of a message, nested up to some levels."""
    return st.lists(st.recursive(_FLAT, _nested, max_leaves=5), min_size=1, max_size=4).map(tuple)
