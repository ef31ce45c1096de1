"""Counts refused requests, so that a flood of them does not flood the log: pure."""

from __future__ import annotations

from collections.abc import Hashable

__all__ = ["Refusals"]


class Refusals:
    """Tells when a kind of refusal is worth a line.

    Args:
        every: seconds between two lines about one kind.
    """

    def __init__(self, every: float) -> None:
        self._every = every
        self._told_at: dict[Hashable, float] = {}
        self._untold: dict[Hashable, int] = {}

    def count(self, kind: Hashable, now: float) -> int:
        """Count a refusal; return how many a line is to tell of, or 0 where there is to be none.

        Args:
            kind: what was refused, and why: one of a few.
            now: the moment, in seconds.
        """
        untold = self._untold.get(kind, 0) + 1
        told_at = self._told_at.get(kind)
        if told_at is not None and now < told_at + self._every:
            self._untold[kind] = untold
            return 0
        self._told_at[kind], self._untold[kind] = now, 0
        return untold
