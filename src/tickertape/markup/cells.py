r"""The rows of tables in a source: where a `|` parts cells, and where it is said in code.

To CommonMark's tables every `|` parts two cells, unless a backslash stands before it; models write
`` `a | b` `` and mean one cell.
"""

from __future__ import annotations

import re

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
    bars, is_paired = _bars_in_code(row)
    if not bars or (not is_paired and columns(row) == width):
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
    bars = [found.start() for found in _TOKEN.finditer(row) if found[0] == "|"]
    coded, open_at = _code(row)
    end = open_at if open_at >= 0 else len(row)
    outside = [at for at in bars if at < end and not any(s < at < e for s, e in coded)]
    return outside[-1] + 1 if outside else 0


def _bars_in_code(row: str) -> tuple[list[int], bool]:
    """Say where the bars stand that are said in code, and whether each backtick has a partner."""
    coded, open_at = _code(row)
    bars = (found.start() for found in _PIPE.finditer(row))
    return [at for at in bars if any(s < at < e for s, e in coded)], open_at < 0


def _code(row: str) -> tuple[list[tuple[int, int]], int]:
    """Say where code stands in a row, and where a backtick does that has no partner, or -1."""
    found: list[tuple[int, int]] = []
    at, open_at = 0, -1
    while token := _TOKEN.search(row, at):
        at = token.end()
        if token[0][0] != "`":
            continue
        closing = re.compile(f"(?<!`){token[0]}(?!`)").search(row, at)
        if closing:
            found.append((token.start(), closing.end()))
            at = closing.end()
        elif open_at < 0:
            open_at = token.start()
    return found, open_at
