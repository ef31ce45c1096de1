"""The messages of a channel to which text can be added, as strict as the platforms are.

`AppendWay(300.0, 12_000)` is Slack's streams: five minutes, 12,000 characters, and an addition that
is made twice is there twice. `ExtendWay(120.0, 28_000)` is Teams': two minutes, and each frame has
to begin with what is there.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from tickertape.delivery.actions import Reason, Refused
from tickertape.delivery.ways import AppendWay, ExtendWay
from tickertape.markup.rulers import Ruler

__all__ = ["OpenMessages"]


@dataclass(slots=True)
class OpenMessages:
    """Which messages are open, and what may be added to them."""

    way: AppendWay | ExtendWay
    """How they grow."""
    ruler: Ruler
    """How they are measured."""
    until: dict[Hashable, float] = field(default_factory=dict)
    """Until when text can be added to each message that was opened."""

    def begin(self, message: Hashable, now: float) -> None:
        """Open a message; its lifetime ends by itself."""
        self.until[message] = now + self.way.lifetime

    def end(self, message: Hashable, now: float) -> None:
        """Close a message for good, if it is open."""
        if self.is_open(message, now):
            self.until[message] = now

    def is_open(self, message: Hashable, now: float) -> bool:
        """Return whether text can be added to a message."""
        return now < self.until.get(message, float("-inf"))

    def grown(
        self, message: Hashable, there: str, whole: str, added: str, now: float
    ) -> str | Refused:
        """Return what a message says when text was added to it, or why nothing can be.

        Args:
            message: Which message.
            there: What it says.
            whole: What it shall say in all.
            added: What of that is added to what it was heard to say.
            now: The time, in seconds.
        """
        if not self.is_open(message, now):
            return Refused(Reason.STREAM_OVER)
        text = there + added if isinstance(self.way, AppendWay) else whole
        if not text.startswith(there):
            return Refused(Reason.MALFORMED, "a frame has to begin with the one before")
        if self.ruler.measure(text) > self.way.size:
            return Refused(Reason.TOO_LONG)
        return text
