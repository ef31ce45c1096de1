"""Posts whose answers were not heard: which of them may be on screen, and what is done about it.

Losing a text is worse than doubling it, and doubling it without end is worst. So, in this order
(`step`, a table):

0. Where the channel knows keys, the same post is just made again.
1. Where the channel can tell (`Find`), the messages that the post may have made are asked about,
   the nearest first, at most as many as the surface says. The one that is found is the segment's.
2. A call that is still open is waited for, for `LISTEN` seconds: an answer that comes late is an
   answer.
3. Where enough was asked, and nothing is there, the post made no message: it does not count.
4. Until the channel is heard again (`Probe`, which leaves no trace), nothing is posted.
5. Then the final is posted once more. A preview is not: the final follows anyway.
6. After `MOST_LOST` posts that may be on screen nothing is posted any more: the text is doubtful,
   and the segment is over.

Before a post is made again there is a pause, which doubles each time. The last one that may be made
waits for longer: what a server in trouble does not answer is lost with it.

An answer that comes after all that still counts: its message becomes the segment's, or it is a copy
of it, and is deleted. An edit that is applied late may have replaced a later text: then that text
is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from tickertape.chat import Address
from tickertape.delivery.actions import (
    Accepted,
    Action,
    Delete,
    Edit,
    Find,
    Outcome,
    Post,
    Probe,
    Reason,
    Refused,
    Unknown,
)
from tickertape.delivery.in_flight import InFlight
from tickertape.delivery.known import KnownAt
from tickertape.delivery.screen import (
    Blank,
    Doubtful,
    Drafted,
    Posted,
    Screen,
    Unheard,
    asked,
    may_show,
)
from tickertape.delivery.segment import MOST_LOST, Segment, without
from tickertape.delivery.segments import Segments
from tickertape.markup.forms import Blocks, Format, Rendering
from tickertape.markup.plain import alike

__all__ = ["LISTEN", "MOST_LOST", "LostPosts", "LostPostsState", "Step", "step"]

LISTEN = 60.0
"""Seconds after which a post whose call is still open is posted once more. Proxies cut a silent
connection after 60 s (nginx, `proxy_read_timeout`): later answers are rare."""

_LAST_CHANCE = 10.0
"""Seconds between a post that was not heard of and the last one: most restarts of a server are over
by then."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0

_GONE = 3
"""How many messages that are not there prove that a post made none, where fewer posts are missing:
numbers are given in a row, and only messages that nobody heard of lie between."""

_TRIES_OF_A_FORM = 3
"""How often blocks are posted that get no answer and make no message, until a text is tried."""

_MOST_TRIES = 20
"""How often a text is posted that gets no answer and makes no message: for some eight minutes."""


class Step(Enum):
    """What is to be done next about a post whose answer was not heard."""

    REPEAT = "repeat"
    """Make the same post again: the channel makes no second message for its key."""
    ASK = "ask"
    """Ask whether a message is the one."""
    LISTEN = "listen"
    """Wait for the answer of the call that is still open."""
    PROBE = "probe"
    """Learn whether the channel can be heard."""
    ABSENT = "absent"
    """Record that the post made no message."""
    POST = "post"
    """Post once more."""
    WAIT_FOR_FINAL = "wait_for_final"
    """Nothing, until the text is complete."""
    END = "end"
    """Nothing more: it may be on screen, or not."""


def step(
    unheard: Unheard, segment: Segment, *, can_ask: bool, is_open: bool, is_proof: bool
) -> Step:
    """Return what is to be done next about a post whose answer was not heard.

    Args:
        unheard: The post.
        segment: Whose post it was.
        can_ask: Whether there is a message left that is worth asking about.
        is_open: Whether its answer may still come, and is waited for.
        is_proof: Whether it would have been found if it had made a message.
    """
    if unheard.post.key:
        return Step.REPEAT
    if can_ask:
        return Step.ASK
    if is_open:
        return Step.LISTEN
    if is_proof and not unheard.certain:
        return Step.ABSENT
    if not segment.sealed:
        return Step.WAIT_FOR_FINAL
    if segment.final() and unheard.certain:
        return Step.POST
    if not segment.final() or len(segment.lost) >= MOST_LOST:
        return Step.END
    return Step.POST if unheard.heard else Step.PROBE


@dataclass(frozen=True, slots=True)
class LostPostsState:
    """What is known of the posts that were missed, beside what their segments know."""

    open: tuple[InFlight, ...] = ()
    """The calls whose answers may still come."""


class LostPosts:
    """The posts of one reply whose answers were not heard, and the calls that are still open."""

    __slots__ = ("_known", "_known_at", "_open", "_segments")

    def __init__(self, segments: Segments, address: Address, known_at: KnownAt) -> None:
        """Begin with none.

        Args:
            segments: Whose posts they are.
            address: Where the reply goes.
            known_at: Where what is known of a chat's messages is kept.
        """
        self._segments = segments
        self._known_at = known_at
        self._known = known_at(address)
        self._open: list[InFlight] = []

    @classmethod
    def resumed(
        cls, state: LostPostsState, segments: Segments, address: Address, known_at: KnownAt
    ) -> LostPosts:
        """Return the posts that were missed when `state` was taken.

        Which other messages came between is not known, so that none of them is looked for. What is
        posted from here on came later than whatever comes in: it can be.
        """
        posts = cls(segments, address, known_at)
        posts._open = list(state.open)
        return posts

    @property
    def state(self) -> LostPostsState:
        """The calls whose answers may still come."""
        return LostPostsState(tuple(self._open))

    @property
    def open(self) -> tuple[InFlight, ...]:
        """The calls whose answers may still come."""
        return tuple(self._open)

    @property
    def known(self) -> tuple[str, ...]:
        """The messages that are known in the chat."""
        return self._known.ids if self._known is not None else ()

    @property
    def are_awaited(self) -> bool:
        """Whether an answer may still come of a call that the reply went on without."""
        return bool(self._open)

    @property
    def in_doubt(self) -> list[str]:
        """The texts that may be on screen beside the message of their segment, or not at all."""
        return [text for segment in self._segments.every() for text in _in_doubt(segment)]

    def pending(self, now: float) -> Segment | None:
        """Return the first segment that is not settled, after the steps that need no call."""
        while (segment := self._segments.pending()) is not None:
            if isinstance(segment.screen, Blank | Drafted) and len(segment.lost) >= MOST_LOST:
                self._end(segment)
                continue
            match self.step(segment, now):
                case Step.ABSENT:
                    self._is_absent(segment)
                case Step.POST:
                    self._give_up_on(segment)
                case Step.END:
                    self._end(segment)
                case _:
                    return segment
        return None

    def step(self, segment: Segment, now: float) -> Step | None:
        """Return what is to be done about the segment's post; None where none was not heard of."""
        unheard = segment.screen
        if not isinstance(unheard, Unheard):
            return None
        known, can_ask, is_proof = self._known, False, False
        if known is not None and unheard.known:
            can_ask = known.unknown(unheard.asked) < known.tries
            can_ask = can_ask and known.can_tell(unheard.post, segment.missing, unheard.known)
            is_proof = known.unknown(unheard.gone) >= _GONE
            is_proof = is_proof and known.missing_beyond(unheard.known) <= _GONE
            has_ended = self.awaited(unheard.post) is None and not unheard.silent
            is_proof = is_proof and has_ended  # or it may still arrive
            is_proof = is_proof and not unheard.unsure
        is_open = now < self.listens_until(segment)
        return step(unheard, segment, can_ask=can_ask, is_open=is_open, is_proof=is_proof)

    def question(
        self, segment: Segment, address: Address, now: float
    ) -> Find | Probe | Post | None:
        """Return the call that finds out about the segment's post; None where there is none."""
        unheard, known, what = segment.screen, self._known, self.step(segment, now)
        if what is Step.REPEAT and isinstance(unheard, Unheard):
            return unheard.post
        if what is Step.PROBE:
            return Probe(address)
        if what is not Step.ASK or known is None:
            return None
        if not isinstance(unheard, Unheard) or not unheard.known:
            return None
        return Find(address, known.candidate(unheard.known, unheard.asked))

    def listens_until(self, segment: Segment) -> float:
        """Return until when the answer of the segment's latest post is waited for."""
        unheard = segment.screen
        if isinstance(unheard, Unheard) and self.awaited(unheard.post) is not None:
            return unheard.since + LISTEN
        return float("-inf")

    # What is learned of a post.

    def miss(
        self, segment: Segment, post: Post, *, is_open: bool = False, is_sought: bool = True
    ) -> None:
        """Record a post that may be on screen, or is, and whose message is not known."""
        segment.miss(post)
        if (known := self._known) is not None:
            known.miss(post, is_open=is_open, is_sought=is_sought)

    def rest(self) -> None:
        """Record that none of the posts is looked for any more."""
        for segment in self._segments.every():
            self._rest(segment)

    def move(self, to: Address) -> None:
        """Go on in another chat: what is known of the first one says nothing of it."""
        self.rest()
        self._known = self._known_at(to)

    def listen(self, flight: InFlight) -> None:
        """Record that the answer of an action may still come."""
        self._open.append(flight)

    def posted(self, segment: Segment, message: Posted, chat: str) -> None:
        """Record the message that a post made, as its answer tells."""
        self.placed(segment, message)
        if (known := self._known) is not None:
            known.posted(chat, message.message_id)

    def without_id(self, segment: Segment, post: Post, screen: Screen) -> None:
        """Record a post that was accepted without an id, and of what it leaves on screen.

        Where it is the final, a message that became known meanwhile is a copy.
        """
        self.miss(segment, post, is_sought=False)
        message = segment.screen
        segment.show(screen)
        if isinstance(message, Posted) and segment.settled():
            self._segments.remove_copy(message)
        elif isinstance(message, Posted):
            segment.show(message)

    def heard(self, flight: InFlight, refused: Refused | None) -> None:
        """Record that a question was answered: the channel is heard, the message is not it."""
        segment, action = self._segments[flight.segment], flight.action
        unheard = segment.screen
        if not isinstance(unheard, Unheard):
            return
        unheard = replace(unheard, heard=True)
        if isinstance(action, Find):
            unheard = replace(unheard, asked=(*unheard.asked, action.message_id))
            reason = None if refused is None else refused.reason
            if reason is Reason.MESSAGE_GONE:
                unheard = replace(unheard, gone=(*unheard.gone, action.message_id))
            elif reason is not Reason.NOT_EDITABLE:  # which one of somebody else is
                unheard = replace(unheard, unsure=True)
        segment.show(unheard)

    def found(self, segment: Segment, message_id: str) -> None:
        """Record the message of a post that was not heard of; what it shows is not known."""
        unheard = segment.screen
        if isinstance(unheard, Unheard):
            self._not_lost(segment, unheard.post)
            perhaps = (asked(unheard.post),)
            self.placed(segment, Posted(message_id, Rendering(""), unheard=perhaps))

    def placed(self, segment: Segment, message: Posted) -> None:
        """Record a message of the segment: it is its own, or a copy, which has to go."""
        if (known := self._known) is not None:
            known.note(message.message_id)
        screen = segment.screen
        if isinstance(screen, Unheard) and screen.certain and segment.settled():
            self._segments.remove_copy(message)  # the final stands there, without an id
        elif not isinstance(screen, Posted):
            segment.show(message)
        elif screen.message_id != message.message_id:
            self._segments.remove_copy(message)

    def close(self, flight: InFlight) -> None:
        """Record that the answer of an action cannot come any more, or came."""
        self._open.remove(flight)
        post = flight.action
        if self._known is None or not isinstance(post, Post):
            return
        # Else an equal one may be missing, of another segment, or one that is still open.
        still_open = sum(one.segment == flight.segment and one.action == post for one in self._open)
        if still_open < self._segments[flight.segment].missing.count(post):
            self._known.close(post)

    def awaited(self, action: Action) -> InFlight | None:
        """Return the flight of an action whose answer may still come."""
        return next((flight for flight in self._open if flight.action == action), None)

    def late(self, flight: InFlight, outcome: Outcome) -> None:
        """Take in what came of an action that the reply went on without."""
        segment = self._segments[flight.segment]
        match flight.action:
            case Post() as post:
                self._late_post(segment, post, outcome)
            case Edit() | Delete() as action:
                _late_change(segment, action, outcome)
            case _:
                pass
        self._segments.reconsider()

    def _late_post(self, segment: Segment, post: Post, outcome: Outcome) -> None:
        screen = segment.screen
        match outcome:
            case Accepted(message_id=str() as message_id, shown=shown):
                wanted = asked(post)
                rendering = wanted if alike(shown, wanted.text) else Rendering(shown)
                if not isinstance(screen, Posted) or screen.message_id != message_id:
                    self._not_lost(segment, post)  # else it was found: an equal one may be missing
                self.placed(segment, Posted(message_id, rendering, post.stop_button))
            case Accepted() if isinstance(screen, Unheard) and screen.post == post:
                segment.show(replace(screen, heard=True, certain=True))
            case Unknown() if isinstance(screen, Unheard) and screen.post == post:
                segment.show(replace(screen, silent=True))
            case Accepted() | Unknown():
                pass
            case _:
                self._not_lost(segment, post)
                is_it = isinstance(screen, Unheard) and screen.post == post
                is_it = is_it and post not in segment.lost  # an equal one is listened for
                if is_it or isinstance(screen, Doubtful):
                    segment.show(Blank())

    def _give_up_on(self, segment: Segment) -> None:
        """Let a post be, whose message cannot be had: the text is posted anew."""
        unheard = segment.screen
        if isinstance(unheard, Unheard) and unheard.certain:
            segment.uncount(unheard.post)
        self._rest(segment)
        if isinstance(unheard, Unheard):
            segment.show(Blank(_again_at(segment, unheard)))

    def _end(self, segment: Segment) -> None:
        """Leave a segment in doubt: nothing is posted for it, and nothing looked for."""
        segment.show(Doubtful())
        self._rest(segment)

    def _rest(self, segment: Segment) -> None:
        """Record that the posts of a segment are not looked for any more."""
        for post in segment.missing:
            if self._known is not None:
                self._known.rest(post)

    def _is_absent(self, segment: Segment) -> None:
        """Record that the segment's latest post made no message.

        A form that is not answered again and again may be the reason: the text is shown plainer.
        """
        unheard = segment.screen
        if not isinstance(unheard, Unheard):
            return
        self._not_lost(segment, unheard.post)
        if segment.unheard_posts >= _MOST_TRIES:
            self._end(segment)
            return
        if segment.unheard_posts >= _TRIES_OF_A_FORM and isinstance(unheard.post.form, Blocks):
            segment.step_down(Format.SPANS)
        segment.show(Blank(_again_at(segment, unheard)))

    def _not_lost(self, segment: Segment, post: Post) -> None:
        """Record that it is known what became of a post."""
        if post in segment.missing and self._known is not None:
            self._known.forget(post)
        segment.clear_up(post)


def _again_at(segment: Segment, unheard: Unheard) -> float:
    """Return when a segment whose post was not heard of may be posted again."""
    if unheard.certain:
        return unheard.since
    pause = min(_FIRST_PAUSE * 2.0 ** min(segment.unheard_posts - 1, 10), _LONGEST_PAUSE)
    is_last = len(segment.lost) == MOST_LOST - 1
    return unheard.since + (max(pause, _LAST_CHANCE) if is_last else pause)


def _late_change(segment: Segment, action: Edit | Delete, outcome: Outcome) -> None:
    """Record a change that may have come after what is known to be on screen."""
    screen = segment.screen
    if not isinstance(screen, Posted) or screen.message_id != action.message_id:
        return
    if not isinstance(outcome, Accepted | Unknown):
        return
    if isinstance(action, Delete):
        segment.show(Blank() if isinstance(outcome, Accepted) else screen)
    elif screen.shown != asked(action) or screen.stop_button < action.stop_button:
        segment.show(may_show(screen, action))


def _in_doubt(segment: Segment) -> list[str]:
    """Return the texts of a segment's posts that may be on screen, but for one that is known to be.

    A final that nobody knows of is one of them, also where it was not posted any more.
    """
    posts = segment.missing
    match segment.screen:
        case Unheard(post=post, certain=True):
            posts = (*segment.uncounted, *without(segment.lost, post))
        case Doubtful() if (final := segment.final()) and all(p.text != final.text for p in posts):
            return [*(post.text for post in posts), final.text]
        case _:
            pass
    return [post.text for post in posts]
