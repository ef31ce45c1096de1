"""What an answer that comes late says of the screen: the reply went on without it.

The message of a post becomes its segment's, or it is a copy of it, and is deleted. An edit that is
applied late may have replaced a later text: then that text is sent again. What else an answer
teaches, it teaches whenever it comes (`tickertape.delivery.reply.outcomes`).
"""

from __future__ import annotations

from dataclasses import replace

from tickertape.delivery.actions import (
    Accepted,
    Append,
    Delete,
    Edit,
    Outcome,
    Post,
    Refused,
    Seal,
    Throttled,
    Unknown,
)
from tickertape.delivery.lost.lost_posts import LostPosts
from tickertape.delivery.lost.missed_posts import without
from tickertape.delivery.reply.in_flight import InFlight
from tickertape.delivery.reply.screen import Blank, Doubtful, Posted, Unheard, asked, may_show
from tickertape.delivery.reply.segment import Segment
from tickertape.delivery.reply.segments import Segments
from tickertape.markup.forms import Rendering
from tickertape.markup.plain import alike

__all__ = ["take"]


def take(
    flight: InFlight, outcome: Outcome, segments: Segments, posts: LostPosts, now: float
) -> None:
    """Take in what came of an action after all.

    Args:
        flight: The action, which is not open any more.
        outcome: What came of it.
        segments: The reply's segments.
        posts: Its posts that were not heard of.
        now: The present moment.
    """
    segment = segments[flight.segment]
    match flight.action:
        case Post() as post:
            _take_post(segment, post, flight, outcome, posts, now)
        case Edit() | Append() | Seal() | Delete() as action:
            _take_change(segment, action, outcome)
    segments.reconsider()


def _take_post(
    segment: Segment, post: Post, flight: InFlight, outcome: Outcome, posts: LostPosts, now: float
) -> None:
    screen, since = segment.screen, flight.since
    if isinstance(outcome, Accepted) and outcome.message_id is not None:
        posts.told(outcome.message_id)
    # However often a post with a key was made, there is one message for it, or none.
    is_it = isinstance(screen, Unheard) and (screen.post, screen.since) == (
        post,
        screen.since if post.key else since,
    )
    match outcome:
        case Accepted(message_id=str() as message_id) if posts.knows(message_id):
            # It was found before: by the segment, which may miss an equal one, or by an answer
            # that looked for a post of its own, and has it for good.
            if not isinstance(screen, Posted) or screen.message_id != message_id:
                posts.clear_up(segment, post, since)
                segment.show(Blank() if is_it else screen)
        case Accepted(message_id=str() as message_id, shown=shown):
            wanted = asked(post)
            rendering = wanted if alike(shown, wanted.text) else Rendering(shown)
            posts.clear_up(segment, post, since)
            open_since = since if post.is_open else None
            message = Posted(
                message_id, rendering, post.stop_button, open_since=open_since, nth=flight.nth
            )
            posts.placed(segment, message, post.key)
        case Accepted() if isinstance(screen, Unheard) and is_it:
            segment.show(replace(screen, certain=True))
        case Unknown() if isinstance(screen, Unheard) and is_it:
            segment.show(replace(screen, silent=True))
        case Accepted() | Unknown():
            pass
        case _:
            segment.hear(post)
            posts.clear_up(segment, post, since)
            if is_it:
                segment.show(Blank())
            elif isinstance(screen, Doubtful):
                segment.show(_in_doubt(segment, posts, now))


def _in_doubt(segment: Segment, posts: LostPosts, now: float) -> Blank | Unheard:
    """Return the screen of a segment for which there may be one more post after all."""
    if not segment.barring:
        return Blank()
    latest = segment.barring[-1]
    call = posts.open.find(latest)
    if call is None:
        return Unheard(latest, now)
    return Unheard(latest, call.since, nth=call.nth)


def _take_change(segment: Segment, action: Edit | Append | Seal | Delete, outcome: Outcome) -> None:
    """Record a change that may have come after what is known to be on screen, or never came."""
    screen = segment.screen
    if not isinstance(screen, Posted) or screen.message_id != action.message_id:
        return
    match action, outcome:
        case Delete(), Accepted():
            segment.show(Blank())
        case Delete(), _:
            pass
        case _, Throttled() | Refused():
            segment.show(replace(screen, unheard=without(screen.unheard, asked(action))))
        case Edit(), _ if screen.shown != asked(action) or screen.stop_button < action.stop_button:
            segment.show(may_show(screen, action))
