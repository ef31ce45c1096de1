"""The action that is under way, and what to return to if it shows nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tickertape.delivery.actions import (
    Action,
    Append,
    Delete,
    Edit,
    Find,
    Post,
    Probe,
    Seal,
    ShowDraft,
)
from tickertape.delivery.limits.budget import Family
from tickertape.delivery.reply.preview_clock import PreviewClock
from tickertape.delivery.reply.screen import Blank, Screen
from tickertape.markup.forms import PLAIN, Form

__all__ = ["ASKING", "FAMILIES", "InFlight", "form_of"]

ASKING: Final = (Probe, Find, Seal)
"""What covers no text, unless it shows a final: it asks something, or ends a message as it is."""
FAMILIES: Final[Mapping[type[Action], Family]] = {
    **dict.fromkeys((ShowDraft, Probe), Family.DRAFTS),
    **dict.fromkeys((Post, Edit, Append, Seal, Delete, Find), Family.MESSAGES),
}
"""The limit that each action of a reply counts against."""


@dataclass(frozen=True, slots=True)
class InFlight:
    """An action in flight, and what to return to if it shows nothing."""

    action: Action
    """What was asked of the channel."""
    segment: int
    """The number of the segment whose text it shows."""
    is_final: bool
    """Whether it shows the segment's final rather than a preview."""
    version: int
    """The segment's version when it was launched."""
    covered: int
    """What previews covered of the segment before it."""
    points: int
    """How long the segment's text was when it was launched, in code points."""
    unsent_since: float | None
    """Since when text of the segment had waited before it."""
    clock: PreviewClock
    """The reply's clock before it."""
    since: float = 0.0
    """When it was launched."""
    after: str | None = None
    """The latest message that was known in the chat then; None: none is, or it tells nothing."""
    screen: Screen = field(default_factory=Blank)
    """What was known to be on screen of the segment then."""
    nth: int = 0
    """Which post of the reply it is, where it is one; else the latest that was made before it."""

    @property
    def asks(self) -> bool:
        """Whether it covers no text."""
        is_final = self.is_final and isinstance(self.action, Seal)
        return isinstance(self.action, ASKING) and not is_final

    @property
    def shows_typing(self) -> bool:
        """Whether it only shows that an answer is being written: there is nothing to hear of."""
        return isinstance(self.action, Probe) and isinstance(self.screen, Blank)


def form_of(action: Action) -> Form:
    """Return the form that the action shall show a text in; plain where it shows none."""
    return action.form if isinstance(action, ShowDraft | Post | Edit | Append | Seal) else PLAIN
