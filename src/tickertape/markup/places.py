"""Places in a text: pairs of where something begins and where it ends."""

from __future__ import annotations

from bisect import bisect_right

__all__ = ["in_bytes", "is_within"]


def is_within(places: list[tuple[int, int]], at: int) -> bool:
    """Return whether something stands within one of some places, which are ordered."""
    before = bisect_right(places, at, key=lambda place: place[0])
    return before > 0 and at < places[before - 1][1]


def in_bytes(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return places of a text, which are ordered, counted in bytes of its UTF-8."""
    result: list[tuple[int, int]] = []
    at = size = 0
    for start, end in places:
        begin = size + len(text[at:start].encode())
        at, size = end, begin + len(text[start:end].encode())
        result.append((begin, size))
    return result
