"""Which way a reply takes, and the functions of each."""

from __future__ import annotations

from typing import assert_never

from tickertape.delivery.actions import Action
from tickertape.delivery.in_flight import InFlight
from tickertape.delivery.screen import Screen
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.delivery.ways import (
    AppendWay,
    DraftWay,
    EditWay,
    ExtendWay,
    Way,
    WholeWay,
    append,
    draft,
    edit,
    extend,
    whole,
)
from tickertape.delivery.ways.target import Target
from tickertape.markup.forms import Rendering

__all__ = ["accepted", "action", "unheard", "ways_of"]


def ways_of(surface: Surface, config: StreamingConfig) -> tuple[Way, ...]:
    """Return the ways that a reply may take, the best first; the last is always `WholeWay`."""
    if not config.enabled or config.transport == "off":
        return (WholeWay(),)
    ways = [way for way in surface.ways if not isinstance(way, WholeWay)]
    if config.transport == "edit":
        ways = [way for way in ways if not isinstance(way, DraftWay)]
    return (*ways, WholeWay())


def action(way: Way, frame: Rendering, screen: Screen, target: Target) -> Action:
    """Return what brings a frame onto the screen of a segment."""
    match way:
        case DraftWay():
            return draft.action(frame, screen, target)
        case EditWay():
            return edit.action(frame, screen, target)
        case AppendWay():
            return append.action(frame, screen, target)
        case ExtendWay():
            return extend.action(frame, screen, target)
        case WholeWay():
            return whole.action(frame, screen, target)
        case _ as unreachable:
            assert_never(unreachable)


def accepted(way: Way, flight: InFlight, screen: Screen, shown: Rendering, now: float) -> Screen:
    """Return what is on screen of a segment with this screen after an action was accepted."""
    match way:
        case DraftWay():
            return draft.accepted(flight, screen, shown, now)
        case EditWay():
            return edit.accepted(flight, screen, shown, now)
        case AppendWay():
            return append.accepted(flight, screen, shown, now)
        case ExtendWay():
            return extend.accepted(flight, screen, shown, now)
        case WholeWay():
            return whole.accepted(flight, screen, shown, now)
        case _ as unreachable:
            assert_never(unreachable)


def unheard(way: Way, flight: InFlight, screen: Screen) -> Screen:
    """Return what is certain of a segment with this screen after an action was not heard of."""
    match way:
        case DraftWay():
            return draft.unheard(flight, screen)
        case EditWay():
            return edit.unheard(flight, screen)
        case AppendWay():
            return append.unheard(flight, screen)
        case ExtendWay():
            return extend.unheard(flight, screen)
        case WholeWay():
            return whole.unheard(flight, screen)
        case _ as unreachable:
            assert_never(unreachable)
