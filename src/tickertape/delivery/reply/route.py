"""Where a reply goes, how its previews travel, and what went wrong on the way: one value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tickertape.chat import Address
from tickertape.delivery.actions import Refused
from tickertape.delivery.reply.backoff import NO_FAILURE, Backoff
from tickertape.delivery.reply.preview_clock import PreviewClock
from tickertape.delivery.ways import Way

__all__ = ["Route"]


@dataclass(frozen=True, slots=True)
class Route:
    """What outcomes have taught one reply."""

    address: Address
    """Where it goes: elsewhere than at first once the chat has moved, or the topic is gone."""
    ways: tuple[Way, ...]
    """The ways that are left, the one that is taken first; the last is `WholeWay`."""
    reply_to: str | None = None
    """The message that the first segment answers, if any."""
    clock: PreviewClock = field(default_factory=PreviewClock)
    """The moments from which the next preview is timed."""
    backoff: Backoff = NO_FAILURE
    """What failed lately, and until when to wait."""
    gave_up: Refused | None = None
    """Why the reply cannot be delivered; None where it can."""
    removals: int = 0
    """How often a message was taken away, or froze, while it was written."""
    raised: int = 0
    """How often in a row the transport raised instead of telling an outcome."""
    left_behind: tuple[str, ...] = ()
    """The texts of messages that stay besides those that took their place."""
    away: frozenset[int] = frozenset()
    """The numbers of the segments whose messages stayed in a chat that has another id by now."""

    def stepped_down(self, *, to_last: bool) -> Route:
        """Return the route with the next way, or the last; as if nothing had been shown or failed.

        The same where there is no other way.
        """
        ways = self.ways[-1:] if to_last else self.ways[1:]
        if not ways or ways == self.ways:
            return self
        return replace(self, ways=ways, backoff=NO_FAILURE, clock=PreviewClock())
