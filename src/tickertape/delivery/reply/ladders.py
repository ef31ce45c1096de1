"""The ladders that a reply steps down: what follows from refusals and failures.

Every ladder is only stepped down, and every one ends: at the final alone, at a post instead of an
edit, or at giving up. Which one belongs to which reason stands in
`tickertape.delivery.reply.rules`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from tickertape.delivery.actions import Append, Delete, Edit, Reason, Refused, Seal, ShowDraft
from tickertape.delivery.formats import Abilities, Formats
from tickertape.delivery.lost.lost_posts import LostPosts
from tickertape.delivery.marks import EMPTY
from tickertape.delivery.reply.backoff import NO_FAILURE
from tickertape.delivery.reply.in_flight import InFlight, form_of
from tickertape.delivery.reply.route import Route
from tickertape.delivery.reply.rules import AFTER_THREE, RULES, Then, asked_of
from tickertape.delivery.reply.screen import Blank, Drafted, Posted, Unshowable
from tickertape.delivery.reply.segment import Segment
from tickertape.delivery.reply.segments import Segments
from tickertape.delivery.ways import DraftWay, Way, grows
from tickertape.markup.forms import PLAIN, Blocks, Format

__all__ = ["Ladders"]

_LACKING: Final = {Then.NO_BLOCKS_HERE, Then.NO_BLOCKS_ANYWHERE}
_MOST_REFUSALS = 3
_MOST_REMOVALS = 2
"""How often a message may be taken away until only finals are posted: who deletes shall not be
pestered."""


class Ladders:
    """Takes in the refusals and failures of one reply."""

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
        self.posts = posts
        """The posts whose answers were not heard."""
        self.route = route
        """Where the reply goes, and what went wrong on the way."""

    def recover(self) -> None:
        """Record that nothing fails any more."""
        if self.route.backoff != NO_FAILURE or self.route.raised:
            self.route = replace(self.route, backoff=NO_FAILURE, raised=0)

    def is_elsewhere(self, flight: InFlight) -> bool:
        """Return whether the reply went elsewhere, or nowhere, while an action was open."""
        route = self.route
        return route.gave_up is not None or flight.action.address.chat != route.address.chat

    def refused(self, flight: InFlight, why: Refused, now: float) -> None:
        """Do what follows from a refusal: nothing, where it is about what is no more.

        What a chat or a channel lacks, it lacks all the same.
        """
        then = RULES[asked_of(flight.action), why.reason]
        if then in _LACKING or not self.is_past(flight):
            self._follow(then, flight, why, now)

    def failed(self, flight: InFlight, refused: Refused | None, now: float) -> None:
        """Pause, longer each time; after three refusals in a row do what follows from them.

        Silence never leads down.
        """
        backoff = self.route.backoff.worse(
            flight.segment, now, is_final=flight.is_final, refused=refused is not None
        )
        self.route = replace(self.route, backoff=backoff)
        if backoff.refusals < _MOST_REFUSALS:
            return
        then = AFTER_THREE.get((asked_of(flight.action), flight.is_final))
        if then is Then.POST_ANEW:
            segment = self._segments[flight.segment]
            self._leave_behind(segment)
            segment.show(Blank())
            _forget_emptiness(segment)
            self._segments.move_up(segment, now)
            self.recover()
        elif then is not None:
            self._follow(then, flight, refused or Refused(Reason.MALFORMED), now)
            if then in {Then.ADD_NO_MORE, Then.SAY_EMPTY}:
                self.recover()

    def heard(self, flight: InFlight, refused: Refused | None = None) -> None:
        """Record that a question was answered: what waited for the channel need not wait any more.

        That the sign of writing was shown says nothing of what stumbled.
        """
        if not flight.shows_typing:
            self.posts.heard(flight, refused)
            self.route = replace(self.route, backoff=self.route.backoff.heard())

    def stay(self, segments: list[Segment], now: float) -> None:
        """Record segments whose messages are in a chat that has another id by now."""
        away = self.route.away | {segment.number for segment in segments}
        self.route = replace(self.route, away=away)
        self.part(self._segments.unsettled(), now)

    def part(self, segments: list[Segment], now: float) -> None:
        """Leave those messages of segments behind that are in an old chat.

        Their ids mean other messages where the chat is now: only what is complete can stay there.
        """
        for segment in segments:
            if segment.number in self.route.away:
                self._leave_behind(segment)
                segment.wipe(now)
                _forget_emptiness(segment)
                self.route = replace(self.route, away=self.route.away - {segment.number})

    def is_past(self, flight: InFlight) -> bool:
        """Return whether the reply went on from what an action was about, while it was open.

        Something newer was accepted, or the chat has moved, or the segment has another message.
        """
        if flight.since < self.posts.open.landed or self.is_elsewhere(flight):
            return True
        screen = self._segments[flight.segment].screen
        message_id = screen.message_id if isinstance(screen, Posted) else None
        match flight.action:
            case Edit() | Append() | Seal() | Delete() as action:
                return action.message_id != message_id
            case _:
                return False

    def _follow(self, then: Then, flight: InFlight, why: Refused, now: float) -> None:  # noqa: C901, PLR0912 - one for each consequence
        segment = self._segments[flight.segment]
        match then:
            case Then.TRY_AGAIN:
                self._try_again(flight, segment, why, now)
            case Then.NEXT_WAY:
                if _is_by(self.route.ways[0], flight):
                    self._step_down(segment, now, to_last=False)
            case Then.LAST_WAY:
                self._step_down(segment, now, to_last=True)
            case Then.ADD_NO_MORE if grows(self.route.ways[0]):
                self._step_down(segment, now, to_last=False)
            case Then.EDIT_INSTEAD | Then.ADD_NO_MORE:
                if isinstance(segment.screen, Posted):
                    segment.show(replace(segment.screen, open_since=None))
            case Then.POST_ANEW:
                self._out_of_reach(segment, why.reason, now)
            case Then.PLAINER | Then.NO_BLOCKS_HERE | Then.NO_BLOCKS_ANYWHERE:
                self._look_plainer(then, flight, segment, why, now)
            case Then.SHRINK:
                # A text that changed meanwhile was not the one that is too long.
                is_it = segment.version == flight.version
                if is_it and not self._segments.shrink(segment, now):
                    self.failed(flight, why, now)
                self.part(self._segments.unsettled(), now)
            case Then.SHOW_NOTHING:
                _show_nothing(flight, segment)
            case Then.IS_GONE:
                segment.show(Blank())
            case Then.SAY_EMPTY:
                segment.annotate(EMPTY)
            case Then.NO_ANSWER:
                self.heard(flight, why)
            case Then.LEAVE_TOPIC:
                self._leave_topic(flight, why)
            case Then.MOVE:
                self._move(flight, segment, why, now)
            case Then.GIVE_UP:
                self.route = replace(self.route, gave_up=why)
            case _ as unreachable:
                assert_never(unreachable)

    def _try_again(self, flight: InFlight, segment: Segment, why: Refused, now: float) -> None:
        """Pause; a final that is refused for nothing in particular looks plainer next time."""
        if flight.is_final and form_of(flight.action) != PLAIN:
            _show_plainer(flight, segment)
        self.failed(flight, why, now)

    def _step_down(self, segment: Segment, now: float, *, to_last: bool) -> None:
        """Show previews another way from here on; what was shown is shown again that way."""
        stepped = self.route.stepped_down(to_last=to_last)
        if stepped is not self.route:
            self.route = stepped
            if isinstance(segment.screen, Drafted):
                segment.wipe(now)  # it will vanish: nothing keeps it alive

    def _look_plainer(
        self, then: Then, flight: InFlight, segment: Segment, why: Refused, now: float
    ) -> None:
        """Show the segment's text, or all texts of the chat or the channel, in a plainer form."""
        form = form_of(flight.action)
        if form == PLAIN or (then is not Then.PLAINER and not isinstance(form, Blocks)):
            self._try_again(flight, segment, why, now)  # it has no form that could be refused
        elif then is Then.PLAINER:
            _show_plainer(flight, segment)
        else:
            chat = self.route.address.chat if then is Then.NO_BLOCKS_HERE else None
            self._abilities.lacks_blocks(chat, now)
            self._formats.step_down(Format.SPANS)

    def _leave_topic(self, flight: InFlight, why: Refused) -> None:
        if flight.action.address.thread is None:
            self.route = replace(self.route, gave_up=why)
        else:
            address = replace(self.route.address, thread=None)
            self.route = replace(self.route, address=address)

    def _move(self, flight: InFlight, segment: Segment, why: Refused, now: float) -> None:
        """Go on in the chat's new place: its messages have other ids there, and stay."""
        if why.moved_to is None or why.moved_to == self.route.address.chat:
            self.route = replace(self.route, gave_up=why)
            return
        self.stay(self._segments.shown(), now)
        address = replace(self.route.address, chat=why.moved_to)
        # The id of the message that is answered means another one there.
        self.route = replace(self.route, address=address, reply_to=None)
        self.posts.move(address, now)
        segment.wipe(now)
        self.failed(flight, None, now)  # nothing was refused but the place

    def _out_of_reach(self, segment: Segment, reason: Reason, now: float) -> None:
        """A reader took the message away, or it is frozen: its text is posted again."""
        if reason is Reason.NOT_EDITABLE:
            self._leave_behind(segment)
        segment.wipe(now)
        _forget_emptiness(segment)
        self._segments.move_up(segment, now)
        self.route = replace(self.route, removals=self.route.removals + 1)
        if self.route.removals >= _MOST_REMOVALS:
            self._step_down(segment, now, to_last=True)

    def _leave_behind(self, segment: Segment) -> None:
        """Record that the segment's message stays above the one to come."""
        screen = segment.screen
        if isinstance(screen, Posted):
            texts = (shown.text for shown in (screen.shown, *screen.unheard))
            self.route = replace(self.route, left_behind=(*self.route.left_behind, *texts))


def _show_plainer(flight: InFlight, segment: Segment) -> None:
    """Show the text of an action plainer, unless it changed meanwhile."""
    if segment.version == flight.version:
        has_blocks = isinstance(form_of(flight.action), Blocks)
        segment.step_down(Format.SPANS if has_blocks else Format.PLAIN)


def _is_by(way: Way, flight: InFlight) -> bool:
    """Return whether a preview goes by a way, rather than by one that was left meanwhile."""
    return isinstance(way, DraftWay) if isinstance(flight.action, ShowDraft) else grows(way)


def _show_nothing(flight: InFlight, segment: Segment) -> None:
    """The channel finds nothing to show in the text."""
    if segment.version != flight.version:
        return  # another text than the one that has nothing to show
    segment.cover_to(max(segment.covered, flight.points))
    if flight.is_final and isinstance(segment.screen, Posted) and not segment.mark:
        segment.annotate(EMPTY)
    elif flight.is_final:
        segment.show(Unshowable())


def _forget_emptiness(segment: Segment) -> None:
    """Leave a message alone that could not even be marked as empty: nothing is posted for it."""
    if segment.mark == EMPTY and not segment.points:
        segment.annotate("")
