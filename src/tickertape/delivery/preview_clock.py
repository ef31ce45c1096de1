"""When the next preview is worth sending: what came, how long it has waited, what must stay alive.

The budget says when a preview *may* go (`tickertape.delivery.budget`); this says when there is
reason to send one. Thresholds look at the unsent text, never at the whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tickertape.delivery.screen import Blank, Drafted, Posted
from tickertape.delivery.segment import Segment
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.ways import DraftWay, Way, grown_until

__all__ = [
    "FIRST_PATIENCE",
    "LINE_PATIENCE",
    "NEVER",
    "PATIENCE",
    "PULSE",
    "TYPING_PATIENCE",
    "PreviewClock",
    "alive_until",
    "open_until",
    "telling_at",
    "worth_at",
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
"""Seconds that the first word may take to become whole: nobody wants to be notified of an "A"."""
PULSE = " …"
"""What a draft that is kept alive gains and loses, so that every frame differs from the last: it
is not documented whether clients are told of a frame that changes nothing."""
_LETTER = re.compile(r"\w")
_WHOLE_WORD = re.compile(r"\w\W")
_KEEP_ALIVE_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class PreviewClock:
    """The moments from which a reply's next preview is timed."""

    start: float | None = None
    """When the first preview went out."""
    last: float | None = None
    """When the latest went out."""
    told: str = ""
    """The line of progress that the latest one of the live segment had."""


def worth_at(segment: Segment, clock: PreviewClock, config: StreamingConfig) -> float:
    """Return from when on the unsent text of `segment` is worth a preview.

    The first whole word is, at once, and what may become one after `FIRST_PATIENCE`; after that
    `config.buffer_threshold` characters are, at once, and fewer after `PATIENCE`.
    """
    since, unsent = segment.unsent_since, segment.unsent
    if since is None or unsent <= 0:
        return NEVER
    if unsent >= config.buffer_threshold:
        return since
    if clock.start is None and _LETTER.search(segment.text):
        return since if _WHOLE_WORD.search(segment.text) else since + FIRST_PATIENCE
    return since + PATIENCE


def telling_at(segment: Segment, line: str, since: float | None, clock: PreviewClock) -> float:
    """Return from when on the line of progress, which changed at `since`, is worth a preview.

    A line that went away is not: the words that took its place are.
    """
    if since is None or not line or line == clock.told:
        return NEVER
    return since + (LINE_PATIENCE if isinstance(segment.screen, Blank) else PATIENCE)


def alive_until(segment: Segment, way: Way, line: str) -> float:
    """Return when the draft of `segment` must be shown again, lest it vanish; `NEVER` without one.

    That is after three quarters of its lifetime (22 of Telegram's 30 s): late enough to cost
    little, early enough to survive a slow call. A void text is left to vanish, unless there is
    a line of progress to show in its place.
    """
    if not isinstance(way, DraftWay) or not isinstance(segment.screen, Drafted):
        return NEVER
    if not segment.points and not line:
        return NEVER
    return segment.screen.at + way.lifetime * _KEEP_ALIVE_SHARE


def open_until(segment: Segment, way: Way) -> float:
    """Return until when text may be added to the segment's message; `NEVER`: no longer."""
    screen = segment.screen
    if segment.sealed or not isinstance(screen, Posted) or screen.open_since is None:
        return NEVER
    return grown_until(way, screen.open_since)
