"""Where one message ends and the next begins.

A cut depends on the text alone, never on how it arrived: cutting a text that streams in gives the
same pieces as cutting it whole. The pieces, joined, are the text: no character is lost or told
twice. This is for plain text; Markdown has its own (`tickertape.markup.breaks`).
"""

from __future__ import annotations

import re

from tickertape.markup.rulers import Ruler

__all__ = ["cut", "whole"]

# Best first. A cut falls behind the separator, so that blanks end a piece (where the server trims
# them) and never begin the next.
_SEPARATORS = ("\n\n", "\n", " ")
# A family of four with skin tones has 11 code points; letters with more marks are not text.
_LONGEST_CLUSTER = 32
_JOINER = "\u200d"
# Combining marks, variation selectors, the keycap and the skin tones (Unicode 15, UAX #29).
_EXTENDING = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0900-\u0903\u093a-\u094f"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f"
    "\ufe20-\ufe2f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
# Two of them are one flag (Unicode 15, UAX #29, GB12 and GB13).
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]")
# A separator in the first half would leave the message half empty: the next one is tried.
_LEAST_SHARE = 0.5


def cut(text: str, limit: int, ruler: Ruler) -> int:
    """Return where the first piece of `text` ends, in code points.

    Args:
        text: What shall be cut; anything longer than `limit`.
        limit: The longest piece, in the ruler's units.
        ruler: How it is measured.

    Returns:
        A position of at least 1: behind a paragraph, else a line, else a word, else in the middle
        of a word, but not inside what a reader sees as one character (a letter with its accents,
        an emoji made of several), as long as that is shorter than `_LONGEST_CLUSTER`. The whole
        length where the text fits.
    """
    if ruler.measure(text) <= limit:
        return len(text)
    hard = ruler.take(text, limit)
    for separator in _SEPARATORS:
        at = text.rfind(separator, 0, hard)
        if at >= 0 and at + len(separator) >= hard * _LEAST_SHARE:
            return at + len(separator)
    return max(1, whole(text, hard))


def whole(text: str, at: int, least: int = 1) -> int:
    """Return the start of the visible character at `at`, but no less than `least`."""
    if not 0 < at < len(text):
        return at
    if _REGIONAL.match(text, at):
        return at - 1 if at > least and _is_within_flag(text, at) else at
    start = at
    while start > max(least, at - _LONGEST_CLUSTER) and _joins(text[start - 1], text[start]):
        start -= 1
    return start if not _joins(text[start - 1], text[start]) else at


def _is_within_flag(text: str, at: int) -> bool:
    """Return whether an odd number of regional indicators stands right before `at`."""
    first = at
    while first > 0 and _REGIONAL.match(text, first - 1):
        first -= 1
    return (at - first) % 2 == 1


def _joins(before: str, after: str) -> bool:
    """Return whether two code points belong to one visible character."""
    return (
        _JOINER in (before, after)
        or bool(_EXTENDING.match(after))
        or ("\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff")
        or (before == "\r" and after == "\n")
    )
