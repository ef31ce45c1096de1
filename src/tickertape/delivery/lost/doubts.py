"""Which texts may be on screen besides what should be, or are missing there."""

from __future__ import annotations

from tickertape.delivery.lost.missed_posts import without
from tickertape.delivery.reply.screen import Doubtful, Unheard
from tickertape.delivery.reply.segment import Segment

__all__ = ["in_doubt"]


def in_doubt(segment: Segment) -> list[str]:
    """Return the texts of a segment's posts that may be on screen, but for one that is known to be.

    A final that is unknown is one of them, also where it was not posted any more.
    """
    posts = segment.missing
    match segment.screen:
        case Unheard(post=post, certain=True):
            posts = without(segment.missing, post)
        case Doubtful() if (final := segment.final()) and all(p.text != final.text for p in posts):
            return [*(post.text for post in posts), final.text]
        case _:
            pass
    return [post.text for post in posts]
