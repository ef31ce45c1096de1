"""What is known of the messages of one chat: enough to find a post whose answer was not heard.

Where the messages of several chats are counted in one row (`Surface.row`), they are known together.

A platform that has no key for a post can still be asked whether a message is there, is ours, and
shows a certain text (`tickertape.delivery.actions.Find`). Which messages it can be follows from
those that are known: it came later than the newest that was known before it was posted, and it is
none of the others. That holds only where a single program writes for the bot: an unknown message of
ours is then a post whose answer was not heard, and no other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from itertools import count, takewhile
from typing import TypeAlias

from tickertape.chat import Address
from tickertape.delivery.actions import Post, PostVoice
from tickertape.delivery.surface import MessageRow

__all__ = ["KnownAt", "KnownMessages", "MissingPost"]

_KEPT = 256
"""How many messages and posts are kept: more than come in while some messages are asked about."""

_LATEST = 360.0
"""Seconds after which a post whose answer was late can make no message any more: its call is kept
open for three minutes, and what was sent by then is sent again for two more where its connection is
closed (Linux: `tcp_orphan_retries`)."""


@dataclass(frozen=True, slots=True)
class MissingPost:
    """A post whose id is not known."""

    post: Post | PostVoice
    """What was posted."""
    since: float
    """When it was posted: tells it from equal ones."""
    is_open: bool
    """Whether it may still be on its way."""
    is_sought: bool
    """Whether its message is looked for."""
    was_open: bool
    """Whether its answer was late: its message may have come after those of later posts."""
    is_there: bool
    """Whether it was accepted, only without an id: it made a message, before any later post."""
    below: int | None = None
    """A later message of its chat; None: none is known yet."""

    def may_be_beyond(self, number: int) -> bool:
        """Return whether its message may have come after that one."""
        return self.below is None or self.below > number


class KnownMessages:
    """The messages of one row whose ids are known, and the posts whose ids are not."""

    __slots__ = ("_ids", "_missing", "_row")

    def __init__(self, row: MessageRow) -> None:
        """Begin with none of a row."""
        self._row = row
        self._ids: deque[str] = deque(maxlen=_KEPT)
        self._missing: deque[MissingPost] = deque(maxlen=_KEPT)

    @property
    def tries(self) -> int:
        """How many messages are worth asking about to find one."""
        return self._row.tries

    @property
    def ids(self) -> tuple[str, ...]:
        """The messages that are known, in the order in which they became known."""
        return tuple(self._ids)

    def note(self, message_id: str) -> None:
        """Record a message, ours or not.

        Raises:
            ValueError: when it is no id of this row.
        """
        if message_id not in self._ids:
            self._row.number(message_id)
            self._ids.append(message_id)

    def miss(
        self,
        post: Post | PostVoice,
        since: float,
        *,
        is_open: bool = False,
        is_sought: bool = False,
        is_there: bool = False,
    ) -> None:
        """Record a post whose id is not known.

        Args:
            post: The post.
            since: When it was made.
            is_open: Whether it may still be on its way.
            is_sought: Whether its message is looked for.
            is_there: Whether it was accepted.
        """
        missing = MissingPost(post, since, is_open, is_sought, was_open=is_open, is_there=is_there)
        self._missing.append(missing)

    def close(self, post: Post, since: float) -> None:
        """Record that a post is not on its way any more, wherever it ended."""
        self._change(post, since, lambda missing: replace(missing, is_open=False))

    def rest(self, post: Post) -> None:
        """Record that one of some equal posts is not looked for any more; it may be there."""
        self._change(post, None, lambda missing: replace(missing, is_sought=False))

    def forget(self, post: Post | PostVoice, since: float) -> None:
        """Record that it is known what became of a post."""
        self._change(post, since, lambda _: None)

    def posted(self, chat: str, message_id: str, since: float) -> None:
        """Record a message that was posted in a chat: what is missing there came before it.

        What is still on its way may come later; what is looked for keeps its place.

        Args:
            chat: The chat.
            message_id: The message.
            since: When it was posted.
        """
        self.note(message_id)
        for at, missing in enumerate(self._missing):
            if missing.post.address.chat == chat and missing.below is None:
                is_under_way = missing.was_open and since < missing.since + _LATEST
                if missing.is_open or missing.is_sought or is_under_way:
                    return
                self._missing[at] = replace(missing, below=self._row.number(message_id))

    def missing_beyond(self, ids: Collection[str]) -> int:
        """Return how many missing posts may have made messages that came after all of `ids`.

        There has to be at least one id.
        """
        newest = self._newest(ids)
        return sum(missing.may_be_beyond(newest) for missing in self._missing)

    def unknown(self, ids: Collection[str]) -> int:
        """Return how many of these are not known to be a message: one of another chat, say."""
        return sum(one not in self._ids for one in ids)

    def candidate(self, before: Collection[str], asked: Collection[str]) -> str:
        """Return the nearest message after all of `before` that may be a missing post's.

        Args:
            before: Messages that were there before the post; at least one.
            asked: Messages that are not the one.
        """
        later = map(self._row.id, count(self._newest(before) + 1))
        return next(one for one in later if one not in self._ids and one not in asked)

    def can_tell(self, post: Post, own: Collection[Post], before: Collection[str]) -> bool:
        """Return whether the next unknown message of ours in the chat may be taken for `post`.

        A chat takes one call at a time, so its messages have the order of its posts: the post that
        was missed first is asked for first. Where it made no message, that of the next one is taken
        for it, and the next one is posted again: each text is there once, if both are looked for
        in the same place. The segment's `own` posts may be taken for each other.

        Args:
            post: The post.
            own: Posts of the same segment.
            before: Messages that were there before the post; at least one.
        """
        here, own_left = self.missing_here(post, before), list(own)
        del here[: len(self.ahead(post, own, before))]
        for at, missing in sorted(enumerate(here), key=lambda one: not one[1].is_sought):
            if missing.post in own_left:  # an equal one more is another segment's
                own_left.remove(missing.post)
            elif not (at and missing.is_sought and missing.post.address == post.address):
                return False
        return bool(here)

    def missing_here(self, post: Post, before: Collection[str]) -> list[MissingPost]:
        """Return the posts of its chat that may have made messages after all of `before`.

        In the order in which they were missed. `before` has to have an id.
        """
        chat, newest = post.address.chat, self._newest(before)
        return [
            missing
            for missing in self._missing
            if missing.post.address.chat == chat and missing.may_be_beyond(newest)
        ]

    def ahead(
        self, post: Post, own: Collection[Post], before: Collection[str]
    ) -> list[MissingPost]:
        """Return the post of others whose message is there, and comes before that of `post`.

        Of several, none could tell which ones come before what is known. The arguments are those
        of `can_tell`.
        """
        here = self.missing_here(post, before)
        ahead = list(takewhile(lambda one: one.is_there and one.post not in own, here))
        return ahead if len(ahead) == 1 else []

    def _newest(self, ids: Collection[str]) -> int:
        """Return the number of the latest of some messages."""
        return max(map(self._row.number, ids))

    def _change(
        self,
        post: Post | PostVoice,
        since: float | None,
        into: Callable[[MissingPost], MissingPost | None],
    ) -> None:
        """Change a post, or the first of equal ones that is not so already."""
        for at, missing in enumerate(self._missing):
            if missing.post != post or since not in {None, missing.since}:
                continue
            if (changed := into(missing)) == missing:
                continue
            if changed is None:
                del self._missing[at]
            else:
                self._missing[at] = changed
            return


KnownAt: TypeAlias = Callable[[Address], KnownMessages | None]
"""What is known of the messages of a chat; None where that cannot be known."""
