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
from operator import attrgetter
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
    until: float
    """Until when it may make its message: where its answer was late, those of later posts may come
    before it."""
    is_there: bool
    """Whether it was accepted, only without an id: it made a message, before any later post."""
    is_sought: bool
    """Whether its message is looked for."""
    after: str | None
    """The latest message that was known before it; None: any later one may be its own."""
    below: int | None = None
    """A later message of its chat; None: none is known yet."""

    @property
    def was_late(self) -> bool:
        """Whether its message may have come after those of later posts."""
        return self.until > self.since

    def may_be_beyond(self, number: int) -> bool:
        """Return whether its message may have come after that one."""
        return self.below is None or self.below > number


class KnownMessages:
    """The messages of one row whose ids are known, and the posts whose ids are not.

    What was posted by a program that wrote here before is in neither, but for what it left to be
    gone on with: so nothing is looked for before a message that came after all of it, but for the
    post that such a program made last (`Reply.resume`).
    """

    __slots__ = ("_ids", "_missing", "_newest", "_row", "_taken_for")

    def __init__(self, row: MessageRow) -> None:
        """Begin with none of a row."""
        self._row = row
        self._ids: deque[str] = deque(maxlen=_KEPT)
        self._newest: int | None = None
        self._missing: deque[MissingPost] = deque(maxlen=_KEPT)
        self._taken_for: dict[str, MissingPost] = {}

    @property
    def tries(self) -> int:
        """How many messages are worth asking about to find one."""
        return self._row.tries

    @property
    def ids(self) -> tuple[str, ...]:
        """The messages that are known, in the order in which they became known."""
        return tuple(self._ids)

    @property
    def newest(self) -> str | None:
        """The latest message that is known, where every later one of ours is known or missing."""
        return None if self._newest is None else self._row.id(self._newest)

    def note(self, message_id: str, *, is_old: bool = False, sent_at: float | None = None) -> None:
        """Record a message, ours or not.

        Args:
            message_id: The message.
            is_old: Whether messages of ours may have come after it that are neither known nor
                missing: those of a program that wrote here before.
            sent_at: When another participant sent it, by the platform's clock: what can make no
                message any more by then came before it. None: that is not known.

        Raises:
            ValueError: when it is no id of this row.
        """
        number = self._row.number(message_id)
        if sent_at is not None:
            self._bound(number, lambda missing: sent_at > missing.since + _LATEST)
        if message_id in self._ids:
            return
        self._ids.append(message_id)
        if self._newest is not None:
            self._newest = max(number, self._newest)
        elif not is_old:
            self._newest = number

    def miss(
        self,
        post: Post | PostVoice,
        since: float,
        after: str | None = None,
        *,
        is_late: bool = False,
        is_there: bool = False,
    ) -> None:
        """Record a post whose id is not known.

        Args:
            post: The post.
            since: When it was made.
            after: The latest message that was known then: one later is looked for.
            is_late: Whether its answer did not come in time: it may still be on its way.
            is_there: Whether it was accepted.
        """
        until = since + _LATEST if is_late else since
        is_sought = after is not None and not is_there
        self._missing.append(MissingPost(post, since, until, is_there, is_sought, after))

    def rest(self, post: Post) -> None:
        """Record that one of some equal posts is not looked for any more; it may be there."""
        self._change(post, None, lambda missing: replace(missing, is_sought=False))

    def misplace(self, post: Post) -> None:
        """Record that the message of a post may be one that is known, or any later one."""
        self._change(post, None, lambda missing: replace(missing, after=None))

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
        self._bound(
            self._row.number(message_id),
            lambda missing: missing.post.address.chat == chat and since >= missing.until,
        )

    def take_for(self, missing: MissingPost, message_id: str) -> None:
        """Record a message that was found for that of a post which is not looked for.

        It is not known to be: it may be one whose answer still comes (`told`).
        """
        self.forget(missing.post, missing.since)
        self.note(message_id)
        self._taken_for[message_id] = missing
        if len(self._taken_for) > _KEPT:
            del self._taken_for[next(iter(self._taken_for))]

    def told(self, message_id: str) -> None:
        """Record that the answer to a post names a message: what that was taken for is missing."""
        if (missing := self._taken_for.pop(message_id, None)) is not None:
            self._ids = deque((one for one in self._ids if one != message_id), _KEPT)
            in_order = sorted([*self._missing, missing], key=attrgetter("since"))
            self._missing = deque(in_order, _KEPT)

    def missing_beyond(self, after: str) -> int:
        """Return how many missing posts may have made messages that came after that one."""
        number = self._row.number(after)
        return sum(missing.may_be_beyond(number) for missing in self._missing)

    def is_beyond(self, missing: MissingPost, after: str) -> bool:
        """Return whether the message of a post, if it made one, came after that one for certain."""
        if missing.after is None:
            return False
        between = range(self._row.number(missing.after) + 1, self._row.number(after))
        return len(between) <= _KEPT and all(self._row.id(one) in self._ids for one in between)

    def unknown(self, ids: Collection[str]) -> int:
        """Return how many of these are not known to be a message: one of another chat, say."""
        return sum(one not in self._ids for one in ids)

    def candidate(self, after: str, asked: Collection[str]) -> str:
        """Return the nearest message that may be a missing post's.

        Args:
            after: The latest message that was known before the post.
            asked: Messages that are not the one.
        """
        later = map(self._row.id, count(self._row.number(after) + 1))
        return next(one for one in later if one not in self._ids and one not in asked)

    def can_tell(self, post: Post, own: Collection[Post], after: str) -> bool:
        """Return whether the next unknown message of ours in the chat may be taken for `post`.

        A chat takes one call at a time, so its messages have the order of its posts: the post that
        was missed first is asked for first. Where it made no message, that of the next one is taken
        for it, and the next one is posted again: each text is there once, if both are looked for
        in the same place. The segment's `own` posts may be taken for each other.

        Args:
            post: The post.
            own: Posts of the same segment.
            after: The latest message that was known before the post.
        """
        here, own_left = self.missing_here(post, after), list(own)
        del here[: len(self.ahead(post, own, after))]
        for at, missing in sorted(enumerate(here), key=lambda one: not one[1].is_sought):
            if missing.post in own_left:  # an equal one more is another segment's
                own_left.remove(missing.post)
            elif not (at and missing.is_sought and missing.post.address == post.address):
                return False
        return bool(here)

    def missing_here(self, post: Post, after: str) -> list[MissingPost]:
        """Return the posts of its chat that may have made messages after that one.

        In the order in which they were missed.
        """
        chat, number = post.address.chat, self._row.number(after)
        return [
            missing
            for missing in self._missing
            if missing.post.address.chat == chat and missing.may_be_beyond(number)
        ]

    def ahead(self, post: Post, own: Collection[Post], after: str) -> list[MissingPost]:
        """Return the post of others whose message is there, and comes before that of `post`.

        Of several, none could tell which ones come before what is known. The arguments are those
        of `can_tell`.
        """
        here = self.missing_here(post, after)
        ahead = list(takewhile(lambda one: one.is_there and one.post not in own, here))
        return ahead if len(ahead) == 1 else []

    def _bound(self, number: int, is_before: Callable[[MissingPost], bool]) -> None:
        """Record that the messages of some missing posts came before one that is known.

        Args:
            number: Its number.
            is_before: Whether that holds of a post; what is looked for keeps its place anyway.
        """
        for at, missing in enumerate(self._missing):
            if missing.below is None and not missing.is_sought and is_before(missing):
                self._missing[at] = replace(missing, below=number)

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
