"""When something of a reply is due: a final, a preview, the sign of writing.

The budget knows when a call *may* go (`tickertape.delivery.limits.budget`), the route until when
nothing is tried; here is said when there is *reason* for one: what came, how long it has waited,
what must stay alive. Thresholds look at the unsent text, never at the whole.
"""

from __future__ import annotations

import re

from tickertape.delivery.limits.budget import Family
from tickertape.delivery.limits.fair_queue import Priority
from tickertape.delivery.limits.pace import Flow
from tickertape.delivery.lost.lost_post_steps import LostPostStep
from tickertape.delivery.reply.intent import What
from tickertape.delivery.reply.parts import Parts
from tickertape.delivery.reply.preview_clock import (
    FIRST_PATIENCE,
    LINE_PATIENCE,
    NEVER,
    PATIENCE,
    TYPING_PATIENCE,
    PreviewClock,
)
from tickertape.delivery.reply.screen import Blank, Drafted, Posted, Unheard
from tickertape.delivery.reply.segment import Segment
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.ways import DraftWay, EditWay, Way, WholeWay, edit_gap, grown_until
from tickertape.markup.forms import Format

__all__ = ["Schedule", "alive_until", "open_until", "telling_at", "worth_at"]

_WORTH_WAITING = 2.0
"""Seconds that a final may wait while a draft is kept alive: for less it is not worth a call."""
_ASKING = (LostPostStep.ASK, LostPostStep.REPEAT)
_LETTER = re.compile(r"\w")
_WHOLE_WORD = re.compile(r"\w\W")
_KEEP_ALIVE_SHARE = 0.75
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
        if step is LostPostStep.LISTEN:
            return outcomes.posts.listens_until(segment)
        family = Family.DRAFTS if step is LostPostStep.PROBE else Family.MESSAGES
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
            way = outcomes.route.ways[0]
            if isinstance(way, EditWay) and way.edits is not None:
                gap = edit_gap(way.edits, clock.last - clock.start)
                earliest = max(earliest, clock.last + gap)
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


def worth_at(segment: Segment, clock: PreviewClock, config: StreamingConfig) -> float:
    """Return from when on the unsent text of `segment` is worth a preview.

    The first whole word is, at once, and what may become one after `FIRST_PATIENCE`; after that
    `config.buffer_threshold` characters are, at once, and fewer after `PATIENCE`.
    """
    since, unsent = segment.unsent_since, segment.unsent
    if since is None or unsent <= 0:
        return NEVER
    if unsent >= config.buffer_threshold:
        return since
    if clock.start is None and _LETTER.search(segment.text):
        return since if _WHOLE_WORD.search(segment.text) else since + FIRST_PATIENCE
    return since + PATIENCE


def telling_at(segment: Segment, line: str, since: float | None, clock: PreviewClock) -> float:
    """Return from when on the line of progress, which changed at `since`, is worth a preview.

    A line that went away is not: the words that took its place are.
    """
    if since is None or not line or line == clock.told:
        return NEVER
    return since + (LINE_PATIENCE if isinstance(segment.screen, Blank) else PATIENCE)


def alive_until(segment: Segment, way: Way, line: str) -> float:
    """Return when the draft of `segment` must be shown again, lest it vanish; `NEVER` without one.

    That is after three quarters of its lifetime (22 of Telegram's 30 s): late enough to cost
    little, early enough to survive a slow call. A void text is left to vanish, unless there is
    a line of progress to show in its place.
    """
    if not isinstance(way, DraftWay) or not isinstance(segment.screen, Drafted):
        return NEVER
    if not segment.points and not line:
        return NEVER
    return segment.screen.at + way.lifetime * _KEEP_ALIVE_SHARE


def open_until(segment: Segment, way: Way) -> float:
    """Return until when text may be added to the segment's message; `NEVER`: no longer."""
    screen = segment.screen
    if segment.sealed or not isinstance(screen, Posted) or screen.open_since is None:
        return NEVER
    return grown_until(way, screen.open_since)
