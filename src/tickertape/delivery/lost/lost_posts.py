"""The posts of one reply whose answers were not heard: which may be on screen, and what follows.

What is done next about one is a table (`tickertape.delivery.lost.lost_post_steps`); which messages
it may have made is found out by a search (`tickertape.delivery.lost.search`); and the calls that
are still open are kept (`tickertape.delivery.lost.open_calls`).

An answer that comes after all that still counts (`tickertape.delivery.lost.late_answers`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tickertape.chat import Address
from tickertape.delivery.actions import Find, Post, Probe, Reason, Refused
from tickertape.delivery.lost.doubts import in_doubt
from tickertape.delivery.lost.known import KnownAt
from tickertape.delivery.lost.lost_post_steps import LostPostStep, again_at, step
from tickertape.delivery.lost.missed_posts import MOST_LOST
from tickertape.delivery.lost.open_calls import OpenCalls
from tickertape.delivery.lost.search import Search
from tickertape.delivery.reply.in_flight import InFlight
from tickertape.delivery.reply.screen import Blank, Doubtful, Drafted, Posted, Screen, Unheard
from tickertape.delivery.reply.segment import Segment
from tickertape.delivery.reply.segments import Segments
from tickertape.markup.forms import Blocks, Format, Rendering
from tickertape.markup.plain import alike

__all__ = ["LostPosts", "LostPostsState"]

_TRIES_OF_A_FORM = 3
"""How often blocks are posted that get no answer and make no message, until a text is tried."""

_MOST_TRIES = 20
"""How often a text is posted that gets no answer and makes no message: for some eight minutes."""


@dataclass(frozen=True, slots=True)
class LostPostsState:
    """What is known of the posts that were missed, besides what their segments know."""

    open: tuple[InFlight, ...] = ()
    """The calls whose answers may still come."""


class LostPosts:
    """The posts of one reply whose answers were not heard, and the calls that are still open."""

    __slots__ = ("_known_at", "_search", "_segments", "open")

    def __init__(
        self,
        segments: Segments,
        address: Address,
        known_at: KnownAt,
        state: LostPostsState | None = None,
    ) -> None:
        """Begin, or go on where `state` was taken.

        Which other messages came between is not known then: of those posts only the last is looked
        for, and all that is posted from here on.

        Args:
            segments: Whose posts they are.
            address: Where the reply goes.
            known_at: Where what is known of a chat's messages is kept.
            state: What was known of them; None: there are none.
        """
        self._segments = segments
        self._known_at = known_at
        self._search = Search(known_at(address))
        self.open = OpenCalls(state.open if state is not None else ())
        """The calls whose answers may still come."""

    @property
    def state(self) -> LostPostsState:
        """What another process has to know of them."""
        return LostPostsState(self.open.all)

    @property
    def newest_known(self) -> str | None:
        """The latest message that is known in the chat: what is posted next comes after it."""
        return self._search.newest

    def knows(self, message_id: str) -> bool:
        """Return whether a message is known already, ours or not."""
        return self._search.knows(message_id)

    def told(self, message_id: str) -> None:
        """Record that the answer to a post names a message, whatever that was taken for."""
        self._search.told(message_id)

    @property
    def in_doubt(self) -> list[str]:
        """The texts that may be on screen besides the message of their segment, or not at all."""
        return [text for segment in self._segments.every() for text in in_doubt(segment)]

    def pending(self, now: float) -> Segment | None:
        """Return the first segment that is not settled, after the steps that need no call."""
        while (segment := self._segments.pending()) is not None:
            if isinstance(segment.screen, Blank | Drafted) and segment.tries >= MOST_LOST:
                self._end(segment)
                continue
            match self.step(segment, now):
                case LostPostStep.ABSENT:
                    self._is_absent(segment)
                case LostPostStep.POST:
                    self._give_up_on(segment)
                case LostPostStep.END:
                    self._end(segment)
                case _:
                    return segment
        return None

    def step(self, segment: Segment, now: float) -> LostPostStep | None:
        """Return what is to be done about the segment's post; None where none was not heard of."""
        unheard = segment.screen
        if not isinstance(unheard, Unheard):
            return None
        open_until = self.open.listened_until(unheard.post, unheard.since)
        has_ended = self.open.find(unheard.post, unheard.since) is None  # else it may still arrive
        return step(
            unheard,
            segment,
            can_ask=self._search.can_ask(segment, unheard),
            is_open=now < open_until,
            is_proof=has_ended and self._search.is_proof(unheard),
            is_gone=self._search.is_gone(unheard),
        )

    def question(
        self, segment: Segment, address: Address, now: float
    ) -> Find | Probe | Post | None:
        """Return the call that finds out about the segment's post; None where there is none."""
        unheard, what = segment.screen, self.step(segment, now)
        if not isinstance(unheard, Unheard):
            return None
        if what is LostPostStep.REPEAT:
            return unheard.post
        if what is LostPostStep.PROBE:
            return Probe(address)
        message_id = self._search.candidate(unheard) if what is LostPostStep.ASK else None
        return None if message_id is None else Find(address, message_id)

    def listens_until(self, segment: Segment) -> float:
        """Return until when the answer of the segment's latest post is waited for."""
        if isinstance(unheard := segment.screen, Unheard):
            return self.open.listened_until(unheard.post, unheard.since)
        return float("-inf")

    # What is learned of a post.

    def miss(
        self, segment: Segment, post: Post, flight: InFlight, *, is_late: bool, is_there: bool
    ) -> None:
        """Record a post that may be on screen, or is, and whose message is not known."""
        segment.miss(post)
        self._search.miss(post, flight.since, flight.after, is_late=is_late, is_there=is_there)

    def recall(self, message_ids: Iterable[str], now: float) -> None:
        """Record what a program that is gone posted for the reply: it may come yet."""
        for message_id in message_ids:
            self._search.note(message_id, is_old=True)
        for post in (post for segment in self._segments.every() for post in segment.missing):
            if (known := self._known_at(post.address)) is not None:
                known.miss(post, now, is_late=True)

    def leave(self, number: int) -> None:
        """Record that the process is gone that made the latest post of a segment."""
        segment = self._segments[number]
        if isinstance(segment.screen, Unheard):
            segment.show(replace(segment.screen, left=True))

    def rest(self) -> None:
        """Record that none of the posts is looked for any more."""
        for segment in self._segments.every():
            self._search.rest(segment)

    def move(self, to: Address, now: float) -> None:
        """Go on in another chat: what is known of the first one says nothing of it.

        What may stand in the first one is not looked for in the other.
        """
        self.rest()
        self._search = Search(self._known_at(to))
        for segment in self._segments.unsettled():
            if isinstance(unheard := segment.screen, Unheard):
                if unheard.certain:
                    segment.uncount(unheard.post)
                segment.wipe(now)

    def posted(self, segment: Segment, message: Posted, post: Post, since: float) -> None:
        """Record the message that a post made at `since`, as its answer tells."""
        self.told(message.message_id)
        self.placed(segment, message, post.key)
        self._search.posted(post.address.chat, message.message_id, since)

    def without_id(self, segment: Segment, post: Post, flight: InFlight, screen: Screen) -> None:
        """Record a post that was accepted without an id, and what it leaves on screen.

        Where it is the final, a message that became known meanwhile is a copy.
        """
        self.miss(segment, post, flight, is_late=False, is_there=True)
        message = segment.screen
        segment.show(screen)
        if isinstance(message, Posted) and segment.settled():
            self._segments.remove_copy(message)
        elif isinstance(message, Posted):
            segment.show(message)

    def heard(self, flight: InFlight, refused: Refused | None) -> None:
        """Record that a question was answered: the channel is heard; refused, it is not the one."""
        segment, action = self._segments[flight.segment], flight.action
        unheard = segment.screen
        if not isinstance(unheard, Unheard):
            return
        unheard = replace(unheard, heard=True)
        if isinstance(action, Find) and refused is not None:
            unheard = replace(unheard, asked=(*unheard.asked, action.message_id))
            if refused.reason is Reason.MESSAGE_GONE:
                unheard = replace(unheard, gone=(*unheard.gone, action.message_id))
            elif refused.reason is not Reason.NOT_EDITABLE:  # which one of another author is
                unheard = replace(unheard, unsure=True)
        segment.show(unheard)

    def found(self, segment: Segment, message_id: str, shown: str) -> None:
        """Record that a message is there which the segment's lost post may have made.

        What it shows is not known for certain, whatever the channel tells: it may be changed.
        """
        unheard = segment.screen
        if not isinstance(unheard, Unheard):
            return
        is_known = self.knows(message_id)  # its own answer came meanwhile
        if is_known or self._search.is_of_other(segment, unheard, message_id, shown):
            unsure = unheard.unsure or not is_known  # it may be gone, or older than what is known
            asked = (*unheard.asked, message_id)
            segment.show(replace(unheard, asked=asked, unsure=unsure))
            return
        found = self._search.author(segment, unheard, shown)
        if found.is_certain:
            self.clear_up(segment, found.post, found.since)
        else:
            segment.uncount(found.post)
        message = Posted(
            message_id,
            Rendering(""),
            unheard=found.perhaps,
            open_since=found.open_since,
            nth=unheard.nth,
        )
        if shown and not alike(shown, unheard.post.text):
            self.placed(segment, message)
        else:
            # It may be that of the post itself: where that is the final, no other text stands.
            self._search.note(message_id)
            segment.show(message)

    def placed(self, segment: Segment, message: Posted, key: str = "") -> None:
        """Record a message of the segment: it is its own, or a copy, which has to go.

        There is one message for a `key`, however often it was posted.
        """
        self._search.note(message.message_id)
        screen = segment.screen
        if isinstance(screen, Unheard) and screen.certain and segment.settled():
            is_copy = not key or key != screen.post.key  # the final stands there, without an id
        else:
            is_copy = isinstance(screen, Posted)
        if not is_copy:
            segment.show(message)
        elif not isinstance(screen, Posted) or screen.message_id != message.message_id:
            self._segments.remove_copy(message)

    def close(self, flight: InFlight) -> None:
        """Record that the answer of an action cannot come any more, or came."""
        self.open.close(flight)

    def clear_up(self, segment: Segment, post: Post, since: float) -> None:
        """Record that it is known what became of a post."""
        if post in segment.missing:
            self._search.forget(post, since)
        segment.clear_up(post)

    def _give_up_on(self, segment: Segment) -> None:
        """Let a post be, whose message cannot be had: the text is posted again."""
        unheard = segment.screen
        if isinstance(unheard, Unheard) and (unheard.certain or self._search.is_gone(unheard)):
            segment.uncount(unheard.post)
        self._search.rest(segment)
        if isinstance(unheard, Unheard):
            segment.show(Blank(again_at(segment, unheard)))

    def _end(self, segment: Segment) -> None:
        """Leave a segment in doubt: nothing is posted for it, and nothing looked for."""
        segment.show(Doubtful())
        self._search.rest(segment)

    def _is_absent(self, segment: Segment) -> None:
        """Record that the segment's latest post made no message.

        A form that is not answered again and again may be the reason: the text is shown plainer.
        """
        unheard = segment.screen
        if not isinstance(unheard, Unheard):
            return
        self.clear_up(segment, unheard.post, unheard.since)
        if segment.unheard_posts >= _MOST_TRIES:
            self._end(segment)
            return
        if segment.unheard_posts >= _TRIES_OF_A_FORM and isinstance(unheard.post.form, Blocks):
            segment.step_down(Format.SPANS)
        segment.show(Blank(again_at(segment, unheard)))
