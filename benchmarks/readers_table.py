"""How tables show what readers of each speed waited for: one cell for all speeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from tickertape.testing.measures import READERS, ReadThrough, speed_name

__all__ = ["HEADS", "cells", "delay", "stall"]

_SPEEDS = ", ".join(speed_name(speed) for speed in READERS)
HEADS = (f"read-through delay at {_SPEEDS}", f"reader stall at {_SPEEDS}")
"""The heads of the columns."""


def cells(runs: Sequence[Sequence[ReadThrough]]) -> tuple[str, ...]:
    """Give a cell for each head: the medians over runs, each of them by `READERS`."""
    return tuple(
        " / ".join(_seconds(statistics.median(map(value, one))) for one in zip(*runs, strict=True))
        for value in (delay, stall)
    )


def delay(one: ReadThrough) -> float:
    """Give the read-through delay."""
    return one.delay


def stall(one: ReadThrough) -> float:
    """Give the reader stall."""
    return one.stall


def _seconds(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "never"
