"""Answers that come after the reply went on without them: they still count.

The message of a post becomes its segment's, or it is a copy of it, and is deleted. An edit that is
applied late may have replaced a later text: then that text is sent again.
"""

from __future__ import annotations

from dataclasses import replace

from tickertape.delivery.actions import Accepted, Delete, Edit, Outcome, Post, Unknown
from tickertape.delivery.lost.lost_posts import LostPosts
from tickertape.delivery.reply.in_flight import InFlight
from tickertape.delivery.reply.screen import Blank, Doubtful, Posted, Unheard, asked, may_show
from tickertape.delivery.reply.segment import Segment
from tickertape.delivery.reply.segments import Segments
from tickertape.markup.forms import Rendering
from tickertape.markup.plain import alike

__all__ = ["take"]


def take(flight: InFlight, outcome: Outcome, segments: Segments, posts: LostPosts) -> None:
    """Take in what came of an action after all.

    Args:
        flight: The action, which is not open any more.
        outcome: What came of it.
        segments: The reply's segments.
        posts: Its posts that were not heard of.
    """
    segment = segments[flight.segment]
    match flight.action:
        case Post() as post:
            _take_post(segment, post, flight.since, outcome, posts)
        case Edit() | Delete() as action:
            _take_change(segment, action, outcome)
    segments.reconsider()


def _take_post(
    segment: Segment, post: Post, since: float, outcome: Outcome, posts: LostPosts
) -> None:
    screen = segment.screen
    is_it = isinstance(screen, Unheard) and (screen.post, screen.since) == (post, since)
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
            message = Posted(message_id, rendering, post.stop_button, open_since=open_since)
            posts.placed(segment, message, post.key)
        case Accepted() if isinstance(screen, Unheard) and is_it:
            segment.show(replace(screen, heard=True, certain=True))
        case Unknown() if isinstance(screen, Unheard) and is_it:
            segment.show(replace(screen, silent=True))
        case Accepted() | Unknown():
            pass
        case _:
            posts.clear_up(segment, post, since)
            if is_it or isinstance(screen, Doubtful):
                segment.show(Blank())


def _take_change(segment: Segment, action: Edit | Delete, outcome: Outcome) -> None:
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
