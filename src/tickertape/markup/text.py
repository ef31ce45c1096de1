"""Texts that grow cheaply: what was said, and what is shown of it. Every page is made of them."""

from __future__ import annotations

from dataclasses import replace

from tickertape.markup.forms import PLAIN, Rendering, Span, Spans
from tickertape.markup.pages import Limits
from tickertape.markup.rulers import UTF16
from tickertape.markup.spans import Written

__all__ = ["APART", "GrowingText", "JoinedChunks"]

APART = "\n\n"
"""What stands between chunks that an empty line parts."""


class GrowingText:
    """What was said."""

    __slots__ = ("_limits", "_parts", "points")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self.points = 0
        """How many code points it has."""

    @property
    def length(self) -> int:
        """The longest text that it may hold, in the ruler's units."""
        return self._limits.length

    @property
    def source(self) -> str:
        """What was said, byte for byte."""
        if len(self._parts) > 1:
            self._parts[:] = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def add(self, text: str) -> None:
        """Add what was said."""
        self.points += len(text)  # first: what is no text must change nothing
        self._parts.append(text)

    def _keep(self, at: int) -> str:
        """Keep the first `at` code points, and return the rest."""
        source = self.source
        self._parts[:] = [source[:at]]
        self.points = len(self._parts[0])
        return source[at:]


class JoinedChunks:
    """Chunks below each other, rendered: a text with spans, or without."""

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
        other = JoinedChunks.__new__(JoinedChunks)
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
