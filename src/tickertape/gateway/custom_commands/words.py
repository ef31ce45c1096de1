"""What stands behind a command, split into words, purely. Any text can be split.

Words in quotes are one word, in straight quotes or in those that telephones make of them. A quote
counts where a word begins and, closed, where it ends; anywhere else it is a letter (`don't`).
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["split"]

_PAIRS: Final = ('""', "''", "“”", "„“", "‘’", "«»")
_QUOTED: Final = "|".join(rf"{a}([^{b}]*){b}(?=\s|\Z)" for a, b in _PAIRS)
_WORD: Final = re.compile(rf"{_QUOTED}|(\S+)")


def split(text: str) -> tuple[str, ...]:
    """Return the words of a text; those in quotes without them, and perhaps empty."""
    return tuple(found[found.lastindex or 0] for found in _WORD.finditer(text))
