"""Tables in rows: columns as wide as their cells, narrower on a narrow screen.

A long table is painted while it is being written, so its columns are as wide as its header and
first rows need, and half as much again for what is not known yet; longer cells are wrapped.
"""

from __future__ import annotations

from rich.text import Text

from tickertape.channels.terminal.flow import words, wrapped
from tickertape.channels.terminal.looks import DIM
from tickertape.markup.tree import Alignment

__all__ = ["GAP", "Row", "fitted", "natural", "roomy", "row_of", "rule_of"]

GAP = " │ "
"""What stands between two cells."""

# A column narrower than this shows no word whole; then a table is shown row by row.
_NARROWEST = 6
_SLACK = 2

Row = tuple[Text, ...]
"""The cells of a row."""


def natural(rows: list[Row]) -> tuple[int, ...]:
    """Return the width of each column on a screen of unlimited width."""
    return tuple(max(1, *(_widest(cell) for cell in column)) for column in zip(*rows, strict=True))


def roomy(widths: tuple[int, ...]) -> tuple[int, ...]:
    """Return the widths with room for cells that are not known yet."""
    return tuple(width + max(_SLACK, width // 2) for width in widths)


def fitted(widths: tuple[int, ...], columns: int) -> tuple[int, ...]:
    """Return the widths fitted into a screen: columns wider than their share shrink.

    Returns:
        Their widths; none where the screen is too narrow for a table.
    """
    room = columns - len(GAP) * (len(widths) - 1)
    if sum(widths) <= room:
        return widths
    if room < _NARROWEST * len(widths):
        return ()
    result = dict.fromkeys(range(len(widths)), 0)
    left = sorted(range(len(widths)), key=lambda index: widths[index])
    while left:
        share = room // len(left)
        index = left.pop(0)
        result[index] = min(widths[index], share)
        room -= result[index]
    return tuple(result[index] for index in range(len(widths)))


def row_of(cells: Row, widths: tuple[int, ...], alignments: tuple[Alignment, ...]) -> list[Text]:
    """Return the screen rows that show one row of a table."""
    columns = [wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
    rows: list[Text] = []
    for index in range(max(map(len, columns))):
        row = Text()
        for at, (lines, width) in enumerate(zip(columns, widths, strict=True)):
            if at:
                row.append(GAP, DIM)
            line = lines[index] if index < len(lines) else Text()
            row.append_text(_padded(line, width, alignments[at]))
        rows.append(row)
    return rows


def rule_of(widths: tuple[int, ...]) -> Text:
    """Return the rule below a header."""
    return words("─┼─".join("─" * width for width in widths), DIM)


def _widest(cell: Text) -> int:
    return max((line.cell_len for line in cell.split(allow_blank=True)), default=0)


def _padded(line: Text, width: int, alignment: Alignment) -> Text:
    blanks = max(width - line.cell_len, 0)
    left = {"left": 0, "center": blanks // 2, "right": blanks}[alignment]
    result = Text(" " * left)
    result.append_text(line)
    result.append(" " * (blanks - left))
    return result
