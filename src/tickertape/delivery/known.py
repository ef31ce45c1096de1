"""What is known of the messages of one chat: enough to find a post whose answer was not heard.

Where several chats number their messages in one row (`Surface.row`), they are known together.

A platform that has no key for a post can still be asked whether a message is there, is ours, and
shows a certain text (`tickertape.delivery.actions.Find`). Which messages it can be follows from
those that are known: it came later than the newest that was known before it was posted, and it is
none of the others. That holds only where a single program writes for the bot: an unknown message of
ours is then a post whose answer was not heard, and no other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from tickertape.delivery.actions import Post

__all__ = ["KnownMessages"]

_KEPT = 256
"""How many numbers are kept: more than come in while a few messages are asked about."""


@dataclass(frozen=True, slots=True)
class _Missing:
    post: Post
    is_open: bool


class KnownMessages:
    """The messages of one chat whose numbers are known, and the posts whose numbers are not."""

    __slots__ = ("_missing", "_numbers", "misses")

    def __init__(self) -> None:
        self._numbers: deque[int] = deque(maxlen=_KEPT)
        self._missing: list[_Missing] = []
        self.misses = 0
        """How many posts were ever missing: each may have a number that is not known."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The messages that are known, in the order in which they became known."""
        return tuple(self._numbers)

    def note(self, message_id: int) -> None:
        """Take note of a message, whoever wrote it.

        Posts that were missing until then made their messages before it, if any, and are not taken
        for later ones; unless they are open, and may still be on their way.
        """
        if message_id not in self._numbers:
            self._numbers.append(message_id)
            self._missing = [missing for missing in self._missing if missing.is_open]

    def miss(self, post: Post, *, is_open: bool) -> None:
        """Take note of a post whose number is not known; it may be on its way if `is_open`."""
        self._missing.append(_Missing(post, is_open))
        self.misses += 1

    def close(self, post: Post) -> None:
        """Take note that a post is not on its way any more, wherever it ended."""
        self._change(post, _Missing(post, is_open=False))

    def forget(self, post: Post) -> None:
        """Take note that it is known what became of a post."""
        self._change(post, None)

    def can_tell(self, post: Post, own: Collection[Post]) -> bool:
        """Return whether an unknown message of ours in the chat of `post` can be no other than it.

        Asking about another one would change its text. The segment's `own` posts may be taken for
        each other: all of them were to show the same.
        """
        chat = post.address.chat_id
        return all(
            missing.post in own or missing.post.address.chat_id != chat for missing in self._missing
        )

    def _change(self, post: Post, into: _Missing | None) -> None:
        for at, missing in enumerate(self._missing):
            if missing.post == post:
                self._missing[at : at + 1] = [] if into is None else [into]
                return
