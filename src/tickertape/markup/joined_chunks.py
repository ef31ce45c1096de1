"""Chunks of a text below each other, rendered, to which more are added."""

from __future__ import annotations

from dataclasses import replace

from tickertape.markup.forms import PLAIN, Rendering, Span, Spans
from tickertape.markup.rulers import UTF16
from tickertape.markup.spans import Written

__all__ = ["APART", "JoinedChunks"]

APART = "\n\n"
"""What stands between chunks that an empty line parts."""


class JoinedChunks:
    """A text with spans, or without, that grows by chunks; adding one costs what is added."""

    __slots__ = ("_counted", "_gap", "_units", "chunks", "spans", "text")

    def __init__(self) -> None:
        self.text = ""
        """What can be read."""
        self.spans: list[Span] = []
        """How it looks."""
        self.chunks = 0
        """How many chunks it has."""
        self._gap = ""
        self._counted = self._units = 0

    def copy(self) -> JoinedChunks:
        """Make another that grows by itself."""
        other = JoinedChunks()
        other.text, other.spans, other.chunks = self.text, self.spans[:], self.chunks
        other._gap, other._counted, other._units = self._gap, self._counted, self._units
        return other

    def add(self, chunk: Written, *, is_apart: bool) -> None:
        """Put a chunk below; `is_apart` says whether an empty line follows it."""
        self.chunks += 1
        if not chunk.text:
            self._gap = APART if is_apart and self._gap else self._gap
            return
        self.text += self._gap
        if chunk.spans:  # only they have to know where the chunk begins
            self._units += UTF16.measure(self.text[self._counted :])
            self._counted, at = len(self.text), self._units
            self.spans += [Span(s.look, s.start + at, s.length, s.detail) for s in chunk.spans]
        self.text += chunk.text
        self._gap = APART if is_apart else "\n"

    def rendering(self, most_spans: int | None) -> Rendering:
        """Return the text trimmed, with `most_spans` spans at most."""
        text = self.text.lstrip()
        spans = self.spans
        if len(text) < len(self.text):
            spans = _shifted(spans, len(self.text) - len(text))
        if most_spans is not None and len(spans) > most_spans:
            spans = spans[:most_spans]
        return Rendering(text, Spans(tuple(spans)) if spans else PLAIN)


def _shifted(spans: list[Span], by: int) -> list[Span]:
    """Move spans to the left, and shorten those that began before the text does."""
    result = []
    for span in spans:
        start = max(0, span.start - by)
        end = span.start + span.length - by
        if end > start:
            result.append(replace(span, start=start, length=end - start))
    return result
