"""A message that is posted early, and whose whole text is replaced: repeating that is harmless."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from tickertape.delivery.actions import Action, Delete, Edit, Post, Seal
from tickertape.delivery.reply.in_flight import InFlight
from tickertape.delivery.reply.screen import Blank, Posted, Screen, Unheard, may_show
from tickertape.delivery.ways.target import Target
from tickertape.markup.forms import Rendering

__all__ = ["accepted", "action", "unheard"]


def action(frame: Rendering, screen: Screen, target: Target) -> Action:
    """Return what brings `frame` into the segment's message.

    A message that has nothing to say any more is deleted.
    """
    match screen:
        case Posted(message_id=message_id, open_since=float()):
            there = screen.shown.text  # the way by which it grew was left: first it has to end
            return Seal(target.address, message_id, there, len(there))
        case Posted(message_id=message_id) if not frame:
            return Delete(target.address, message_id)
        case Posted(message_id=message_id):
            button = target.stop_button
            return Edit(target.address, message_id, frame.text, frame.form, button)
        case _:
            to, button = target.address, target.stop_button
            return Post(
                to,
                frame.text,
                target.reply_to,
                frame.form,
                button,
                key=target.key,
                silent=target.silent,
            )


def accepted(flight: InFlight, screen: Screen, shown: Rendering, now: float) -> Screen:  # noqa: ARG001 - the signature of all ways
    """Return what is on screen after an action was accepted.

    A post that tells the id of its message is not for this function: see `LostPosts.placed`.
    """
    match flight.action:
        case Post() as post:
            return replace(lost(flight, post), certain=True)
        case Edit() as edit:
            return _edited(flight, screen, edit, shown)
        case Seal() if isinstance(screen, Posted):
            return replace(screen, open_since=None)
        case Delete():
            return Blank()
        case _:
            return screen


def unheard(flight: InFlight, screen: Screen) -> Screen:
    """Return what is certain after an action was not heard of."""
    match flight.action:
        case Post() as post:
            return lost(flight, post)
        case Edit() as edit if isinstance(screen, Posted):
            return may_show(screen, edit)
        case _:
            return screen


def lost(flight: InFlight, post: Post) -> Unheard:
    """Return the screen of a segment whose post was not heard of."""
    return Unheard(post, flight.since, flight.after, nth=flight.nth)


def _edited(flight: InFlight, screen: Screen, edit: Edit, shown: Rendering) -> Posted:
    """Return the screen of a message after an edit was accepted.

    What was learned while it was in flight of an older edit, which may have been applied after it,
    goes on to count; that one was refused says nothing.
    """
    was = flight.screen if isinstance(flight.screen, Posted) else Posted(edit.message_id, shown)
    edited = Posted(edit.message_id, shown, edit.stop_button, nth=was.nth)
    before = was.unheard
    if not isinstance(screen, Posted) or not Counter(screen.unheard) - Counter(before):
        return edited
    stop_button = edit.stop_button or screen.stop_button
    return replace(edited, stop_button=stop_button, unheard=screen.unheard)
