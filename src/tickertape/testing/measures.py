"""What a live reply is measured by: the measures of `tickertape.watching`, for tests and benches.

They are described in `tickertape.watching.measures`, those of readers of some speed in
`tickertape.watching.readers`, and what can be read on a screen in `tickertape.watching.reading`.
"""

from __future__ import annotations

from tickertape.watching.measures import Measures, SeenFrame, Token, measure, quantile
from tickertape.watching.readers import READERS, ReadThrough, read_through, speed_name
from tickertape.watching.reading import same, seen

__all__ = [
    "READERS",
    "Measures",
    "ReadThrough",
    "SeenFrame",
    "Token",
    "measure",
    "quantile",
    "read_through",
    "same",
    "seen",
    "speed_name",
]
