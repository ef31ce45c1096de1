"""Previews as drafts, which are no messages; the final is posted, and the draft goes with it."""

from __future__ import annotations

from tickertape.delivery.actions import Action, ShowDraft
from tickertape.delivery.reply.in_flight import InFlight
from tickertape.delivery.reply.screen import Drafted, Posted, Screen
from tickertape.delivery.ways import edit
from tickertape.delivery.ways.target import Target
from tickertape.markup.forms import Rendering

__all__ = ["accepted", "action", "unheard"]


def action(frame: Rendering, screen: Screen, target: Target) -> Action:
    """Return what brings `frame` onto the screen; a segment that has a message is edited."""
    if target.is_final or isinstance(screen, Posted):
        return edit.action(frame, screen, target)
    return ShowDraft(target.address, target.draft_id, frame.text, frame.form)


def accepted(flight: InFlight, screen: Screen, shown: Rendering, now: float) -> Screen:
    """Return what is on screen after an action was accepted."""
    if isinstance(flight.action, ShowDraft):
        return Drafted(shown, now)
    return edit.accepted(flight, screen, shown, now)


def unheard(flight: InFlight, screen: Screen) -> Screen:
    """Return what is certain after an action was not heard of: a draft may show anything."""
    if isinstance(flight.action, ShowDraft):
        return Drafted(Rendering(""), screen.at) if isinstance(screen, Drafted) else screen
    return edit.unheard(flight, screen)
