"""How previews travel, and the action that is under way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from tickertape.delivery.actions import Action, ShowDraft
from tickertape.delivery.budget import Family
from tickertape.delivery.segments import Segment
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.delivery.tempo import Tempo

__all__ = ["Flight", "Via", "first_via"]


class Via(Enum):
    """How previews are shown: a ladder that is only stepped down."""

    DRAFTS = auto()
    """As drafts, which are not messages."""
    EDITS = auto()
    """As a message that is posted early, and edited."""
    FINALS_ONLY = auto()
    """Not at all."""


def first_via(surface: Surface, config: StreamingConfig) -> Via:
    """Say where on the ladder a reply begins: as asked for, as far as the surface has it."""
    if not config.enabled or config.transport == "off":
        return Via.FINALS_ONLY
    if surface.drafts and config.transport in ("auto", "draft"):
        return Via.DRAFTS
    return Via.EDITS


@dataclass(frozen=True, slots=True)
class Flight:
    """An action in flight, and what to return to if it shows nothing."""

    action: Action
    """What was asked of the channel."""
    segment: Segment
    """Whose text it shows."""
    is_final: bool
    """Whether it shows the segment's final rather than a preview."""
    version: object
    """The segment's version when it was launched."""
    covered: int
    """What previews covered of the segment before it."""
    tempo: Tempo
    """The reply's tempo before it."""

    @property
    def family(self) -> Family:
        """The limit that it counts against."""
        return Family.DRAFTS if isinstance(self.action, ShowDraft) else Family.MESSAGES
