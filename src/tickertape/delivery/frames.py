"""What a reply shows: frames, and the actions that bring them onto the screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tickertape.delivery.actions import Action, Post
from tickertape.delivery.parts import Parts
from tickertape.delivery.preview_clock import PULSE
from tickertape.delivery.progress import told
from tickertape.delivery.schedule import Schedule
from tickertape.delivery.screen import Blank, Posted, shows
from tickertape.delivery.segment import Segment
from tickertape.delivery.ways import DraftWay, append, grows, table
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

    def final(self, segment: Segment, now: float) -> Action:
        """Return what shows the segment's final, or has to be asked before."""
        question = self._parts.outcomes.question(segment, now)
        return question or self._shown(segment, segment.final(), is_final=True)

    def preview(self, segment: Segment, now: float) -> Action | None:
        """Return what shows the segment's next frame; None where it would change nothing."""
        parts, screen = self._parts, segment.screen
        if (question := parts.outcomes.question(segment, now)) is not None:
            return question
        if isinstance(screen, Posted) and self._schedule.open_until(segment) <= now:
            return append.ended(screen, parts.outcomes.route.address)
        line = parts.line(segment)
        fading = now >= self._schedule.alive_until(segment, line)
        frame = self._frame(segment, line, fading=fading)
        if fading and not frame:
            segment.show(Blank())  # the attempt that it showed is void: let it vanish
        parts.progress.is_told()
        if not frame or (not fading and shows(segment.screen, frame)):
            segment.cover()
            parts.outcomes.time(replace(parts.outcomes.route.clock, told=line))
            return None
        return self._shown(segment, frame, is_final=False)

    def _shown(self, segment: Segment, frame: Rendering, *, is_final: bool) -> Action:
        """Return what brings `frame` onto the screen, by the way that the reply takes."""
        parts, route = self._parts, self._parts.outcomes.route
        has_button = parts.config.stop_button and parts.surface.stop_buttons
        is_draft = parts.outcomes.is_drafted(segment) and not is_final
        target = Target(
            address=route.address,
            is_final=is_final,
            reply_to=route.reply_to if segment is parts.segments.all[0] else None,
            stop_button=has_button and not is_final,
            draft_id=(segment.draft_id or self._drafted(segment)) if is_draft else "",
            key=f"{self.key}.{self.posts_made}" if self.key else "",
        )
        action = table.action(route.ways[0], frame, segment.screen, target)
        self.posts_made += isinstance(action, Post)
        return action

    def _drafted(self, segment: Segment) -> str:
        """Begin the draft of a segment; return its id."""
        draft_id = next(self._draft_ids)
        segment.draft_as(draft_id)
        self.drafts = (*self.drafts, draft_id)
        return draft_id

    def _frame(self, segment: Segment, line: str, *, fading: bool) -> Rendering:
        """Return what was said so far, with the line of progress or the cursor.

        A draft that is fading gets a pulse where it would not change otherwise.
        """
        way = self._parts.outcomes.route.ways[0]
        body = frame = segment.final() if segment.sealed else segment.preview()
        if grows(way):
            return body  # what is added cannot be taken back
        if line:
            in_draft = isinstance(way, DraftWay)
            rung = max(self._parts.formats.rung, segment.rung)
            has_blocks = in_draft and rung is Format.BLOCKS
            frame = told(body, line, in_draft=in_draft, has_blocks=has_blocks)
        elif body and not segment.sealed:
            frame = ended(body, self._parts.config.cursor)
        if fading and frame and shows(segment.screen, frame):
            frame = ended(frame, PULSE)
        return frame if frame is body or self._parts.segments.fits(frame) else body
