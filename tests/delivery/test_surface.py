"""Surfaces: what a channel says of itself, and what contradicts itself."""

from __future__ import annotations

import pytest

from tickertape.delivery.surface import Surface
from tickertape.delivery.ways import EDITS, AppendWay, ExtendWay, Way
from tickertape.markup.pages import BlockLimits, Limits
from tickertape.markup.rulers import UTF16


@pytest.mark.parametrize("way", [AppendWay(300.0, 100), ExtendWay(300.0, 100)])
def test_text_that_is_only_added_cannot_be_shown_formatted(way: Way) -> None:
    """A preview in Markdown may change, and what was added is there for good."""
    with pytest.raises(ValueError, match="raw or source"):
        Surface(100, UTF16, (*EDITS, way), "markdown")
    assert Surface(100, UTF16, (way,), "raw").ways == (way,)
    assert Surface(100, UTF16, (way,), "source").ways == (way,)


def test_text_that_is_edited_may_be_shown_formatted() -> None:
    """Each edit replaces the whole."""
    assert Surface(100, UTF16, EDITS, "markdown").has_edits


def test_a_message_holds_what_the_surface_says_and_blocks_only_where_they_are_wanted() -> None:
    """Its length, its formatting, its blocks: each with a limit of its own."""
    blocks = BlockLimits(7, 3, 2)
    surface = Surface(100, UTF16, dialect="markdown", spans=5, blocks=blocks)
    assert surface.limits(with_blocks=True) == Limits(100, UTF16, 5, blocks)
    assert surface.limits(with_blocks=False) == Limits(100, UTF16, 5)
