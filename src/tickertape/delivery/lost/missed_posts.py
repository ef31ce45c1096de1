"""The posts of one segment that may be on screen, or are, and whose messages are not known."""

from __future__ import annotations

from typing import TypeVar

from tickertape.delivery.actions import Post

__all__ = ["MOST_LOST", "MissedPosts", "without"]

Missed = TypeVar("Missed")

MOST_LOST = 2
"""How many posts of one segment may be on screen without being known of: the one that should be
there, and one too many. A preview that was accepted without an id is known, and none of them: else
the final could be posted only once, and be lost with that."""


class MissedPosts:
    """The missed posts of one segment."""

    __slots__ = ("lost", "uncounted", "unheard_posts")

    def __init__(self) -> None:
        """Begin with none."""
        self.lost: tuple[Post, ...] = ()
        """Posts of it that may stand next to its message: their answers were not heard."""
        self.uncounted: tuple[Post, ...] = ()
        """Posts that may stand there as well, and bar no other: they were accepted without an
        id, or tried as often as may be, of a text that was taken back."""
        self.unheard_posts = 0
        """How often a post of it was not heard of: each time the pause is longer."""

    @property
    def missing(self) -> tuple[Post, ...]:
        """Every post that may stand on screen next to its message."""
        return (*self.uncounted, *self.lost)

    def miss(self, post: Post) -> None:
        """Record a post that may be on screen, or is, and whose message is not known."""
        self.lost = (*self.lost, post)
        self.unheard_posts += 1

    def hear(self, post: Post) -> None:
        """Record that a post that was missed is heard of after all: it was refused."""
        self.unheard_posts -= post in self.lost

    def clear_up(self, post: Post) -> None:
        """Record that it is known what became of a post that was missed."""
        if post in self.lost:
            self.lost = without(self.lost, post)
        else:
            self.uncounted = without(self.uncounted, post)

    def uncount(self, post: Post) -> None:
        """Record a lost post that is on screen for certain, and bars no other."""
        if post in self.lost:
            self.lost = without(self.lost, post)
            self.uncounted += (post,)

    def start_over(self) -> None:
        """Count no lost posts where they are as many as may be: this text was not tried."""
        if len(self.lost) >= MOST_LOST:
            self.uncounted += self.lost
            self.lost, self.unheard_posts = (), 0


def without(some: tuple[Missed, ...], one: Missed) -> tuple[Missed, ...]:
    """Return all of `some` but the first that is equal to `one`."""
    at = some.index(one) if one in some else len(some)
    return (*some[:at], *some[at + 1 :])
