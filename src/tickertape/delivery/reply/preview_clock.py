"""The moments from which a reply's next preview is timed, and how long things may wait for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = [
    "FIRST_PATIENCE",
    "LINE_PATIENCE",
    "NEVER",
    "PATIENCE",
    "PULSE",
    "TYPING_PATIENCE",
    "PreviewClock",
]

NEVER: Final = float("inf")
"""A moment that does not come."""
PATIENCE = 1.0
"""Seconds after which even a few unsent characters are worth a preview."""
LINE_PATIENCE = 0.5
"""Seconds after which a blank screen is worth a line that tells what is going on: most tools, and
many a thought, are over before that."""
TYPING_PATIENCE = 0.3
"""Seconds of silence after which the sign is shown that an answer is being written: a model that is
quicker needs none, and its first words need not wait for that call to come back."""
FIRST_PATIENCE = 0.25
"""Seconds that the first word may take to become whole: no one wants to be notified of an "A"."""
PULSE = " …"
"""What a draft that is kept alive gains and loses, so that every frame differs from the last: it
is not documented whether clients are told of a frame that changes nothing."""


@dataclass(frozen=True, slots=True)
class PreviewClock:
    """The moments from which a reply's next preview is timed."""

    start: float | None = None
    """When the first preview went out."""
    last: float | None = None
    """When the latest went out."""
    told: str = ""
    """The line of progress that the latest one of the live segment had."""
