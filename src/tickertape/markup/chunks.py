"""Where a text can be parted without changing what it means.

A chunk is what a parser may read by itself: a paragraph, a heading with what follows it, a list, a
table, a fence. Where chunks part depends on the lines up to there and the one that begins the next,
so nothing that comes later changes a chunk that is followed by another: it is settled.
"""

from __future__ import annotations

from tickertape.markup.lines import FRESH, step

__all__ = ["chunks", "is_apart"]


def chunks(source: str) -> list[str]:
    """Split a text into chunks; joined, they are the text."""
    result: list[str] = []
    state, start, at = FRESH, 0, 0
    while at < len(source):
        end = source.find("\n", at)
        end = len(source) if end < 0 else end
        state, starts = step(state, source[at:end].rstrip("\r"))
        if starts:
            result.append(source[start:at])
            start = at
        at = end + 1
    if start < len(source):
        result.append(source[start:])
    return result


def is_apart(chunk: str) -> bool:
    """Return whether an empty line follows a chunk."""
    line = chunk.rstrip(" \t\r")
    return line.endswith("\n") and line[:-1].rstrip(" \t\r").endswith("\n")
