"""What a reply shows: frames, and the actions that bring them onto the screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tickertape.delivery.actions import Action, Post, Probe
from tickertape.delivery.reply.intent import What
from tickertape.delivery.reply.parts import Parts
from tickertape.delivery.reply.preview_clock import PULSE
from tickertape.delivery.reply.progress import told
from tickertape.delivery.reply.schedule import Schedule, alive_until, open_until
from tickertape.delivery.reply.screen import Blank, Drafted, Posted, Unheard
from tickertape.delivery.reply.segment import Segment
from tickertape.delivery.ways import AppendWay, DraftWay, ExtendWay, append
from tickertape.delivery.ways.table import VERBS
from tickertape.delivery.ways.target import Target
from tickertape.markup.forms import Format, Rendering
from tickertape.markup.notes import ended

__all__ = ["Frames"]


class Frames:
    """Makes the actions of one reply."""

    __slots__ = ("_draft_ids", "_parts", "_schedule", "drafts", "key", "posts_made")

    def __init__(
        self,
        parts: Parts,
        schedule: Schedule,
        draft_ids: Iterator[str],
        drafts: tuple[str, ...] = (),
        *,
        key: str = "",
        posts_made: int = 0,
    ) -> None:
        """Begin, or go on.

        Args:
            parts: What the reply is made of.
            schedule: When something of it is due.
            draft_ids: Where ids for drafts come from; none of them is in use.
            drafts: The ids of the drafts that it has already.
            key: What the keys of its posts begin with; empty: the channel knows none.
            posts_made: How many posts it has made already.
        """
        self._parts = parts
        self._schedule = schedule
        self._draft_ids = draft_ids
        self.drafts = drafts
        """The ids of all its drafts, the oldest first: a reader may still look at an older one."""
        self.key = key
        """What the keys of its posts begin with."""
        self.posts_made = posts_made
        """How many posts it has made."""

    def action(self, what: What, segment: Segment, now: float) -> Action | None:
        """Return what does what is due of a segment; None where it would change nothing."""
        outcomes = self._parts.outcomes
        if what is What.SIGN:
            self._schedule.typed(now)
            return Probe(outcomes.route.address)
        if isinstance(segment.screen, Unheard):
            question = outcomes.posts.question(segment, outcomes.route.address, now)
            if question is not None:
                return question
        if what is What.FINAL:
            return self._shown(segment, segment.final(), is_final=True)
        return self._preview(segment, now)

    def _preview(self, segment: Segment, now: float) -> Action | None:
        """Return what shows the segment's next frame; None where it would change nothing."""
        parts, screen, way = self._parts, segment.screen, self._parts.outcomes.route.ways[0]
        if isinstance(screen, Posted) and open_until(segment, way) <= now:
            return append.ended(screen, parts.outcomes.route.address)
        line = "" if segment.sealed else parts.progress.line
        fading = isinstance(screen, Drafted) and now >= alive_until(segment, way, line)
        frame = self._frame(segment, line, fading=fading)
        if fading and not frame.text:
            segment.show(Blank())  # the attempt that it showed is void: let it vanish
        if line:
            parts.progress.is_told()
        if not frame.text or (not fading and segment.shows(frame)):
            segment.cover()
            parts.outcomes.time(replace(parts.outcomes.route.clock, told=line))
            return None
        return self._shown(segment, frame, is_final=False)

    def _shown(self, segment: Segment, frame: Rendering, *, is_final: bool) -> Action:
        """Return what brings `frame` onto the screen, by the way that the reply takes."""
        parts, route = self._parts, self._parts.outcomes.route
        has_button = parts.config.stop_button and parts.surface.stop_buttons
        is_drafted = isinstance(route.ways[0], DraftWay) and not isinstance(segment.screen, Posted)
        if is_drafted and not is_final and not segment.draft_id:
            self._begin_draft(segment)
        target = Target(
            address=route.address,
            is_final=is_final,
            reply_to=route.reply_to if segment is parts.segments.all[0] else None,
            stop_button=has_button and not is_final,
            silent=parts.config.silent,
            draft_id=segment.draft_id or "",
            key=f"{self.key}.{self.posts_made}" if self.key else "",
        )
        action = VERBS[type(route.ways[0])].action(frame, segment.screen, target)
        self.posts_made += isinstance(action, Post)
        return action

    def _begin_draft(self, segment: Segment) -> None:
        """Begin a draft of the segment."""
        draft_id = next(self._draft_ids)
        segment.draft_as(draft_id)
        self.drafts = (*self.drafts, draft_id)

    def _frame(self, segment: Segment, line: str, *, fading: bool) -> Rendering:
        """Return what was said so far, with the line of progress or the cursor.

        A draft that is fading gets a pulse where it would not change otherwise.
        """
        way = self._parts.outcomes.route.ways[0]
        body = frame = segment.final() if segment.sealed else segment.preview()
        if isinstance(way, AppendWay | ExtendWay):
            return body  # what is added cannot be taken back
        if line:
            in_draft = isinstance(way, DraftWay)
            rung = max(self._parts.formats.rung, segment.rung)
            has_blocks = in_draft and rung is Format.BLOCKS
            frame = told(body, line, in_draft=in_draft, has_blocks=has_blocks)
        elif (cursor := self._parts.config.cursor) and not segment.sealed:
            frame = ended(body, cursor)
        if fading and frame.text and segment.shows(frame):
            frame = ended(frame, PULSE)
        return frame if frame is body or self._parts.segments.fits(frame) else body
