"""Tables as lines of text: columns aligned for a font of equal widths, or one row a line."""

from __future__ import annotations

import unicodedata

from tickertape.markup.tree import Alignment

__all__ = ["GAP", "MOST_PADDING", "SMALL", "WIDEST", "aligned", "compact", "fits_aligned", "width"]

GAP = " | "
"""What stands between two cells."""
# A phone held upright shows some 40 of them, a desktop window of Telegram some 70.
WIDEST = 72
"""The widest table that is aligned, in columns."""
MOST_PADDING = 2
"""Beyond twice its own text, an aligned table is mostly blanks."""
SMALL = 400
"""So many characters are never too many: a table that begins is not aligned only later."""


def width(text: str) -> int:
    """Say how many columns `text` takes in a font of equal widths."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def aligned(rows: list[tuple[str, ...]], alignments: tuple[Alignment, ...]) -> list[str]:
    """Give a table's lines, with a rule below its header, the first row."""
    widths = _widths(rows)
    lines = [_line(row, widths, alignments) for row in rows]
    lines.insert(1, "-+-".join("-" * wide for wide in widths))
    return lines


def compact(row: tuple[str, ...]) -> str:
    """Give one row as a line."""
    return GAP.join(row).rstrip(" |")


def fits_aligned(rows: list[tuple[str, ...]]) -> bool:
    """Say whether a table can be aligned: it is not too wide, and not mostly blanks."""
    line = sum(_widths(rows)) + len(GAP) * (len(rows[0]) - 1)
    text = sum(len(compact(row)) + 1 for row in rows)
    return line <= WIDEST and (line + 1) * (len(rows) + 1) <= max(MOST_PADDING * text, SMALL)


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
