"""Which way a reply takes, and the functions of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from tickertape.delivery.actions import Action
from tickertape.delivery.reply.in_flight import InFlight
from tickertape.delivery.reply.screen import Screen
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

__all__ = ["VERBS", "Verbs", "ways_of"]


class Verbs(Protocol):
    """How one way brings a segment's frames onto the screen."""

    def action(self, frame: Rendering, screen: Screen, target: Target) -> Action:
        """Return what brings a frame onto the screen of a segment."""
        ...

    def accepted(self, flight: InFlight, screen: Screen, shown: Rendering, now: float) -> Screen:
        """Return what is on screen of a segment with this screen after an action was accepted."""
        ...

    def unheard(self, flight: InFlight, screen: Screen) -> Screen:
        """Return what is certain of a segment with this screen after one was not heard of."""
        ...


VERBS: Final[Mapping[type[Way], Verbs]] = {
    DraftWay: draft,
    EditWay: edit,
    AppendWay: append,
    ExtendWay: extend,
    WholeWay: whole,
}
"""The functions of each way."""


def ways_of(surface: Surface, config: StreamingConfig) -> tuple[Way, ...]:
    """Return the ways that a reply may take, the best first; the last is always `WholeWay`."""
    if not config.enabled or config.transport == "off":
        return (WholeWay(),)
    ways = [way for way in surface.ways if not isinstance(way, WholeWay)]
    if config.transport == "edit":
        ways = [way for way in ways if not isinstance(way, DraftWay)]
    return (*ways, WholeWay())
