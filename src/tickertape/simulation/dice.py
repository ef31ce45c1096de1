"""Chance from a seed: the same numbers on every machine, in every process, in every Python.

The generator is splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
OOPSLA 2014). It is written out because the standard library's promises that a seed gives the same
numbers for ever hold for one of its methods only, and a seed in a bug report must outlive a Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

__all__ = ["Dice"]

T = TypeVar("T")

_MASK = 2**64 - 1


class Dice:
    """A source of chance.

    Args:
        seed: which numbers come; any whole number.
    """

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def roll(self) -> int:
        """Return the next whole number from 0 to 2**64 - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def integer(self, least: int, most: int) -> int:
        """Return a whole number, both ends included."""
        return least + self.roll() % (most - least + 1)

    def seconds(self, least: float, most: float) -> float:
        """Return seconds in whole milliseconds, which are easy to read in a report."""
        return self.integer(round(least * 1000), round(most * 1000)) / 1000

    def chance(self, share: float) -> bool:
        """Return True in `share` of all cases."""
        return self.roll() < share * 2**64

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of `choices`; a choice that is listed twice comes twice as often."""
        return choices[self.integer(0, len(choices) - 1)]
