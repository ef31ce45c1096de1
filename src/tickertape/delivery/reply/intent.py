"""What a reply wants next, as a value: decided once for each change, and read by all who ask.

A verb that may make it sooner asks for a look; the `poll` that looks decides what is due, or else
from when on something will be. A poll before that moment is told nothing, and nothing is
decided again.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from tickertape.delivery.limits.fair_queue import Priority
from tickertape.delivery.reply.segment import Segment

__all__ = ["IDLE", "OVER", "Intent", "What"]

IDLE: Final[Priority] = (2, float("inf"))
"""The order of what has nothing to show yet."""
OVER: Final[Priority] = (-1, 0.0)
"""The order of what has nothing to show any more: it makes room first."""


class What(Enum):
    """What is done next."""

    NOTHING = "nothing"
    """Nothing, until another verb changes something."""
    LOOK = "look"
    """To look what is due: something has changed."""
    SIGN = "sign"
    """To show that an answer is being written."""
    PREVIEW = "preview"
    """To show a frame of what was said so far, or to ask what has to be known before that."""
    FINAL = "final"
    """To show what stays, or to ask what has to be known before that."""


class Intent(NamedTuple):
    """What is wanted next of one that takes turns in a lane."""

    what: What = What.NOTHING
    """What it is."""
    at: float | None = None
    """When; None: there is no such moment."""
    segment: Segment | None = None
    """Which piece is shown next: the first that is not complete on screen; None: all are."""
    urgency: Priority = IDLE
    """The order among those in a lane: finals, first words, the stalest preview."""
    done: bool = False
    """Whether all is on screen, or the channel said never."""
    over: bool = False
    """Whether, besides, no answer can come that would change it."""
    wants_deltas: bool = False
    """Whether more words may change what is wanted; else they can wait until it was done.

    They cannot while an action is in flight, or while enough of them wait for their moment, unless
    they fill a message: those are told now and then. Anything but words is always told.
    """
