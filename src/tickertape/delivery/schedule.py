"""When something of a reply is due: the sign of writing, a preview, a final.

The budget knows when a call may go (`tickertape.delivery.budget`), the clock of previews when one
is worth it (`tickertape.delivery.preview_clock`), the route until when nothing is tried. Here they
come together: each function returns a moment, or None where nothing is to be waited for.
"""

from __future__ import annotations

from tickertape.delivery.budget import Family
from tickertape.delivery.fair_queue import Priority
from tickertape.delivery.lost_post_steps import LostPostStep
from tickertape.delivery.pace import Flow
from tickertape.delivery.parts import Parts
from tickertape.delivery.preview_clock import (
    NEVER,
    TYPING_PATIENCE,
    alive_until,
    telling_at,
    worth_at,
)
from tickertape.delivery.screen import Blank, Posted
from tickertape.delivery.segment import Segment
from tickertape.delivery.ways import DraftWay, WholeWay, open_until
from tickertape.markup.forms import Format

__all__ = ["Schedule"]

_WORTH_WAITING = 2.0
"""Seconds that a final may wait while a draft is kept alive: for less it is not worth a call."""
_ASKING = (LostPostStep.ASK, LostPostStep.REPEAT)
_TYPING_SHARE = 0.9
"""The share of its lifetime after which the sign of writing is shown again."""


class Schedule:
    """Says when something of one reply is due."""

    __slots__ = ("_parts", "typing_at")

    def __init__(self, parts: Parts, typing_at: float | None = None) -> None:
        """Begin, or go on.

        Args:
            parts: What the reply is made of.
            typing_at: When to show next that an answer is being written; None: the reply begins.
        """
        self._parts = parts
        self.typing_at = typing_at
        """When to show next that an answer is being written; None: nothing was polled yet."""

    def begin(self, now: float) -> None:
        """Record when the reply began, and what is known of its chat by then."""
        if self.typing_at is None:
            self.typing_at = now + TYPING_PATIENCE
            if not self._parts.abilities.has_blocks(self._parts.outcomes.route.address.chat, now):
                self._parts.formats.step_down(Format.SPANS)

    def typed(self, now: float) -> None:
        """Record that the sign of writing is shown."""
        self.typing_at = now + self._parts.surface.typing_lifetime * _TYPING_SHARE

    def typing_due(self, now: float) -> float | None:
        """Return when to show that an answer is being written: in the silence before its words."""
        segments, way = self._parts.segments, self._parts.outcomes.route.ways[0]
        if not self._parts.surface.typing_lifetime or segments.closed:
            return None
        if not all(isinstance(segment.screen, Blank) for segment in segments.all):
            return None
        if not isinstance(way, WholeWay) and any(segment.points for segment in segments.all):
            return None
        earliest = self.typing_at or now
        return self._parts.budget.preview_at(Family.DRAFTS, now, None, earliest=earliest)

    def final_at(self, segment: Segment, now: float) -> float | None:
        """Return when the segment's final is due, or the call that has to come before it."""
        if not segment.sealed:
            return None
        outcomes = self._parts.outcomes
        step = outcomes.posts.step(segment, now)
        if step is LostPostStep.LISTEN:
            return outcomes.posts.listens_until(segment)
        family = Family.DRAFTS if step is LostPostStep.PROBE else Family.MESSAGES
        until = outcomes.paused_until(segment, is_final=True)
        return max(self._parts.budget.final_at(family, now, self.urgency()), until)

    def preview_at(self, segment: Segment, now: float, final_at: float | None) -> float | None:
        """Return when a preview is due; while a final must wait, only to keep a draft alive."""
        outcomes, budget = self._parts.outcomes, self._parts.budget
        pause = outcomes.paused_until(segment, is_final=False)
        if not segment.sealed and outcomes.posts.step(segment, now) in _ASKING:
            return budget.preview_at(Family.MESSAGES, now, None, earliest=pause)
        if isinstance(outcomes.route.ways[0], WholeWay) or not outcomes.can_preview(segment):
            return None
        due = self._wanted_at(segment, now, final_at)
        if due == NEVER:
            return None
        family = Family.DRAFTS if outcomes.is_drafted(segment) else Family.MESSAGES
        earliest, last = max(due, pause), outcomes.route.clock.last
        if last is not None:
            earliest = max(earliest, last + self._parts.config.edit_interval)
        flow, need = self._flow(segment), self.urgency()
        return budget.preview_at(family, now, flow, earliest=earliest, need=need)

    def open_until(self, segment: Segment) -> float:
        """Return until when text may be added to the segment's message; `NEVER`: no longer."""
        screen, way = segment.screen, self._parts.outcomes.route.ways[0]
        if segment.sealed or not isinstance(screen, Posted) or screen.open_since is None:
            return NEVER
        return open_until(way, screen.open_since)

    def alive_until(self, segment: Segment, line: str) -> float:
        """Return when the segment's draft must be shown again; `NEVER` where it has none."""
        way = self._parts.outcomes.route.ways[0]
        return alive_until(segment, way.lifetime, line) if isinstance(way, DraftWay) else NEVER

    def urgency(self) -> Priority:
        """Return the order among replies of one chat: finals, first words, the stalest preview."""
        segment = self._parts.segments.pending()
        since = segment.unsent_since if segment is not None else None
        stale = since if since is not None else float("inf")
        if segment is not None and segment.sealed:
            return 0, stale
        return (1 if self._parts.outcomes.route.clock.start is None else 2), stale

    def _wanted_at(self, segment: Segment, now: float, final_at: float | None) -> float:
        """Return when there is reason for a preview, whether it may go then or not."""
        clock, line = self._parts.outcomes.route.clock, self._parts.line(segment)
        due = min(self.alive_until(segment, line), self.open_until(segment))
        if final_at is not None:
            return NEVER if final_at < now + _WORTH_WAITING else due
        untold = self._parts.progress.untold_since(clock.told)
        telling = telling_at(segment, line, untold, clock)
        return min(due, worth_at(segment, clock, self._parts.config), telling)

    def _flow(self, segment: Segment) -> Flow | None:
        """Return how the reply runs; None before its first preview."""
        clock = self._parts.outcomes.route.clock
        if clock.start is None or clock.last is None:
            return None
        said = sum(one.points for one in self._parts.segments.all)
        return Flow(clock.start, clock.last, said, segment.unsent, segment.unsent_since)
