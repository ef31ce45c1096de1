"""Which dollar signs, between which the parser sees formulas, mean money or begin names."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Sequence

from tickertape.markup.addresses import AddressBytes
from tickertape.markup.formulas import is_money, is_price

__all__ = ["Prices"]


class Prices:
    """Finds the dollar signs that begin no formula, as the parser reports its formulas.

    The second sign of a price is free: it may begin a formula, which the next sign ends, where the
    parser saw one begin. From there on it is not known which signs are a pair, until the text is
    read again without those that were found.
    """

    __slots__ = ("_addresses", "_free_at", "_freed", "_raw", "_undecided_at", "found")

    def __init__(self, raw: bytes, addresses: AddressBytes, freed: Sequence[int]) -> None:
        """Begin.

        Args:
            raw: what the parser reads.
            addresses: which of its bytes belong to addresses.
            freed: where signs stand that were found before, in bytes and in order: no formula
                holds one.
        """
        self._raw = raw
        self._addresses = addresses
        self._freed = freed
        self._free_at = 0  # none is: the first sign of a pair stands before it
        self._undecided_at = sys.maxsize
        self.found: list[int] = []
        """Where the signs stand, in bytes."""

    def take(self, start: int, end: int) -> None:
        """Take a formula between single signs, and where in the source it stands."""
        if start >= self._undecided_at:
            return
        if self._free_at and self._is_formula(self._free_at, start + 1):
            self._undecided_at = start
        elif self._is_price(start, end):
            self.found.append(start)
            self._free_at = end - 1

    def take_display(self, formula: str, start: int) -> None:
        """Take a formula between double signs, and where in the source it begins."""
        if start < self._undecided_at and (is_money(formula) or start in self._addresses):
            self.found += [start, start + 1]

    def _is_formula(self, start: int, end: int) -> bool:
        held = self._raw[start + 1 : end - 1]
        is_tight = held.strip() == held != b"" and b"\n\n" not in held
        return is_tight and not self._is_price(start, end)

    def _is_price(self, start: int, end: int) -> bool:
        held = self._raw[start + 1 : end - 1].decode(errors="ignore")
        before = self._raw[max(0, start - 1) : start].decode(errors="ignore")
        after = self._raw[end : end + 8].decode(errors="ignore")[:2]
        if start in self._addresses or end - 1 in self._addresses:
            return True
        first = bisect_right(self._freed, start)
        if first < len(self._freed) and self._freed[first] < end:
            return True
        return is_price(held, before, after)
