r"""The rows of tables in a source: where a `|` parts cells, and where it is said in code.

To CommonMark's tables every `|` parts two cells, unless a backslash stands before it; models write
`` `a | b` `` and mean one cell.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["columns", "last_cell", "parted", "protected", "readings"]

_PIPE = re.compile(r"(?<!\\)\|")
_TOKEN = re.compile(r"\\.|`+|\|")


def columns(row: str) -> int:
    """Return how many cells a row has, where each `|` parts two."""
    return len(parted(row)) if "|" in row else 1


def parted(row: str) -> list[str]:
    """Return the cells of a row, where each `|` without a backslash parts two."""
    bare = row.strip().removeprefix("|")
    if bare.endswith("|") and not bare.endswith("\\|"):
        bare = bare[:-1]
    return [cell.strip() for cell in _PIPE.split(bare)]


def protected(row: str, width: int) -> str:
    """Return a row with a backslash before each `|` that is said in code.

    Args:
        row: The row.
        width: How many columns the table has. Where a backtick has no partner, and each `|` parts
            cells, there may be as many cells: then it is no code.
    """
    if "`" not in row or "|" not in row:
        return row
    reading = _read(row)
    bars = reading.inside
    if not bars or (reading.open_at >= 0 and columns(row) == width):
        return row
    pieces, at = [], 0
    for bar in bars:
        pieces += [row[at:bar], "\\"]
        at = bar
    return "".join([*pieces, row[at:]])


def readings(row: str) -> list[list[str]]:
    """Return the cells of a row in each way in which it may be read."""
    plain = parted(row)
    if "`" not in row:
        return [plain]
    coded = parted(protected(row, 0))
    return [plain] if coded == plain else [plain, coded]


def last_cell(row: str) -> int:
    """Return where the last cell of a row begins that is being written; its code may be open."""
    reading = _read(row)
    outside = [bar for bar in reading.outside if reading.open_at < 0 or bar < reading.open_at]
    return outside[-1] + 1 if outside else 0


class _Reading(NamedTuple):
    """A row, read from left to right."""

    outside: list[int]
    """Where bars stand that part cells."""
    inside: list[int]
    """Where bars stand that are said in code."""
    open_at: int
    """Where the first backtick stands that has no partner, or -1."""


def _read(row: str) -> _Reading:
    reading = _Reading([], [], -1)
    at = 0
    while token := _TOKEN.search(row, at):
        at = token.end()
        if token[0] == "|":
            reading.outside.append(token.start())
        if token[0][0] != "`":
            continue
        closing = re.compile(f"(?<!`){token[0]}(?!`)").search(row, at)
        if closing:
            code = row[at : closing.start()]
            reading.inside.extend(at + found.start() for found in _PIPE.finditer(code))
            at = closing.end()
        elif reading.open_at < 0:
            reading = reading._replace(open_at=token.start())
    return reading
