"""Tables as text: columns aligned for a font of equal widths, or each row a sentence.

What a phone cannot show in one line it wraps, and no column stands below its title any more. So a
wider table is a list of its rows, in which each cell says its column's title.
"""

from __future__ import annotations

import unicodedata

from tickertape.markup.rulers import Ruler
from tickertape.markup.tree import Alignment

__all__ = [
    "BEHIND_FIRST",
    "BEHIND_TITLE",
    "BETWEEN",
    "GAP",
    "WIDEST",
    "aligned",
    "compact",
    "fits_aligned",
    "unseen",
    "width",
]

GAP = " | "
"""What stands between two cells of a line."""
BEHIND_FIRST, BETWEEN, BEHIND_TITLE = " – ", " · ", ": "
"""What stands in a row as a sentence: behind its first cell, between others, behind a title."""
# What a phone held upright shows of code in one line.
WIDEST = 32
"""The widest table that is aligned, in columns."""
# What joins characters into one that is seen: it has no width, and takes that of what follows.
_JOINER = "\u200d"
_AS_EMOJI = "\ufe0f"
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def width(text: str) -> int:
    """Return how many columns `text` takes in a font of equal widths."""
    if text.isascii():
        return len(text)
    total, above = 0, ""
    for char in text:
        total += _width(above, char)
        above = char
    return total


def unseen(text: str, ruler: Ruler) -> int:
    """Return how many units of a text take no column; never fewer when the text goes on."""
    if text.isascii() and not ruler.escapes:
        return 0
    before = zip(("", *text), text, strict=False)
    return sum(max(0, ruler.measure(char) - _width(above, char)) for above, char in before)


def _width(above: str, char: str) -> int:
    """Return how many columns a character adds to the one before it."""
    if char == _AS_EMOJI:
        return int(_alone(above) == 1) if above else 0
    if above == _JOINER or ord(char) in _SKIN_TONES:
        return 0
    return _alone(char)


def _alone(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def aligned(rows: list[tuple[str, ...]], alignments: tuple[Alignment, ...]) -> list[str]:
    """Return a table's lines, with a rule below its header, the first row."""
    widths = _widths(rows)
    lines = [_line(row, widths, alignments) for row in rows]
    lines.insert(1, "-+-".join("-" * wide for wide in widths))
    return lines


def compact(row: tuple[str, ...]) -> str:
    """Return one row as a line."""
    return GAP.join(row).rstrip(" |")


def fits_aligned(rows: list[tuple[str, ...]]) -> bool:
    """Return whether a narrow screen shows a table with its columns aligned.

    While a table grows it only gets wider: it is shown as a list of rows from one row on, or never.
    """
    return sum(_widths(rows)) + len(GAP) * (len(rows[0]) - 1) <= WIDEST


def _widths(rows: list[tuple[str, ...]]) -> list[int]:
    return [max(1, *map(width, column)) for column in zip(*rows, strict=True)]


def _line(row: tuple[str, ...], widths: list[int], alignments: tuple[Alignment, ...]) -> str:
    cells = [
        _padded(cell, wide, alignment)
        for cell, wide, alignment in zip(row, widths, alignments, strict=True)
    ]
    return GAP.join(cells).rstrip()


def _padded(cell: str, wide: int, alignment: Alignment) -> str:
    blanks = wide - width(cell)
    left = {"left": 0, "center": blanks // 2, "right": blanks}[alignment]
    return " " * left + cell + " " * (blanks - left)
