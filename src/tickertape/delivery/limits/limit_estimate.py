"""What refusals taught about one chat, as values that outlive the program.

They hold no moments, only ages: clocks of two runs have nothing in common. Who stores them
notes the wall clock with them, and says on the next start how long ago that was
(`LimitEstimate.after`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = ["SLOWEST", "Family", "LimitEstimate"]

SLOWEST = 16.0
"""How much slower than known a chat may become: in a group that is a preview in 50 s."""
_HALF_LIFE = 900.0
"""Seconds in which half of what was learned is forgotten. A chat that is slower than known for
good is refused again about as often; one that was busy for a while is soon as before."""
_FACTOR = 2.5
"""How much one refusal slows. Twice would be just enough for a chat that takes half of the known
rate, and soon too little while it fades."""
_NEGLIGIBLE = 1.05


class Family(StrEnum):
    """Calls that share a limit."""

    MESSAGES = "messages"
    """Posts and edits."""
    DRAFTS = "drafts"
    """Drafts and chat actions."""


@dataclass(frozen=True, slots=True)
class LimitEstimate:
    """What one family of calls in one chat was taught."""

    family: Family
    """Which calls."""
    slowness: float = 1.0
    """How many times slower than known limits allow they go."""
    closed_for: float = 0.0
    """Seconds for which none may be made."""

    @property
    def is_nothing(self) -> bool:
        """Whether it can be forgotten."""
        return self.slowness < _NEGLIGIBLE and self.closed_for <= 0.0

    def after(self, seconds: float) -> LimitEstimate:
        """Return what is left of it some seconds later. The fading begins when a wait is over."""
        closed_for = max(self.closed_for - seconds, 0.0)
        fading = 0.5 ** (max(seconds - self.closed_for, 0.0) / _HALF_LIFE)
        return replace(self, slowness=1.0 + (self.slowness - 1.0) * fading, closed_for=closed_for)

    def refused(self, wait: float) -> LimitEstimate:
        """Return what is known after a refusal that asks for `wait` seconds."""
        return replace(
            self,
            slowness=min(self.slowness * _FACTOR, SLOWEST),
            closed_for=max(self.closed_for, wait),
        )
