"""What a reply is made of: who owns what, and who is given it."""

from __future__ import annotations

from dataclasses import dataclass

from tickertape.delivery.budget import ChatBudget
from tickertape.delivery.formats import Abilities, Formats
from tickertape.delivery.outcomes import Outcomes
from tickertape.delivery.progress import ProgressLine
from tickertape.delivery.segment import Segment
from tickertape.delivery.segments import Segments
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one reply. Each changes only by its own verbs."""

    surface: Surface
    """What can be shown where the reply goes."""
    budget: ChatBudget
    """The chat's budget, shared by all its replies."""
    config: StreamingConfig
    """How to stream."""
    abilities: Abilities
    """What the channel and its chats were found to lack, shared by all replies of a bot."""
    formats: Formats
    """In which form segments are shown."""
    segments: Segments
    """What was said, and what is on screen of it."""
    outcomes: Outcomes
    """Where the reply goes, and what went wrong on the way."""
    progress: ProgressLine
    """What the agent does besides speaking."""

    def line(self, segment: Segment) -> str:
        """Return the line of progress of a segment: it stands in the live one alone."""
        return "" if segment.sealed else self.progress.line
