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

    __slots__ = ("former", "lost", "uncounted", "unheard_posts")

    def __init__(self) -> None:
        """Begin with none."""
        self.lost: tuple[Post, ...] = ()
        """Posts of it that may stand next to its message: their answers were not heard."""
        self.former: tuple[Post, ...] = ()
        """Such posts of a text that was taken back: they bar only a text that is told like it."""
        self.uncounted: tuple[Post, ...] = ()
        """Posts that may stand there as well, and bar no other: they were accepted without an
        id, or made by a process that is gone."""
        self.unheard_posts = 0
        """How often a post of it was not heard of: each time the pause is longer."""

    @property
    def missing(self) -> tuple[Post, ...]:
        """Every post that may stand on screen next to its message."""
        return (*self.uncounted, *self.barring)

    @property
    def barring(self) -> tuple[Post, ...]:
        """The posts that were not heard of, and may bar another, in their order."""
        return (*self.former, *self.lost)

    def tries_of(self, final: str) -> int:
        """Return how often a text was posted that may stand there: `MOST_LOST` times at most.

        Args:
            final: The text, complete; empty as long as more may come.
        """
        return len(self.lost) + sum(_begins_like(post.text, final) for post in self.former)

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
        elif post in self.former:
            self.former = without(self.former, post)
        else:
            self.uncounted = without(self.uncounted, post)

    def uncount(self, post: Post) -> None:
        """Record a lost post that is on screen for certain, and bars no other."""
        if post in self.lost:
            self.lost = without(self.lost, post)
            self.uncounted += (post,)

    def start_over(self) -> None:
        """Let lost posts bar only a text like theirs where they are as many as may be.

        Another text was not tried.
        """
        if len(self.lost) >= MOST_LOST:
            self.former += self.lost
            self.lost, self.unheard_posts = (), 0


def _begins_like(posted: str, final: str) -> bool:
    """Return whether a post was of a text, or of its beginning, by letters and digits.

    A preview may have said more than the page that was cut from it, and has a cursor at its end.
    """
    one, other = _letters(posted), _letters(final)
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def without(some: tuple[Missed, ...], one: Missed) -> tuple[Missed, ...]:
    """Return all of `some` but the first that is equal to `one`."""
    at = some.index(one) if one in some else len(some)
    return (*some[:at], *some[at + 1 :])
