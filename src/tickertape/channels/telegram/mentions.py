"""Cuts the bot's name out of a person's words, and nothing else.

Telegram marks names and commands by entities whose offsets and lengths count UTF-16 units
(core.telegram.org/bots/api#messageentity, 2026-11); Python counts code points. A `TextRange` is
always in code points, and `span_of` is the only way from one to the other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from tickertape.markup.rulers import UTF16

__all__ = ["CutText", "TextRange", "span_of", "without"]


@dataclass(frozen=True, slots=True)
class TextRange:
    """A stretch of a text, in code points: `text[start:end]`."""

    start: int
    """The first code point of the stretch."""
    end: int
    """The code point after its last one."""


def span_of(text: str, offset: int, units: int) -> TextRange | None:
    """Translate an entity's bounds.

    Args:
        text: the text that the entity belongs to.
        offset: where the entity starts, in UTF-16 units.
        units: how long it is, in UTF-16 units.

    Returns:
        The same stretch in code points; None when the bounds lie outside of the text, are empty,
        or cut a character in two.
    """
    if offset < 0 or units <= 0:
        return None
    start = UTF16.take(text, offset)
    end = UTF16.take(text, offset + units)
    is_exact = UTF16.measure(text[:start]) == offset and UTF16.measure(text[start:end]) == units
    return TextRange(start, end) if is_exact else None


class CutText:
    """A text out of which stretches were cut, and where everything else is in it."""

    def __init__(self, text: str, spans: Iterable[TextRange]) -> None:
        """Cut `spans` out of `text` and close the gaps; every other character stays, in order.

        Where a cut would leave two blanks side by side, or a blank at the start of a line, the one
        behind the cut goes too. Blanks around the whole are removed, as Telegram does with every
        message. Of spans that overlap, only the last one is cut.
        """
        stays = bytearray(b"\x01") * len(text)
        bound = len(text)
        for span in sorted(spans, key=lambda span: span.start, reverse=True):
            if span.end > bound:
                continue
            bound = span.start
            stays[span.start : span.end] = bytes(span.end - span.start)
            after = stays.find(1, span.end)
            is_open = not span.start or text[span.start - 1].isspace()
            if is_open and after >= 0 and text[after] == " ":
                stays[after] = 0
        kept = [at for at, stays_here in enumerate(stays) if stays_here]
        while kept and text[kept[-1]].isspace():
            kept.pop()
        first = next((n for n, at in enumerate(kept) if not text[at].isspace()), len(kept))
        self._kept = kept[first:]
        self.text = "".join(text[at] for at in self._kept)
        """What is left."""

    def moved(self, span: TextRange) -> TextRange | None:
        """Return the place in the cut text of a stretch of the whole; None if it was cut out."""
        start = bisect_left(self._kept, span.start)
        end = bisect_left(self._kept, span.end)
        return TextRange(start, end) if start < end else None


def without(text: str, spans: Iterable[TextRange]) -> str:
    """Return `text` without `spans`, as `CutText` leaves it."""
    return CutText(text, spans).text
