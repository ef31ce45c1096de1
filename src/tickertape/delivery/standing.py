"""How a reply stands with its channel: where it goes, how its previews travel, what went wrong.

    standing.settle(flight, outcome, now)   what came of an action
    standing.late(flight, outcome)          an answer that came after the reply went on without it

One table (`_refused`) says which ladder belongs to which reason. Every ladder is only stepped down,
and every one ends: at the final alone, at a post instead of an edit, or at giving up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never, cast

from tickertape.chat import Address
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
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
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.flight import (
    Flight,
    Via,
    asked,
    form_of,
    screen_if_accepted,
    screen_if_unheard,
)
from tickertape.delivery.formats import Abilities, Formats
from tickertape.delivery.lost_posts import LostPosts
from tickertape.delivery.marks import EMPTY
from tickertape.delivery.screen import Blank, Drafted, Posted, Unheard, Unshowable
from tickertape.delivery.segment import Segment
from tickertape.delivery.segments import Segments
from tickertape.delivery.tempo import Tempo
from tickertape.delivery.trouble import NO_TROUBLE, Trouble
from tickertape.markup.forms import PLAIN, Blocks, Format, Rendering
from tickertape.markup.plain import alike

__all__ = ["Standing"]

_STUMBLES = 3
_REMOVALS = 2


class Standing:
    """Keeps what outcomes teach one reply."""

    __slots__ = (
        "_abilities",
        "_away",
        "_formats",
        "_left_behind",
        "_raised",
        "_removals",
        "_segments",
        "address",
        "gave_up",
        "posts",
        "reply_to",
        "tempo",
        "trouble",
        "via",
    )

    def __init__(
        self,
        address: Address,
        via: Via,
        segments: Segments,
        formats: Formats,
        abilities: Abilities,
        posts: LostPosts,
        reply_to: int | None = None,
    ) -> None:
        self._segments = segments
        self._formats = formats
        self._abilities = abilities
        self._removals = 0
        self._raised = 0
        self._left_behind: list[str] = []
        self._away: set[Segment] = set()
        self.address = address
        """Where the reply goes."""
        self.reply_to = reply_to
        """The message that the first segment answers, if any."""
        self.via = via
        """How previews are shown."""
        self.tempo = Tempo()
        """The moments from which the next preview is timed."""
        self.trouble: Trouble = NO_TROUBLE
        """What went wrong lately."""
        self.posts = posts
        """The posts whose answers were not heard."""
        self.gave_up: Refused | None = None
        """Why the reply cannot be delivered; None where it can."""

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The texts that may stand on screen beside what should: copies, and what stayed behind."""
        return (*self._left_behind, *self.posts.in_doubt)

    def is_drafted(self, segment: Segment) -> bool:
        """Whether a preview is a draft; a segment that has a message is edited."""
        return self.via is Via.DRAFTS and not isinstance(segment.screen, Posted)

    def can_preview(self, segment: Segment) -> bool:
        """Whether a preview may be shown: not by a post that might be one too many.

        Nor by a draft while a post is looked for, of a text that was taken back: it would hide it.
        """
        if isinstance(segment.screen, Posted | Unheard):
            return isinstance(segment.screen, Posted)
        return self.is_drafted(segment) or not segment.unheard_posts

    def paused_until(self, segment: Segment, *, is_final: bool) -> float:
        """Return until when nothing is tried for the segment's previews, or its final."""
        until = self.trouble.until_for(segment, is_final=is_final)
        return max(until, segment.screen.until) if isinstance(segment.screen, Blank) else until

    def question(self, segment: Segment, now: float) -> Find | Probe | None:
        """Return the call that finds out about a post that was not heard of, if there is one."""
        return self.posts.question(segment, self.address, now)

    def within_reach(self) -> list[Segment]:
        """Give every segment that has a message in the chat where the reply goes."""
        return [segment for segment in self._segments.shown() if segment not in self._away]

    def settle(self, flight: Flight, outcome: Outcome, now: float) -> None:
        """Take in what came of an action."""
        if not isinstance(outcome, Accepted):
            self._undo(flight)
        if not (isinstance(outcome, Unknown) and outcome.cause is Cause.RAISED):
            self._raised = 0
        match outcome:
            case Accepted():
                self._accepted(flight, outcome, now)
            case Throttled(by_flood_control=True):
                pass
            case Throttled() | Unknown(cause=Cause.LOST | Cause.LATE) if flight.shows_typing:
                pass  # it will be shown again, if need be; it says nothing of what is on screen
            case Throttled():
                self.trouble = self.trouble.unreaching(
                    flight.segment, now, outcome.retry_after, is_final=flight.is_final
                )
            case Refused():
                self._refused(flight, outcome, now)
            case Unknown():
                self._unheard(flight, outcome, now)
            case _:
                assert_never(outcome)
        if self.gave_up is not None:
            self.posts.rest()

    def late(self, flight: Flight, outcome: Outcome) -> None:
        """Take in the answer of an action that the reply went on without."""
        self.posts.close(flight)
        if self.gave_up is not None or flight.action.address.chat_id != self.address.chat_id:
            return
        self.posts.late(flight, outcome)
        if isinstance(outcome, Accepted):
            self.trouble = NO_TROUBLE

    def _accepted(self, flight: Flight, outcome: Accepted, now: float) -> None:
        """Take note of what is on screen."""
        action, segment = flight.action, flight.segment
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
            posted = Posted(outcome.message_id, shown, action.stop_button)
            self.posts.posted(segment, posted, action.address.chat_id)
        elif isinstance(action, Post):
            self.posts.numberless(segment, action, screen_if_accepted(flight, shown, now))
        else:
            segment.screen = screen_if_accepted(flight, shown, now)
        if same or not flight.is_final:
            self.trouble = NO_TROUBLE
            return
        self.trouble = self.trouble.worse(segment, now, is_final=True, refused=True)
        if self.trouble.refusals >= _STUMBLES:
            self.gave_up = Refused(Reason.MALFORMED, "the channel shows another text")

    def _undo(self, flight: Flight) -> None:
        """Take note that nothing was shown: what the preview covered is unsent again."""
        segment = flight.segment
        if flight.asks:
            return
        if not flight.is_final:
            self.tempo = flight.tempo
        if not flight.is_final and segment.version is flight.version:
            segment.covered = min(flight.covered, segment.points)
            if flight.unsent_since is not None:
                segment.unsent_since = flight.unsent_since

    def _refused(self, flight: Flight, outcome: Refused, now: float) -> None:
        """Step down the ladder that the reason belongs to."""
        match outcome.reason:
            case Reason.THREAD_GONE if self.address.thread_id is not None:
                self.address = replace(self.address, thread_id=None)
            case Reason.CHAT_MOVED if outcome.moved_to not in (None, self.address.chat_id):
                self._move(flight, outcome, now)
            case Reason.THREAD_GONE | Reason.CHAT_MOVED | Reason.CHAT_DEAD | Reason.UNAUTHORIZED:
                self.gave_up = outcome
            case _ if flight.asks:
                self._heard(flight, outcome)
            case _ if isinstance(flight.action, Delete):
                self._not_deleted(flight, outcome, now)
            case _:
                self._text_refused(flight, outcome, now)

    def _text_refused(self, flight: Flight, outcome: Refused, now: float) -> None:
        """The place is right, and what was to be shown there is not."""
        segment = flight.segment
        match outcome.reason:
            case Reason.DRAFT_UNAVAILABLE if isinstance(flight.action, ShowDraft):
                self._step_down(flight, Via.EDITS, now)
            case Reason.BLOCKS_UNKNOWN | Reason.BLOCKS_FORBIDDEN if _shows_blocks(flight):
                everywhere = outcome.reason is Reason.BLOCKS_UNKNOWN
                self._abilities.lacks_blocks(None if everywhere else self.address.chat_id, now)
                self._formats.rung = max(self._formats.rung, Format.SPANS)
            case Reason.FORMAT_REJECTED if form_of(flight.action) != PLAIN:
                _look_plainer(flight)
            case Reason.MESSAGE_GONE | Reason.NOT_EDITABLE if isinstance(flight.action, Edit):
                self._out_of_reach(flight, outcome.reason, now)
            case Reason.TOO_LONG:
                # A text that changed meanwhile was not the one that is too long.
                if segment.version is flight.version and not self._segments.recut(segment, now):
                    self._stumble(flight, outcome, now)
            case Reason.EMPTY:
                _empty(flight)
            case _:
                if flight.is_final and form_of(flight.action) != PLAIN:
                    _look_plainer(flight)  # nobody knows what it dislikes: perhaps the looks
                self._stumble(flight, outcome, now)

    def _unheard(self, flight: Flight, outcome: Unknown, now: float) -> None:
        """It may be on screen: what was acknowledged before says nothing any more."""
        segment = flight.segment
        if outcome.cause is Cause.LATE:
            self.posts.listen(flight)
        if isinstance(flight.action, Post):
            self.posts.miss(segment, flight.action, is_open=outcome.cause is Cause.LATE)
        if not (isinstance(flight.action, Post) and isinstance(segment.screen, Posted)):
            segment.screen = screen_if_unheard(flight)
        self._stumble(flight, None, now)
        self._raised += outcome.cause is Cause.RAISED
        if self._raised >= _STUMBLES:
            self.gave_up = Refused(Reason.BROKEN_TRANSPORT, outcome.detail)

    def _heard(self, flight: Flight, refused: Refused | None = None) -> None:
        """The channel can be heard: what waited for that need not wait any more.

        That the sign of writing was shown says nothing of what stumbled.
        """
        if not flight.shows_typing:
            self.posts.heard(flight, refused)
            self.trouble = NO_TROUBLE

    def _found(self, flight: Flight, outcome: Accepted) -> None:
        """The message of a post that was not heard of is known."""
        self._heard(flight)
        if outcome.message_id is not None:
            self.posts.found(flight.segment, outcome.message_id)

    def part(self, now: float) -> None:
        """Leave the messages in an old chat behind whose texts are not complete, or are void again.

        Their numbers mean other messages where the chat is now.
        """
        for segment in self._segments.unsettled():
            if segment in self._away:
                self._leave_behind(segment)
                segment.wipe(now)
                _forget_emptiness(segment)
                self._away.discard(segment)

    def _move(self, flight: Flight, outcome: Refused, now: float) -> None:
        """The chat has another number: its messages have others too, and stay where they are."""
        self._away.update(self._segments.shown())
        self.part(now)
        self.address = replace(self.address, chat_id=cast("int", outcome.moved_to))
        self.posts.move(self.address)
        self.reply_to = None  # its number means another message there
        flight.segment.wipe(now)
        self._stumble(flight, None, now)  # nothing was refused but the place

    def _out_of_reach(self, flight: Flight, reason: Reason, now: float) -> None:
        """A reader took the message away, or it is frozen: its text is posted anew.

        The second time only the final is, lest a reader who deletes be pestered.
        """
        if reason is Reason.NOT_EDITABLE:
            self._leave_behind(flight.segment)
        flight.segment.wipe(now)
        _forget_emptiness(flight.segment)
        self._removals += 1
        if self._removals >= _REMOVALS:
            self._step_down(flight, Via.FINALS_ONLY, now)

    def _not_deleted(self, flight: Flight, outcome: Refused, now: float) -> None:
        """The message is gone already, or it stays: then it says that it is empty."""
        match outcome.reason:
            case Reason.MESSAGE_GONE:
                flight.segment.screen = Blank()
            case Reason.NOT_EDITABLE:
                flight.segment.mark = EMPTY
            case _:
                self._stumble(flight, outcome, now)

    def _leave_behind(self, segment: Segment) -> None:
        """Note that the segment's message stays beside the one to come."""
        screen = segment.screen
        if isinstance(screen, Posted):
            self._left_behind += [shown.text for shown in (screen.shown, *screen.unheard)]

    def _stumble(self, flight: Flight, refused: Refused | None, now: float) -> None:
        """Pause, longer each time.

        A preview's step of the ladder is left after three refusals in a row; silence never leads
        down. A final that is refused three times over is posted instead of edited, and then given
        up.
        """
        self.trouble = trouble = self.trouble.worse(
            flight.segment, now, is_final=flight.is_final, refused=refused is not None
        )
        often = trouble.refusals >= _STUMBLES
        match flight.action:
            case ShowDraft() if often:
                self._step_down(flight, Via.EDITS, now)
            case Post() | Edit() if often and not flight.is_final:
                self._step_down(flight, Via.FINALS_ONLY, now)
            case Edit() if often:
                self._leave_behind(flight.segment)
                flight.segment.screen = Blank()
                _forget_emptiness(flight.segment)
                self.trouble = NO_TROUBLE
            case Delete() if often:
                flight.segment.mark = EMPTY
                self.trouble = NO_TROUBLE
            case Post() if often:
                self.gave_up = refused
            case _:
                pass

    def _step_down(self, flight: Flight, via: Via, now: float) -> None:
        """Show previews another way from here on; what was shown is shown again that way."""
        if via > self.via:
            self.via = via
            self.trouble = NO_TROUBLE
            self.tempo = Tempo()
            if isinstance(flight.segment.screen, Drafted):
                flight.segment.wipe(now)  # it will vanish, for nobody keeps it alive


def _shows_blocks(flight: Flight) -> bool:
    return isinstance(form_of(flight.action), Blocks)


def _look_plainer(flight: Flight) -> None:
    """The form was refused: the segment's text is shown in the next one."""
    rung = Format.SPANS if _shows_blocks(flight) else Format.PLAIN
    flight.segment.rung = max(flight.segment.rung, rung)


def _empty(flight: Flight) -> None:
    """The channel finds nothing to show in the text."""
    segment = flight.segment
    if segment.version is not flight.version:
        return  # another text than the one that has nothing to show
    segment.covered = flight.points
    if flight.is_final and isinstance(segment.screen, Posted) and not segment.mark:
        segment.mark = EMPTY
    elif flight.is_final:
        segment.screen = Unshowable()


def _forget_emptiness(segment: Segment) -> None:
    """A message that could not even be marked as empty is left alone: nothing is posted for it."""
    if segment.mark == EMPTY and not segment.points:
        segment.mark = ""
