"""Where one message ends and the next begins.

A cut depends on the text alone, never on how it arrived: cutting a text that streams in gives the
same pieces as cutting it whole. The pieces, joined, are the text: no character is lost or told
twice. Fences, lists and tables that are closed and opened again belong here too, when surfaces
show formatting; plain text needs none of it.
"""

from __future__ import annotations

from tickertape.markup.lengths import Unit, length, take

__all__ = ["cut"]

# Best first. A cut falls behind the separator, so that blanks end a piece (where the server trims
# them) and never begin the next.
_SEPARATORS = ("\n\n", "\n", " ")
# A separator in the first half would leave the message half empty: the next one is tried.
_LEAST_SHARE = 0.5


def cut(text: str, limit: int, unit: Unit) -> int:
    """Say where the first piece of `text` ends, in code points.

    Args:
        text: What shall be cut; anything longer than `limit`.
        limit: The longest piece, in `unit`.
        unit: How the limit counts.

    Returns:
        A position of at least 1: behind a paragraph, else a line, else a word, else in the middle
        of a word, but never inside a character. The whole length where the text fits.
    """
    if length(text, unit) <= limit:
        return len(text)
    hard = take(text, limit, unit)
    for separator in _SEPARATORS:
        at = text.rfind(separator, 0, hard)
        if at >= 0 and at + len(separator) >= hard * _LEAST_SHARE:
            return at + len(separator)
    return max(1, hard)
