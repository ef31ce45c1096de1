"""A message that is opened, and whose frames are its whole text: each begins with the one before.

Showing a frame again is harmless, so that one that was not heard of costs nothing: the next begins
with it. Where the text no longer does (it was taken back), the message is sealed as it stands, and
edited as a whole from there.
"""

from __future__ import annotations

from dataclasses import replace

from tickertape.delivery.actions import Action, Append, Seal
from tickertape.delivery.reply.in_flight import InFlight
from tickertape.delivery.reply.screen import Posted, Screen
from tickertape.delivery.ways import append
from tickertape.delivery.ways.append import unheard
from tickertape.delivery.ways.target import Target
from tickertape.markup.forms import Rendering

__all__ = ["accepted", "action", "unheard"]


def action(frame: Rendering, screen: Screen, target: Target) -> Action:
    """Return what brings `frame` onto the screen, or ends the message so that an edit can."""
    if not isinstance(screen, Posted) or screen.open_since is None:
        return append.action(frame, screen, target)
    there = max((shown.text for shown in (screen.shown, *screen.unheard)), key=len)
    if not frame.text.startswith(there):
        return append.ended(screen, target.address)
    kind = Seal if target.is_final else Append
    return kind(target.address, screen.message_id, frame.text, len(there))


def accepted(flight: InFlight, screen: Screen, shown: Rendering, now: float) -> Screen:
    """Return what is on screen after an action was accepted: no older frame comes after it."""
    match flight.action, screen:
        case ((Append() | Seal()), Posted()):
            is_open = isinstance(flight.action, Append)
            since = screen.open_since if is_open else None
            button = screen.stop_button and is_open
            return replace(screen, shown=shown, stop_button=button, unheard=(), open_since=since)
        case _:
            return append.accepted(flight, screen, shown, now)
