"""Chunks below each other: what their looks cover where the text is trimmed."""

from __future__ import annotations

from tickertape.markup.forms import Look, Rendering, Span, Spans
from tickertape.markup.spans import Written
from tickertape.markup.text import JoinedChunks

BOLD, CODE, ITALIC = Look.BOLD, Look.CODE, Look.ITALIC


def test_looks_move_along_with_a_text_that_begins_with_blanks() -> None:
    """One that began before the text is shorter, and one that covers only blanks is gone."""
    joined = JoinedChunks()
    joined.add(
        Written("   ab c", (Span(CODE, 0, 3), Span(BOLD, 2, 3), Span(ITALIC, 6, 1))), is_apart=True
    )
    joined.add(Written("d", (Span(BOLD, 0, 1),)), is_apart=False)
    spans = Spans((Span(BOLD, 0, 2), Span(ITALIC, 3, 1), Span(BOLD, 6, 1)))
    assert joined.rendering(None) == Rendering("ab c\n\nd", spans)
