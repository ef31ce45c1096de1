"""How often strangers are answered, and how often an admin may guess, purely.

A stranger costs nothing to make, and each message of the bot is one of its own: so there is a
limit for each of them, and one for all of them together.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

__all__ = ["Guesses", "Quiet", "Replies"]

# Strangers that are remembered, as in `access`.
_REMEMBERED: Final = 1_000
# Messages to strangers: five at once, and one more in each half minute. Choices: three have a code
# at a time, and a flood is told little.
_BURST: Final = 5.0
_EVERY: Final = 30.0
# Wrong codes of an admin that are taken, and seconds after which each of them is forgotten.
_GUESSES: Final = 5
_FORGOTTEN_AFTER: Final = 3600.0


class Quiet:
    """Remembers who is told nothing for a time."""

    def __init__(self) -> None:
        """Begin with no one."""
        self._until: OrderedDict[str, float] = OrderedDict()

    def add(self, who: str, until: float) -> None:
        """Remember a person until a moment; beyond a thousand, the oldest is forgotten."""
        self._until[who] = until
        self._until.move_to_end(who)
        if len(self._until) > _REMEMBERED:
            self._until.popitem(last=False)

    def remove(self, who: str) -> None:
        """Forget a person."""
        self._until.pop(who, None)

    def holds(self, who: str, now: float) -> bool:
        """Return whether a person is told nothing at a moment."""
        return now < self._until.get(who, now)


class Replies:
    """Tells which strangers may be written to."""

    def __init__(self) -> None:
        """Begin with a full bucket."""
        self._pauses = Quiet()
        self._full_at = float("-inf")

    def allows(self, who: str, now: float, pause: float) -> bool:
        """Return whether a stranger may be written to; if so, it counts as done.

        Args:
            who: the stranger.
            now: the moment, in seconds of a clock that never goes back.
            pause: seconds until the same one may be written to again.
        """
        if self._pauses.holds(who, now):
            return False
        # The bucket is full from `_full_at` on; each message moves that by half a minute.
        full_at = max(self._full_at, now) + _EVERY
        if full_at - now > _BURST * _EVERY:
            return False
        self._full_at = full_at
        self._pauses.add(who, now + pause)
        return True

    def pause(self, who: str, until: float) -> None:
        """Write to a stranger again no earlier than at a moment."""
        self._pauses.add(who, until)


class Guesses:
    """Counts the wrong codes of each admin."""

    def __init__(self) -> None:
        """Begin with none."""
        self._wrong: dict[str, tuple[float, ...]] = {}

    def allows(self, who: str, now: float) -> bool:
        """Return whether an admin may try a code."""
        recent = tuple(at for at in self._wrong.get(who, ()) if now - at < _FORGOTTEN_AFTER)
        self._wrong[who] = recent
        return len(recent) < _GUESSES

    def missed(self, who: str, now: float) -> None:
        """Count a wrong code."""
        self._wrong[who] = (*self._wrong.get(who, ()), now)
