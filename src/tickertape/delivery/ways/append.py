"""A message that is opened, to which text is only added, and that is sealed.

Nothing that was added can be taken back while it is open, so that a frame goes on from what was
acknowledged, or does not go out. Adding is not repeatable: an addition that was not heard of may be
there or not, and a second one may double it. Then, and where the text no longer begins with what is
shown (it was taken back), the message is sealed as it stands, and edited as a whole from there.
"""

from __future__ import annotations

from dataclasses import replace

from tickertape.chat import Address
from tickertape.delivery.actions import Action, Append, Post, Seal
from tickertape.delivery.reply.in_flight import InFlight
from tickertape.delivery.reply.screen import Posted, Screen, asked
from tickertape.delivery.ways import edit
from tickertape.delivery.ways.target import Target
from tickertape.markup.forms import Rendering

__all__ = ["accepted", "action", "unheard"]


def action(frame: Rendering, screen: Screen, target: Target) -> Action:
    """Return what brings `frame` onto the screen, or ends the message so that an edit can."""
    if not isinstance(screen, Posted):
        posted = edit.action(frame, screen, target)
        if isinstance(posted, Post) and not target.is_final:
            return replace(posted, is_open=True)
        return posted
    if screen.open_since is None:
        return edit.action(frame, screen, target)
    there = screen.shown.text
    if screen.unheard or not frame.text.startswith(there):
        return ended(screen, target.address)
    kind = Seal if target.is_final else Append
    return kind(target.address, screen.message_id, frame.text, len(there))


def ended(screen: Posted, to: Address) -> Seal:
    """Return what ends an open message as it stands, so that it can be edited."""
    there = max((shown.text for shown in (screen.shown, *screen.unheard)), key=len)
    return Seal(to, screen.message_id, there, len(there))


def accepted(flight: InFlight, screen: Screen, shown: Rendering, now: float) -> Screen:
    """Return what is on screen after an action was accepted."""
    match flight.action, screen:
        case Append(), Posted():
            return replace(screen, shown=shown)
        case Seal(), Posted():
            return replace(screen, shown=shown, open_since=None, stop_button=False)
        case _:
            return edit.accepted(flight, screen, shown, now)


def unheard(flight: InFlight, screen: Screen) -> Screen:
    """Return what is certain after an action was not heard of: an addition may be there or not."""
    match flight.action, screen:
        case (Append() | Seal()) as added, Posted():
            return replace(screen, unheard=(*screen.unheard, asked(added)))
        case _:
            return edit.unheard(flight, screen)
