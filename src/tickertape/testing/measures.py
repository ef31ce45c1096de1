"""What a live reply is measured by: the measures of `tickertape.watching`, for tests and benches.

They are described in `tickertape.watching.measures`, and what can be read on a screen in
`tickertape.watching.reading`.
"""

from __future__ import annotations

from tickertape.watching.measures import Measures, SeenFrame, Token, measure, quantile
from tickertape.watching.reading import same, seen

__all__ = ["Measures", "SeenFrame", "Token", "measure", "quantile", "same", "seen"]
