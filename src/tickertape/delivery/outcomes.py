"""How a reply stands with its channel: where it goes, how its previews travel, what went wrong.

    standing.settle(flight, outcome, now)   what came of an action
    standing.late(flight, outcome)          an answer that came after the reply went on without it

One table (`_refused`) says which ladder belongs to which reason. Every ladder is only stepped down,
and every one ends: at the final alone, at a post instead of an edit, or at giving up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never, cast

from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Append,
    Cause,
    ClearButtons,
    Delete,
    Edit,
    Find,
    Outcome,
    Post,
    PostVoice,
    Probe,
    Reason,
    Refused,
    Seal,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.backoff import NO_FAILURE
from tickertape.delivery.formats import Abilities, Formats
from tickertape.delivery.in_flight import InFlight, form_of
from tickertape.delivery.lost_posts import LostPosts
from tickertape.delivery.marks import EMPTY
from tickertape.delivery.preview_clock import PreviewClock
from tickertape.delivery.route import Route
from tickertape.delivery.screen import Blank, Drafted, Posted, Unheard, Unshowable, asked
from tickertape.delivery.segment import Segment
from tickertape.delivery.segments import Segments
from tickertape.delivery.ways import DraftWay, table
from tickertape.markup.forms import PLAIN, Blocks, Format, Rendering
from tickertape.markup.plain import alike

__all__ = ["Outcomes", "Route"]

_STUMBLES = 3
_REMOVALS = 2


class Outcomes:
    """Keeps what outcomes teach one reply."""

    __slots__ = ("_abilities", "_formats", "_segments", "posts", "route")

    def __init__(
        self,
        route: Route,
        segments: Segments,
        formats: Formats,
        abilities: Abilities,
        posts: LostPosts,
    ) -> None:
        self._segments = segments
        self._formats = formats
        self._abilities = abilities
        self.route = route
        """Where the reply goes, and what went wrong on the way."""
        self.posts = posts
        """The posts whose answers were not heard."""

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The texts that may stand on screen beside what should: copies, and what stayed behind."""
        return (*self.route.left_behind, *self.posts.in_doubt)

    def is_drafted(self, segment: Segment) -> bool:
        """Whether a preview is a draft; a segment that has a message is edited."""
        return isinstance(self.route.way, DraftWay) and not isinstance(segment.screen, Posted)

    def can_preview(self, segment: Segment) -> bool:
        """Whether a preview may be shown: not by a post that might be one too many.

        Nor by a draft while a post is looked for, of a text that was taken back: it would hide it.
        """
        if isinstance(segment.screen, Posted | Unheard):
            return isinstance(segment.screen, Posted)
        return self.is_drafted(segment) or not segment.unheard_posts

    def paused_until(self, segment: Segment, *, is_final: bool) -> float:
        """Return until when nothing is tried for the segment's previews, or its final."""
        until = self.route.backoff.until_for(segment.number, is_final=is_final)
        return max(until, segment.screen.until) if isinstance(segment.screen, Blank) else until

    def question(self, segment: Segment, now: float) -> Find | Probe | None:
        """Return the call that finds out about a post that was not heard of, if there is one."""
        return self.posts.question(segment, self.route.address, now)

    def within_reach(self) -> list[Segment]:
        """Give every segment that has a message in the chat where the reply goes."""
        return [
            segment for segment in self._segments.shown() if segment.number not in self.route.away
        ]

    def time(self, clock: PreviewClock) -> None:
        """Set the moments from which the next preview is timed."""
        self.route = replace(self.route, clock=clock)

    def give_up(self, why: Refused) -> None:
        """Take note that the reply cannot be delivered."""
        self.route = replace(self.route, gave_up=why)

    def settle(self, flight: InFlight, outcome: Outcome, now: float) -> None:
        """Take in what came of an action."""
        if not isinstance(outcome, Accepted):
            self._undo(flight)
        if not (isinstance(outcome, Unknown) and outcome.cause is Cause.RAISED):
            self.route = replace(self.route, raised=0)
        match outcome:
            case Accepted():
                self._accepted(flight, outcome, now)
            case Throttled(by_flood_control=True):
                pass
            case Throttled() | Unknown(cause=Cause.LOST | Cause.LATE) if flight.shows_typing:
                pass  # it will be shown again, if need be; it says nothing of what is on screen
            case Throttled():
                backoff = self.route.backoff.unreaching(
                    flight.segment, now, outcome.retry_after, is_final=flight.is_final
                )
                self.route = replace(self.route, backoff=backoff)
            case Refused():
                self._refused(flight, outcome, now)
            case Unknown():
                self._unheard(flight, outcome, now)
            case _:
                assert_never(outcome)
        if self.route.gave_up is not None:
            self.posts.rest()

    def late(self, flight: InFlight, outcome: Outcome) -> None:
        """Take in the answer of an action that the reply went on without."""
        self.posts.close(flight)
        if self.route.gave_up is not None or flight.action.address.chat != self.route.address.chat:
            return
        self.posts.late(flight, outcome)
        if isinstance(outcome, Accepted):
            self.route = replace(self.route, backoff=NO_FAILURE)

    def _accepted(self, flight: InFlight, outcome: Accepted, now: float) -> None:
        """Take note of what is on screen."""
        action, segment = flight.action, self._segments[flight.segment]
        if isinstance(action, Probe | Acknowledge | PostVoice | ClearButtons):
            self._heard(flight)
            return
        if isinstance(action, Find):
            self._found(flight, outcome)
            return
        wanted = Rendering("") if isinstance(action, Delete) else asked(action)
        same = alike(outcome.shown, wanted.text)
        shown = wanted if same else Rendering(outcome.shown)
        if isinstance(action, Post) and outcome.message_id is not None:
            open_since = flight.since if action.is_open else None
            posted = Posted(outcome.message_id, shown, action.stop_button, open_since=open_since)
            self.posts.posted(segment, posted, action.address.chat)
        elif isinstance(action, Post):
            self.posts.miss(segment, action, is_sought=False)
        if not (isinstance(action, Post) and isinstance(segment.screen, Posted)):
            segment.show(table.accepted(self.route.way, flight, segment.screen, shown, now))
        if same or not flight.is_final:
            self.route = replace(self.route, backoff=NO_FAILURE)
            return
        self.route = replace(
            self.route,
            backoff=self.route.backoff.worse(segment.number, now, is_final=True, refused=True),
        )
        if self.route.backoff.refusals >= _STUMBLES:
            self.route = replace(
                self.route, gave_up=Refused(Reason.MALFORMED, "the channel shows another text")
            )

    def _undo(self, flight: InFlight) -> None:
        """Take note that nothing was shown: what the preview covered is unsent again."""
        segment = self._segments[flight.segment]
        if flight.asks:
            return
        if not flight.is_final:
            self.route = replace(self.route, clock=flight.clock)
        if not flight.is_final and segment.version == flight.version:
            segment.cover_to(flight.covered)
            if flight.unsent_since is not None:
                segment.wait_since(flight.unsent_since)

    def _refused(self, flight: InFlight, outcome: Refused, now: float) -> None:
        """Step down the ladder that the reason belongs to."""
        match outcome.reason:
            case Reason.THREAD_GONE if self.route.address.thread is not None:
                self.route = replace(self.route, address=replace(self.route.address, thread=None))
            case Reason.CHAT_MOVED if outcome.moved_to not in (None, self.route.address.chat):
                self._move(flight, outcome, now)
            case Reason.THREAD_GONE | Reason.CHAT_MOVED | Reason.CHAT_DEAD | Reason.UNAUTHORIZED:
                self.route = replace(self.route, gave_up=outcome)
            case Reason.STREAM_OVER if isinstance(flight.action, Append | Seal):
                self._is_over(self._segments[flight.segment])
            case _ if isinstance(flight.action, Seal):
                self._text_refused(flight, outcome, now)
            case _ if flight.asks:
                self._heard(flight, outcome)
            case _ if isinstance(flight.action, Delete):
                self._not_deleted(flight, outcome, now)
            case _:
                self._text_refused(flight, outcome, now)

    def _text_refused(self, flight: InFlight, outcome: Refused, now: float) -> None:
        """The place is right, and what was to be shown there is not."""
        segment = self._segments[flight.segment]
        match outcome.reason:
            case Reason.DRAFT_UNAVAILABLE if isinstance(flight.action, ShowDraft):
                self._step_down(flight, now)
            case Reason.STREAM_UNAVAILABLE if _opens(flight.action):
                self._step_down(flight, now)
            case Reason.BLOCKS_UNKNOWN | Reason.BLOCKS_FORBIDDEN if _shows_blocks(flight):
                everywhere = outcome.reason is Reason.BLOCKS_UNKNOWN
                self._abilities.lacks_blocks(None if everywhere else self.route.address.chat, now)
                self._formats.step_down(Format.SPANS)
            case Reason.FORMAT_REJECTED if form_of(flight.action) != PLAIN:
                _look_plainer(flight, segment)
            case Reason.MESSAGE_GONE | Reason.NOT_EDITABLE if _changes(flight.action):
                self._out_of_reach(flight, outcome.reason, now)
            case Reason.TOO_LONG:
                # A text that changed meanwhile was not the one that is too long.
                if segment.version == flight.version and not self._segments.shrink(segment, now):
                    self._stumble(flight, outcome, now)
            case Reason.EMPTY:
                _empty(flight, segment)
            case _:
                if flight.is_final and form_of(flight.action) != PLAIN:
                    _look_plainer(
                        flight, segment
                    )  # nobody knows what it dislikes: perhaps the looks
                self._stumble(flight, outcome, now)

    def _unheard(self, flight: InFlight, outcome: Unknown, now: float) -> None:
        """It may be on screen: what was acknowledged before says nothing any more."""
        segment = self._segments[flight.segment]
        if outcome.cause is Cause.LATE:
            self.posts.listen(flight)
        if isinstance(flight.action, Post):
            self.posts.miss(segment, flight.action, is_open=outcome.cause is Cause.LATE)
        if not (isinstance(flight.action, Post) and isinstance(segment.screen, Posted)):
            segment.show(table.unheard(self.route.way, flight, segment.screen))
        self._stumble(flight, None, now)
        self.route = replace(self.route, raised=self.route.raised + (outcome.cause is Cause.RAISED))
        if self.route.raised >= _STUMBLES:
            self.route = replace(
                self.route, gave_up=Refused(Reason.BROKEN_TRANSPORT, outcome.detail)
            )

    def _heard(self, flight: InFlight, refused: Refused | None = None) -> None:
        """The channel can be heard: what waited for that need not wait any more.

        That the sign of writing was shown says nothing of what stumbled.
        """
        if not flight.shows_typing:
            self.posts.heard(flight, refused)
            self.route = replace(self.route, backoff=NO_FAILURE)

    def _found(self, flight: InFlight, outcome: Accepted) -> None:
        """The message of a post that was not heard of is known."""
        self._heard(flight)
        if outcome.message_id is not None:
            self.posts.found(self._segments[flight.segment], outcome.message_id)

    def part(self, now: float) -> None:
        """Leave the messages in an old chat behind whose texts are not complete, or are void again.

        Their ids mean other messages where the chat is now.
        """
        for segment in self._segments.unsettled():
            if segment.number in self.route.away:
                self._leave_behind(segment)
                segment.wipe(now)
                _forget_emptiness(segment)
                self.route = replace(self.route, away=self.route.away - {segment.number})

    def _move(self, flight: InFlight, outcome: Refused, now: float) -> None:
        """The chat has another id: its messages have others too, and stay where they are."""
        away = self.route.away | {segment.number for segment in self._segments.shown()}
        self.route = replace(self.route, away=away)
        self.part(now)
        self.route = replace(
            self.route, address=replace(self.route.address, chat=cast("str", outcome.moved_to))
        )
        self.posts.move(self.route.address)
        self.route = replace(self.route, reply_to=None)  # its id means another message there
        self._segments[flight.segment].wipe(now)
        self._stumble(flight, None, now)  # nothing was refused but the place

    def _out_of_reach(self, flight: InFlight, reason: Reason, now: float) -> None:
        """A reader took the message away, or it is frozen: its text is posted anew.

        The second time only the final is, lest a reader who deletes be pestered.
        """
        segment = self._segments[flight.segment]
        if reason is Reason.NOT_EDITABLE:
            self._leave_behind(segment)
        segment.wipe(now)
        _forget_emptiness(segment)
        self.route = replace(self.route, removals=self.route.removals + 1)
        if self.route.removals >= _REMOVALS:
            self._step_down(flight, now, to_last=True)

    def _not_deleted(self, flight: InFlight, outcome: Refused, now: float) -> None:
        """The message is gone already, or it stays: then it says that it is empty."""
        segment = self._segments[flight.segment]
        match outcome.reason:
            case Reason.MESSAGE_GONE:
                segment.show(Blank())
            case Reason.NOT_EDITABLE:
                segment.annotate(EMPTY)
            case _:
                self._stumble(flight, outcome, now)

    def _leave_behind(self, segment: Segment) -> None:
        """Note that the segment's message stays beside the one to come."""
        screen = segment.screen
        if isinstance(screen, Posted):
            texts = (shown.text for shown in (screen.shown, *screen.unheard))
            self.route = replace(self.route, left_behind=(*self.route.left_behind, *texts))

    def _stumble(self, flight: InFlight, refused: Refused | None, now: float) -> None:
        """Pause, longer each time.

        A preview's step of the ladder is left after three refusals in a row; silence never leads
        down. A final that is refused three times over is posted instead of edited, and then given
        up.
        """
        backoff = self.route.backoff.worse(
            flight.segment, now, is_final=flight.is_final, refused=refused is not None
        )
        self.route = replace(self.route, backoff=backoff)
        segment = self._segments[flight.segment]
        often = backoff.refusals >= _STUMBLES
        match flight.action:
            case ShowDraft() if often:
                self._step_down(flight, now)
            case Post(is_open=True) if often:
                self._step_down(flight, now)
            case Append() | Seal() if often:
                self._is_over(segment)
                self.route = replace(self.route, backoff=NO_FAILURE)
            case Post() | Edit() if often and not flight.is_final:
                self._step_down(flight, now, to_last=True)
            case Edit() if often:
                self._leave_behind(segment)
                segment.show(Blank())
                _forget_emptiness(segment)
                self.route = replace(self.route, backoff=NO_FAILURE)
            case Delete() if often:
                segment.annotate(EMPTY)
                self.route = replace(self.route, backoff=NO_FAILURE)
            case Post() if often:
                self.route = replace(self.route, gave_up=refused)
            case _:
                pass

    def _step_down(self, flight: InFlight, now: float, *, to_last: bool = False) -> None:
        """Show previews another way from here on; what was shown is shown again that way."""
        stepped = self.route.stepped_down(to_last=to_last)
        if stepped is not self.route:
            self.route = stepped
            segment = self._segments[flight.segment]
            if isinstance(segment.screen, Drafted):
                segment.wipe(now)  # it will vanish, for nobody keeps it alive

    def _is_over(self, segment: Segment) -> None:
        """Take note that nothing can be added to the segment's message: it is edited from here."""
        if isinstance(segment.screen, Posted):
            segment.show(replace(segment.screen, open_since=None))


def _opens(action: Action) -> bool:
    return isinstance(action, Post) and action.is_open


def _changes(action: Action) -> bool:
    return isinstance(action, Edit | Append | Seal)


def _shows_blocks(flight: InFlight) -> bool:
    return isinstance(form_of(flight.action), Blocks)


def _look_plainer(flight: InFlight, segment: Segment) -> None:
    """The form was refused: the segment's text is shown in the next one."""
    rung = Format.SPANS if _shows_blocks(flight) else Format.PLAIN
    segment.step_down(rung)


def _empty(flight: InFlight, segment: Segment) -> None:
    """The channel finds nothing to show in the text."""
    if segment.version != flight.version:
        return  # another text than the one that has nothing to show
    segment.cover_to(flight.points)
    if flight.is_final and isinstance(segment.screen, Posted) and not segment.mark:
        segment.annotate(EMPTY)
    elif flight.is_final:
        segment.show(Unshowable())


def _forget_emptiness(segment: Segment) -> None:
    """A message that could not even be marked as empty is left alone: nothing is posted for it."""
    if segment.mark == EMPTY and not segment.points:
        segment.annotate("")
