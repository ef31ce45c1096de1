"""How previews travel, the action that is under way, and what it leaves on screen.

Previews go through drafts, or through a message that is edited, or not at all. The ladder only goes
down, and only when the channel says that a step is not possible, or fails three times in a row;
being throttled never changes it. Whatever was shown as a draft is then posted, from its first
character: nothing is lost, and the post dismisses the draft.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TypeAlias

from tickertape.delivery.actions import Action, Delete, Edit, Post, Probe, ShowDraft
from tickertape.delivery.budget import Family
from tickertape.delivery.screen import Blank, Drafted, Posted, Screen, Unheard
from tickertape.delivery.segment import Segment
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.delivery.tempo import Tempo
from tickertape.markup.forms import PLAIN, Form, Rendering

__all__ = [
    "Flight",
    "Showing",
    "Via",
    "asked",
    "first_via",
    "form_of",
    "screen_if_accepted",
    "screen_if_unheard",
]

Showing: TypeAlias = ShowDraft | Post | Edit
"""An action that shows a text."""

_UNHEARD_KEPT = 8


class Via(IntEnum):
    """How previews are shown: a ladder that is only stepped down."""

    DRAFTS = 0
    """As drafts, which are not messages."""
    EDITS = 1
    """As a message that is posted early, and edited."""
    FINALS_ONLY = 2
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
    points: int
    """How long the segment's text was when it was launched, in code points."""
    unsent_since: float | None
    """Since when text of the segment had waited before it."""
    tempo: Tempo
    """The reply's tempo before it."""

    @property
    def shows_typing(self) -> bool:
        """Whether it only shows that an answer is being written: there is nothing to hear of."""
        return isinstance(self.action, Probe) and isinstance(self.segment.screen, Blank)

    @property
    def family(self) -> Family:
        """The limit that it counts against."""
        probing = isinstance(self.action, ShowDraft | Probe)
        return Family.DRAFTS if probing else Family.MESSAGES


def asked(action: Showing) -> Rendering:
    """Give what the action shall show."""
    return Rendering(action.text, action.form)


def form_of(action: Action) -> Form:
    """Give the form that the action shall show a text in; plain where it shows none."""
    return action.form if isinstance(action, ShowDraft | Post | Edit) else PLAIN


def screen_if_accepted(
    action: Showing | Delete, shown: Rendering, message_id: int | None, now: float
) -> Screen:
    """Say what is on screen of the segment after the action was accepted."""
    match action:
        case ShowDraft():
            return Drafted(shown, now)
        case Post():
            return Posted(message_id or 0, shown, action.stop_button)
        case Edit():
            return Posted(action.message_id, shown, action.stop_button)
        case Delete():
            return Blank()


def screen_if_unheard(flight: Flight) -> Screen:
    """Say what is certain of the segment's screen after the action was never heard of."""
    screen = flight.segment.screen
    match flight.action:
        case Post():
            return Unheard()
        case Edit() as edit if isinstance(screen, Posted):
            unheard = (*screen.unheard, asked(edit))[-_UNHEARD_KEPT:]
            button = screen.stop_button or edit.stop_button
            return replace(screen, unheard=unheard, stop_button=button)
        case ShowDraft() if isinstance(screen, Drafted):
            return replace(screen, shown=Rendering(""))
        case _:
            return screen
