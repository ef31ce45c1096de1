"""How long a text is, by the unit in which a platform counts."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Unit", "length", "take"]


class Unit(StrEnum):
    """A unit of length."""

    CODE_POINTS = "code_points"
    """Unicode code points: what Python's `len` counts."""
    UTF16 = "utf16"
    """UTF-16 code units: a character beyond the basic plane counts twice."""


def length(text: str, unit: Unit) -> int:
    """Return the length of `text` in `unit`."""
    if unit is Unit.CODE_POINTS or text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def take(text: str, limit: int, unit: Unit) -> int:
    """Return how many code points of `text` fit into `limit` units, from its start."""
    if unit is Unit.CODE_POINTS or text.isascii():
        return min(limit, len(text))
    head = text[:limit]
    # Each step drops at least one character and never one that would have fitted: a character
    # weighs at most two units, so half of the excess must go.
    while (excess := length(head, unit) - limit) > 0:
        head = head[: len(head) - (excess + 1) // 2]
    return len(head)
