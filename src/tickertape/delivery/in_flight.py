"""How previews travel, the action that is under way, and what it leaves on screen.

Previews go through drafts, or through a message that is edited, or not at all. The ladder only goes
down, and only when the channel says that a step is not possible, or refuses three times in a row;
neither being throttled nor silence ever changes it. Whatever was shown as a draft is then posted,
from its first character: nothing is lost, and the post dismisses the draft.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TypeAlias

from tickertape.chat import Address
from tickertape.delivery.actions import Action, Delete, Edit, Find, Post, Probe, ShowDraft
from tickertape.delivery.budget import Family
from tickertape.delivery.preview_clock import PreviewClock
from tickertape.delivery.screen import Blank, Drafted, Posted, Screen, Unheard
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.markup.forms import PLAIN, Form, Rendering

__all__ = [
    "InFlight",
    "Showing",
    "Via",
    "asked",
    "first_via",
    "form_of",
    "may_show",
    "message_with",
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
    known: tuple[str, ...] = ()
    """The messages that were known then."""
    screen: Screen = field(default_factory=Blank)
    """What was known to be on screen of the segment then."""

    @property
    def asks(self) -> bool:
        """Whether it only asks something: it covers no text."""
        return isinstance(self.action, Probe | Find)

    @property
    def shows_typing(self) -> bool:
        """Whether it only shows that an answer is being written: there is nothing to hear of."""
        return isinstance(self.action, Probe) and isinstance(self.screen, Blank)

    @property
    def family(self) -> Family:
        """The limit that it counts against."""
        traceless = isinstance(self.action, ShowDraft | Probe)
        return Family.DRAFTS if traceless else Family.MESSAGES


def asked(action: Showing) -> Rendering:
    """Return what the action shall show."""
    return Rendering(action.text, action.form)


def form_of(action: Action) -> Form:
    """Give the form that the action shall show a text in; plain where it shows none."""
    return action.form if isinstance(action, ShowDraft | Post | Edit) else PLAIN


def message_with(
    frame: Rendering, screen: Screen, to: Address, *, reply_to: str | None, stop_button: bool
) -> Post | Edit | Delete:
    """Return what brings `frame` into the message of a segment with this screen.

    A message that has nothing to say any more is deleted.

    Args:
        frame: What it shall show.
        screen: What is on screen of the segment.
        to: Where.
        reply_to: The message that a post answers, if any.
        stop_button: Whether the message carries a button that stops the answer.
    """
    match screen:
        case Posted(message_id=message_id) if not frame:
            return Delete(to, message_id)
        case Posted(message_id=message_id):
            return Edit(to, message_id, frame.text, frame.form, stop_button)
        case _:
            return Post(to, frame.text, reply_to, frame.form, stop_button)


def screen_if_accepted(flight: InFlight, screen: Screen, shown: Rendering, now: float) -> Screen:
    """Return what is on screen of a segment with this screen after an action was accepted.

    A post that tells the id of its message is not for this function: see `LostPosts.placed`.
    """
    match flight.action:
        case ShowDraft():
            return Drafted(shown, now)
        case Post() as post:
            return replace(_unheard(flight, post), heard=True, certain=True)
        case Edit() as edit:
            return _edited(flight, screen, edit, shown)
        case Delete():
            return Blank()
        case _:
            return screen


def screen_if_unheard(flight: InFlight, screen: Screen) -> Screen:
    """Return what is certain of a segment with this screen after an action was not heard of."""
    match flight.action:
        case Post() as post:
            return _unheard(flight, post)
        case Edit() as edit if isinstance(screen, Posted):
            return may_show(screen, edit)
        case ShowDraft() if isinstance(screen, Drafted):
            return replace(screen, shown=Rendering(""))
        case _:
            return screen


def _edited(flight: InFlight, screen: Screen, edit: Edit, shown: Rendering) -> Posted:
    """Return the screen of a message after an edit was accepted.

    What was learned while it was in flight of an older edit, which may have been applied after it,
    goes on to count.
    """
    edited = Posted(edit.message_id, shown, edit.stop_button)
    if screen == flight.screen or not isinstance(screen, Posted):
        return edited
    stop_button = edit.stop_button or screen.stop_button
    return replace(edited, stop_button=stop_button, unheard=screen.unheard)


def _unheard(flight: InFlight, post: Post) -> Unheard:
    return Unheard(post, flight.since, flight.known)


def may_show(screen: Posted, action: Edit) -> Posted:
    """Return the screen of a message that may show what `action` asked for instead."""
    unheard = (*screen.unheard, asked(action))[-_UNHEARD_KEPT:]
    return replace(screen, unheard=unheard, stop_button=screen.stop_button or action.stop_button)
