"""What the characters around a tag tell: whether it is a part of a sentence."""

from __future__ import annotations

import unicodedata

__all__ = [
    "EMPHASIS",
    "ESCAPE",
    "HYPHENS",
    "MARKS",
    "OPENING",
    "QUOTES",
    "SENTENCE_ENDS",
    "THOUGHT_ENDS",
    "goes_on",
    "is_loose",
    "is_parted",
    "is_suffix",
    "is_unspaced",
]

QUOTES = frozenset("`\"'“”‘’«»„")
"""Quote marks."""
SENTENCE_ENDS = frozenset(".!?:;…。！？：)")
"""What ends a sentence, or leads to what follows."""
THOUGHT_ENDS = frozenset(".!?…。！？)")
"""What ends a sentence of a thought."""
OPENING = frozenset("([{«„“‘")
"""What opens brackets and quotes."""
MARKS = frozenset(".,;:!?…)]}»”’。！？、，")
"""What may follow a word at once."""
EMPHASIS = "*_~"
"""What Markdown emphasises with."""
ESCAPE = "\\"
"""What makes a mark a character."""
HYPHENS = frozenset("-'’")
"""What joins a word to a name before it."""


def goes_on(after: str) -> bool:
    """Return whether the line continues after a tag like a sentence that begins with it."""
    return after[:1] in (" ", "\t") and after[1:].islower()


def is_parted(after: str) -> bool:
    """Return whether no word is glued to a tag."""
    return not after or after[0].isspace() or after[0] in MARKS or is_suffix(after)


def is_suffix(after: str) -> bool:
    """Return whether a word is joined to a tag as to a name: `</think>-tag`, `</think>'s`."""
    return after[:1] in HYPHENS and after[1:].isalpha()


def is_unspaced(letter: str) -> bool:
    """Return whether a character belongs to a script without blanks between words."""
    return letter.isalpha() and unicodedata.east_asian_width(letter) in {"W", "F"}


def is_loose(before: str) -> bool:
    """Return whether a tag may follow this character with a word glued to its end."""
    return before.isspace() or before.isalnum()
