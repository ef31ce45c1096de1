"""When something of a reply is due: a final, a preview, the sign of writing.

The budget knows when a call may go (`tickertape.delivery.budget`), the clock of previews when one
is worth it (`tickertape.delivery.preview_clock`), the route until when nothing is tried. Here they
come together.
"""

from __future__ import annotations

from tickertape.delivery.budget import Family
from tickertape.delivery.fair_queue import Priority
from tickertape.delivery.intent import What
from tickertape.delivery.lost_post_steps import Step
from tickertape.delivery.pace import Flow
from tickertape.delivery.parts import Parts
from tickertape.delivery.preview_clock import (
    NEVER,
    TYPING_PATIENCE,
    alive_until,
    open_until,
    telling_at,
    worth_at,
)
from tickertape.delivery.screen import Blank, Drafted, Posted, Unheard
from tickertape.delivery.segment import Segment
from tickertape.delivery.ways import WholeWay
from tickertape.markup.forms import Format

__all__ = ["Schedule"]

_WORTH_WAITING = 2.0
"""Seconds that a final may wait while a draft is kept alive: for less it is not worth a call."""
_ASKING = (Step.ASK, Step.REPEAT)
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
        self.typing_at = now + TYPING_PATIENCE
        if not self._parts.abilities.has_blocks(self._parts.outcomes.route.address.chat, now):
            self._parts.formats.step_down(Format.SPANS)

    def typed(self, now: float) -> None:
        """Record that the sign of writing is shown."""
        self.typing_at = now + self._parts.surface.typing_lifetime * _TYPING_SHARE

    def decide(self, segment: Segment, need: Priority, now: float) -> tuple[What, float]:
        """Return what of `segment` is due, finals first, or else what will be, and when.

        What there is no reason for yet is only looked at again when there may be: until then the
        limits have nothing to say.

        Args:
            segment: The piece that is shown next.
            need: Its place among what waits for the bot.
            now: The present moment.

        Returns:
            `What.LOOK` and a moment, where it is not known before that; `NEVER` for none.
        """
        final_at = NEVER
        if segment.sealed:
            final_at = self._final_at(segment, now, need)
            if final_at <= now:
                return What.FINAL, final_at
        what, at = What.LOOK, self._wanted_at(segment, now, final_at)
        if at <= now:
            what, at = What.PREVIEW, self._preview_at(segment, now, need, at)
            if at <= now:
                return what, at
        if final_at < at:
            what, at = What.FINAL, final_at
        if isinstance(segment.screen, Blank) and (sign_at := self._sign_at(now)) < at:
            what, at = What.SIGN, sign_at
        return (what if at < NEVER else What.NOTHING), at

    def _final_at(self, segment: Segment, now: float, need: Priority) -> float:
        """Return when the segment's final is due, or the call that has to come before it."""
        outcomes = self._parts.outcomes
        step = outcomes.posts.step(segment, now)
        if step is Step.LISTEN:
            return outcomes.posts.listens_until(segment)
        family = Family.DRAFTS if step is Step.PROBE else Family.MESSAGES
        until = outcomes.paused_until(segment, is_final=True)
        return max(self._parts.budget.final_at(family, now, need), until)

    def _wanted_at(self, segment: Segment, now: float, final_at: float) -> float:
        """Return when there is reason for a preview, whether it may go then or not.

        While a final must wait that is only to keep a draft alive, and not for long.
        """
        parts, screen = self._parts, segment.screen
        if isinstance(screen, Unheard):
            is_asked = not segment.sealed and parts.outcomes.posts.step(segment, now) in _ASKING
            return now if is_asked else NEVER
        route = parts.outcomes.route
        if isinstance(route.ways[0], WholeWay):
            return NEVER
        due = NEVER if segment.sealed else worth_at(segment, route.clock, parts.config)
        line = "" if segment.sealed else parts.progress.line
        if isinstance(screen, Drafted) and due > now:
            due = min(due, alive_until(segment, route.ways[0], line))
        elif isinstance(screen, Posted) and screen.open_since is not None:
            due = min(due, open_until(segment, route.ways[0]))
        if segment.sealed:
            return NEVER if final_at < now + _WORTH_WAITING else due
        if line:
            untold = parts.progress.untold_since(route.clock.told)
            due = min(due, telling_at(segment, line, untold, route.clock))
        return due

    def _preview_at(self, segment: Segment, now: float, need: Priority, wanted_at: float) -> float:
        """Return when a preview may go for which there is reason."""
        outcomes, budget = self._parts.outcomes, self._parts.budget
        earliest = max(wanted_at, outcomes.paused_until(segment, is_final=False))
        if isinstance(segment.screen, Unheard):
            return budget.preview_at(Family.MESSAGES, now, None, earliest=earliest)
        family, clock, flow = outcomes.preview_family(segment), outcomes.route.clock, None
        if family is None:
            return NEVER
        if clock.start is not None and clock.last is not None:
            earliest = max(earliest, clock.last + self._parts.config.edit_interval)
            said = sum([one.points for one in self._parts.segments.all])
            flow = Flow(clock.start, clock.last, said, segment.unsent, segment.unsent_since)
        return budget.preview_at(family, now, flow, earliest=earliest, need=need)

    def _sign_at(self, now: float) -> float:
        """Return when to show that an answer is being written: in the silence before its words."""
        parts, way = self._parts, self._parts.outcomes.route.ways[0]
        if parts.segments.closed or not parts.surface.typing_lifetime:
            return NEVER
        if not all(isinstance(one.screen, Blank) for one in parts.segments.all):
            return NEVER
        if not isinstance(way, WholeWay) and any(one.points for one in parts.segments.all):
            return NEVER
        if self.typing_at is not None and self.typing_at > now:
            return self.typing_at
        return parts.budget.preview_at(Family.DRAFTS, now, None)
