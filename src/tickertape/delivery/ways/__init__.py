"""How an answer can grow at an address: a way is a value, with three pure functions in its file.

| way | what it does | where |
|---|---|---|
| `DraftWay` | ephemeral previews, then one post | Telegram's private chats |
| `EditWay` | post early, replace the whole text | Telegram's groups, Discord, Matrix |
| `AppendWay` | open a message, only add to it, seal it | Slack's streams, files |
| `ExtendWay` | as before, but each frame is the whole text | Teams' streams |
| `WholeWay` | nothing until a piece is complete | anything |

A surface lists its ways, the best first; stepping down is the next in the list. The functions:

- `action(frame, screen, target)`: what brings a frame onto the screen.
- `accepted(flight, screen, shown, now)`: what is on screen once the channel did it.
- `unheard(flight, screen)`: what is certain once it was not heard whether it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, TypeGuard

__all__ = [
    "EDITS",
    "AppendWay",
    "DraftWay",
    "EditWay",
    "ExtendWay",
    "Way",
    "WholeWay",
    "edit_gap",
    "grown_until",
    "grows",
]


@dataclass(frozen=True, slots=True)
class DraftWay:
    """Previews are drafts, which are no messages; the final is posted."""

    lifetime: float = 30.0
    """Seconds after which a draft that is not updated vanishes."""


@dataclass(frozen=True, slots=True)
class EditWay:
    """A message is posted early, and edited."""

    edits: int | None = None
    """About how many edits one answer should have at the most, where readers' programs load all of
    them; None: any number."""


@dataclass(frozen=True, slots=True)
class AppendWay:
    """A message is opened, text is only added to it, and it is sealed. Adding is not repeatable."""

    lifetime: float
    """Seconds after which nothing can be added any more, counted from its opening."""
    size: int
    """The longest text that it takes in all, in the surface's unit."""


@dataclass(frozen=True, slots=True)
class ExtendWay:
    """A message is opened, and each frame is its whole text, which has to begin with the last."""

    lifetime: float
    """Seconds after which it cannot grow any more, counted from its opening."""
    size: int
    """The longest text that it takes, in the surface's unit."""


@dataclass(frozen=True, slots=True)
class WholeWay:
    """Nothing is shown of a piece until it is complete."""


Way: TypeAlias = DraftWay | EditWay | AppendWay | ExtendWay | WholeWay
"""How an answer can grow at an address."""

_OPEN_SHARE: Final = 0.8
"""The share of its lifetime for which a message is added to: what is sent last has to arrive, and
the next message to be opened (240 of Slack's 300 s, 96 of Teams' 120 s)."""


_EDITS_READ: Final = 4.0
"""Edits a second as which a growing text is read: more look the same."""
_WIDEST_GAP: Final = 10.0
"""Seconds after which a reader wonders whether the answer goes on: a choice."""


def grows(way: Way) -> TypeGuard[AppendWay | ExtendWay]:
    """Return whether text is only added to messages, so that a preview takes nothing back."""
    return isinstance(way, AppendWay | ExtendWay)


def grown_until(way: Way, since: float) -> float:
    """Return until when text may be added to a message that was opened at `since`."""
    return since + way.lifetime * _OPEN_SHARE if grows(way) else float("inf")


def edit_gap(edits: int, age: float) -> float:
    """Return how many seconds apart edits are at least, `age` seconds after the first preview.

    No one knows how long an answer gets. A gap that grows as the square of its age takes half of
    the edits while they come as often as anyone can read them, and the rest for all that follows.

    Args:
        edits: about how many one answer should have at the most.
        age: seconds since the first preview.
    """
    return min(4.0 * _EDITS_READ * (age / edits) ** 2, _WIDEST_GAP)


EDITS: Final[tuple[Way, ...]] = (EditWay(), WholeWay())
"""The ways of most chats."""
