"""What outcomes teach one reply: what is on screen, where it goes, how its previews travel.

    outcomes.settle(flight, outcome, now)   what came of an action
    outcomes.late(flight, outcome)          an answer that came after the reply went on without it

What follows from refusals stands in `tickertape.delivery.reply.ladders`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Cause,
    ClearButtons,
    Delete,
    Find,
    Outcome,
    Post,
    PostVoice,
    Probe,
    Reason,
    Refused,
    Throttled,
    Unknown,
)
from tickertape.delivery.limits.budget import Family
from tickertape.delivery.lost import late_answers
from tickertape.delivery.reply.backoff import NO_FAILURE
from tickertape.delivery.reply.in_flight import InFlight
from tickertape.delivery.reply.ladders import Ladders
from tickertape.delivery.reply.preview_clock import PreviewClock
from tickertape.delivery.reply.screen import Blank, Posted, Unheard
from tickertape.delivery.reply.segment import Segment
from tickertape.delivery.ways import DraftWay, WholeWay
from tickertape.delivery.ways.table import VERBS
from tickertape.markup.forms import Rendering
from tickertape.markup.plain import alike

__all__ = ["Outcomes"]

_NOTHING = Rendering("")
_MOST_OTHERS = 3
"""How often a channel may show another text than the final that it was given."""
_MOST_RAISED = 3
"""How often in a row a transport may raise instead of telling an outcome."""


class Outcomes(Ladders):
    """Takes in the outcomes of one reply."""

    __slots__ = ()

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The texts that may stand next to what should: copies, and what stayed behind."""
        return (*self.route.left_behind, *self.posts.in_doubt)

    def preview_family(self, segment: Segment) -> Family | None:
        """Return the limit that a preview counts against; None where none may be shown.

        That is not by a post that might be one too many, nor by a draft while a post is looked for,
        of a text that was taken back: it would hide it.
        """
        screen, way = segment.screen, self.route.ways[0]
        if isinstance(way, WholeWay) or isinstance(screen, Unheard):
            return None
        if isinstance(screen, Posted):
            return Family.MESSAGES
        if isinstance(way, DraftWay):
            return Family.DRAFTS
        return None if segment.unheard_posts else Family.MESSAGES

    def paused_until(self, segment: Segment, *, is_final: bool) -> float:
        """Return until when nothing is tried for the segment's previews, or its final."""
        backoff, screen = self.route.backoff, segment.screen
        until = screen.until if isinstance(screen, Blank) else NO_FAILURE.until
        if backoff is NO_FAILURE:
            return until
        return max(until, backoff.until_for(segment.number, is_final=is_final))

    def within_reach(self) -> list[Segment]:
        """Return every segment that has a message in the chat where the reply goes."""
        return [
            segment for segment in self._segments.shown() if segment.number not in self.route.away
        ]

    def recall(self, now: float) -> None:
        """Record with the chat what stands there, or may, since before a restart."""
        screens = (segment.screen for segment in self.within_reach())
        self.posts.recall((one.message_id for one in screens if isinstance(one, Posted)), now)

    def time(self, clock: PreviewClock) -> None:
        """Set the moments from which the next preview is timed."""
        self.route = replace(self.route, clock=clock)

    def give_up(self, why: Refused) -> None:
        """Record that the reply cannot be delivered: none of its posts is looked for any more."""
        self.route = replace(self.route, gave_up=why)
        self.posts.rest()

    def settle(self, flight: InFlight, outcome: Outcome, now: float) -> None:
        """Take in what came of an action."""
        match outcome:
            case Accepted():
                self._accepted(flight, outcome, now)
                if flight.action.address.chat != self.route.address.chat:
                    self.stay([self._segments[flight.segment]], now)
                return
            case Unknown(cause=Cause.LOST | Cause.LATE) if flight.shows_typing:
                pass  # it will be shown again, if need be; it says nothing of what is on screen
            case Unknown():
                self._undo(flight)
                self._unheard(flight, outcome, now)
            case Throttled():
                self._undo(flight)
            case Refused():
                self._undo(flight)
                self._made_nothing(flight)
            case _:
                assert_never(outcome)
        self._not_accepted(flight, outcome, now)

    def late(self, flight: InFlight, outcome: Outcome, now: float) -> None:
        """Take in the answer of an action that the reply went on without."""
        self.posts.close(flight)
        is_here = not self.is_elsewhere(flight)
        if is_here:
            late_answers.take(flight, outcome, self._segments, self.posts, now)
        if not isinstance(outcome, Accepted):
            self._not_accepted(flight, outcome, now)
        elif is_here:
            self.posts.open.land(flight)
            self.recover()

    def _not_accepted(
        self, flight: InFlight, outcome: Throttled | Refused | Unknown, now: float
    ) -> None:
        """Do what follows, whenever that was heard, apart from what it says of the screen."""
        if not isinstance(outcome, Unknown) or outcome.cause is not Cause.LATE:
            is_raised = isinstance(outcome, Unknown) and outcome.cause is Cause.RAISED
            self.route = replace(self.route, raised=self.route.raised + 1 if is_raised else 0)
        match outcome:
            case Throttled(by_flood_control=False) if not (
                flight.shows_typing or self.is_past(flight)
            ):
                backoff = self.route.backoff.unreaching(
                    flight.segment, now, outcome.retry_after, is_final=flight.is_final
                )
                self.route = replace(self.route, backoff=backoff)
            case Refused():
                self.refused(flight, outcome, now)
            case Unknown(detail=detail) if self.route.raised >= _MOST_RAISED:
                self.give_up(Refused(Reason.BROKEN_TRANSPORT, detail))
        if self.route.gave_up is not None:
            self.posts.rest()

    def _accepted(self, flight: InFlight, outcome: Accepted, now: float) -> None:
        """Record what is on screen."""
        if self.route.raised:
            self.route = replace(self.route, raised=0)
        action, segment = flight.action, self._segments[flight.segment]
        if isinstance(action, Probe | Acknowledge | PostVoice | ClearButtons):
            self.heard(flight)
            return
        if isinstance(action, Find):
            self._found(flight, outcome)
            return
        if self.posts.open.all:
            self.posts.open.land(flight)
        wanted = _NOTHING if isinstance(action, Delete) else Rendering(action.text, action.form)
        same = outcome.shown == wanted.text or alike(outcome.shown, wanted.text)
        shown = wanted if same else Rendering(outcome.shown)
        if isinstance(action, Post) and outcome.message_id is not None:
            open_since = flight.since if action.is_open else None
            posted = Posted(
                outcome.message_id,
                shown,
                action.stop_button,
                open_since=open_since,
                nth=flight.nth,
            )
            self.posts.posted(segment, posted, action, flight.since)
        else:
            verbs = VERBS[type(self.route.ways[0])]
            screen = verbs.accepted(flight, segment.screen, shown, now)
            if isinstance(action, Post):
                self.posts.without_id(segment, action, flight, screen)
            else:
                segment.show(screen)
        if same or not flight.is_final:
            if self.route.backoff is not NO_FAILURE:
                self.recover()
            return
        backoff = self.route.backoff.worse(segment.number, now, is_final=True, refused=True)
        self.route = replace(self.route, backoff=backoff)
        if backoff.refusals >= _MOST_OTHERS:
            self.give_up(Refused(Reason.MALFORMED, "the channel shows another text"))

    def _made_nothing(self, flight: InFlight) -> None:
        """Record that no message was made for the key of a post, also not when it was lost."""
        segment = self._segments[flight.segment]
        is_repeated = isinstance(flight.action, Post) and bool(flight.action.key)
        if is_repeated and isinstance(segment.screen, Unheard):
            segment.show(Blank())

    def _undo(self, flight: InFlight) -> None:
        """Record that nothing was shown: what the preview covered is unsent again."""
        segment = self._segments[flight.segment]
        if flight.asks:
            return
        if not flight.is_final:
            self.route = replace(self.route, clock=flight.clock)
        if not flight.is_final and segment.version == flight.version:
            segment.cover_to(flight.covered)
            if flight.unsent_since is not None:
                segment.wait_since(flight.unsent_since)

    def _unheard(self, flight: InFlight, outcome: Unknown, now: float) -> None:
        """It may be on screen: what was acknowledged before says nothing any more."""
        segment = self._segments[flight.segment]
        is_late = outcome.cause is Cause.LATE
        if is_late:
            self.posts.open.add(flight)
        if isinstance(flight.action, Post) and not flight.action.key:
            self.posts.miss(segment, flight.action, flight, is_late=is_late, is_there=False)
            if segment.version != flight.version:
                segment.start_over()  # its text was taken back while it was on its way
        if not (isinstance(flight.action, Post) and isinstance(segment.screen, Posted)):
            segment.show(VERBS[type(self.route.ways[0])].unheard(flight, segment.screen))
        self.failed(flight, None, now)

    def _found(self, flight: InFlight, outcome: Accepted) -> None:
        """The message of a post that was not heard of is known."""
        self.heard(flight)
        if outcome.message_id is not None:
            segment = self._segments[flight.segment]
            self.posts.found(segment, outcome.message_id, outcome.shown)
