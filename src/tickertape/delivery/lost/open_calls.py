"""The calls of one reply that it went on without, and whose answers may still come."""

from __future__ import annotations

from tickertape.delivery.actions import Action
from tickertape.delivery.reply.in_flight import InFlight

__all__ = ["WAIT_BEFORE_REPOST", "OpenCalls"]

WAIT_BEFORE_REPOST = 60.0
"""Seconds after which a post whose call is still open is posted once more. Proxies cut a silent
connection after 60 s (nginx, `proxy_read_timeout`): later answers are rare."""


class OpenCalls:
    """The calls of one reply whose answers may still come."""

    __slots__ = ("all", "landed")

    def __init__(self, flights: tuple[InFlight, ...] = ()) -> None:
        """Begin with those that are open."""
        self.all = flights
        """Every one of them, the oldest first."""
        self.landed = float("-inf")
        """When the newest call was made that was accepted: it knows better than those before it."""

    def add(self, flight: InFlight) -> None:
        """Record that the answer of a call may still come."""
        self.all = (*self.all, flight)

    def land(self, flight: InFlight) -> None:
        """Record that a call was accepted, while others are open."""
        self.landed = max(self.landed, flight.since)

    def close(self, flight: InFlight) -> None:
        """Record that its answer came, or cannot come any more."""
        at = self.all.index(flight)
        self.all = (*self.all[:at], *self.all[at + 1 :])

    def find(self, action: Action, since: float | None = None) -> InFlight | None:
        """Return the open call of an action; where it was made twice, the one made at `since`."""
        return next(
            (
                flight
                for flight in self.all
                if flight.action == action and since in {None, flight.since}
            ),
            None,
        )

    def listened_until(self, action: Action, since: float) -> float:
        """Return until when the answer of a call that was made at `since` is waited for."""
        is_open = self.find(action, since) is not None
        return since + WAIT_BEFORE_REPOST if is_open else float("-inf")
