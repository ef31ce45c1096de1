"""The search for the message of a lost post: which ones are asked about, and what they prove.

Without knowledge of the chat (`KnownAt` gives None) nothing is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from tickertape.delivery.actions import Post
from tickertape.delivery.lost.known import KnownMessages, MissingPost
from tickertape.delivery.reply.screen import Unheard, asked
from tickertape.delivery.reply.segment import Segment
from tickertape.markup.forms import Rendering
from tickertape.markup.plain import alike

__all__ = ["Found", "Search"]

_GONE = 3
"""How many messages that are not there prove that a post made none, where fewer posts are missing:
numbers are given in a row, and only messages that were not heard of lie between."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whose message was found."""

    post: Post
    """The post that made it, as far as can be told."""
    since: float
    """When it was made."""
    is_certain: bool
    """Whether it is no other one's: else the message of `post` may stand elsewhere."""
    perhaps: tuple[Rendering, ...]
    """What the message may show."""
    open_since: float | None
    """When it may have been opened, to add text to it; None: it was posted whole."""


class Search:
    """The search of one reply among the messages of its chat."""

    __slots__ = ("_known",)

    def __init__(self, known: KnownMessages | None) -> None:
        """Begin.

        Args:
            known: What is known of the chat's messages; None: that cannot be known.
        """
        self._known = known

    @property
    def newest(self) -> str | None:
        """The latest message that is known in the chat: what is posted next comes after it."""
        return self._known.newest if self._known is not None else None

    def knows(self, message_id: str) -> bool:
        """Return whether a message is known already, ours or not."""
        return self._known is not None and message_id in self._known.ids

    def can_ask(self, segment: Segment, unheard: Unheard) -> bool:
        """Return whether there is a message left that is worth asking about."""
        known = self._known
        if known is None or unheard.after is None:
            return False
        has_tries = known.unknown(unheard.asked) < known.tries
        return has_tries and known.can_tell(unheard.post, segment.missing, unheard.after)

    def candidate(self, unheard: Unheard) -> str | None:
        """Return the message to ask about next; None where nothing is known."""
        if self._known is None or unheard.after is None:
            return None
        return self._known.candidate(unheard.after, unheard.asked)

    def is_proof(self, unheard: Unheard) -> bool:
        """Return whether a post whose call has ended would have been found."""
        return not unheard.silent and self._is_nowhere(unheard)

    def is_gone(self, unheard: Unheard) -> bool:
        """Return whether a post of a process that is gone would have been found by now."""
        return unheard.left and self._is_nowhere(unheard)

    def _is_nowhere(self, unheard: Unheard) -> bool:
        """Return whether no message is there that the post can have made."""
        known = self._known
        if known is None or unheard.after is None or unheard.unsure:
            return False
        is_nowhere = known.unknown(unheard.gone) >= _GONE
        return is_nowhere and known.missing_beyond(unheard.after) <= _GONE

    def is_of_other(self, segment: Segment, unheard: Unheard, message_id: str, shown: str) -> bool:
        """Return whether the message that was found is taken for that of an earlier post.

        That post was accepted without an id, and is over. Where its message may stand elsewhere,
        the one that was found may be the segment's own all the same: an answer may tell (`told`).
        """
        if self._known is None or unheard.after is None:
            return False
        ahead = self._known.ahead(unheard.post, segment.missing, unheard.after)
        if not ahead or (shown and not alike(shown, ahead[0].post.text)):
            return False
        if not self._known.is_beyond(ahead[0], unheard.after):
            for post in segment.missing:
                self._known.misplace(post)
        self._known.take_for(ahead[0], message_id)
        return True

    def author(self, segment: Segment, unheard: Unheard, shown: str) -> Found:
        """Return which of a segment's posts made the message that was found.

        Posts of a chat arrive in their order, so it is the first one's, if that made any, and else
        no message of the first one stands there. But where the answer of the first was late, it may
        have come after others; and it may stand before the one that was found, where a question was
        refused for a reason that says nothing, or where others may be hidden between.

        Args:
            segment: Whose posts they are.
            unheard: The post that was looked for.
            shown: What the message shows; empty: the channel does not tell.
        """
        known, after = self._known, unheard.after
        here = known.missing_here(unheard.post, after) if known and after is not None else []
        own = _own(segment, here)
        told = [one for one in own if shown and alike(shown, one[0].text)]
        maybe = [(post, one.since) for post, one in told[:1] or own]
        maybe = maybe or [(unheard.post, unheard.since)]
        in_order = not unheard.unsure and bool(own) and self._comes_first(own[0][1], after)
        is_certain = bool(told) or len(here) <= 1 or in_order
        perhaps = tuple(asked(one) for one, _ in maybe)
        open_since = next((at for one, at in maybe if one.is_open), None)
        return Found(*maybe[0], is_certain, perhaps, open_since)

    def _comes_first(self, missing: MissingPost, after: str | None) -> bool:
        """Return whether a post's message, if it made one, is found before those of later posts."""
        if self._known is None or after is None or missing.was_late:
            return False
        return self._known.is_beyond(missing, after)

    # What is recorded for all replies of the chat.

    def note(self, message_id: str, *, is_old: bool = False) -> None:
        """Record a message of the chat; see `KnownMessages.note`."""
        if self._known is not None:
            self._known.note(message_id, is_old=is_old)

    def told(self, message_id: str) -> None:
        """Record that the answer to a post names a message; see `KnownMessages.told`."""
        if self._known is not None:
            self._known.told(message_id)

    def posted(self, chat: str, message_id: str, since: float) -> None:
        """Record a message that was posted in a chat at `since`."""
        if self._known is not None:
            self._known.posted(chat, message_id, since)

    def miss(
        self, post: Post, since: float, after: str | None, *, is_late: bool, is_there: bool
    ) -> None:
        """Record a post whose id is not known; see `KnownMessages.miss`."""
        if self._known is not None:
            self._known.miss(post, since, after, is_late=is_late, is_there=is_there)

    def rest(self, segment: Segment) -> None:
        """Record that the posts of a segment are not looked for any more."""
        for post in segment.missing:
            if self._known is not None:
                self._known.rest(post)

    def forget(self, post: Post, since: float) -> None:
        """Record that it is known what became of a post."""
        if self._known is not None:
            self._known.forget(post, since)


def _own(segment: Segment, here: list[MissingPost]) -> list[tuple[Post, MissingPost]]:
    """Return which of the missing posts of a chat are the segment's."""
    left, own = list(segment.missing), []
    for missing in here:
        if isinstance(missing.post, Post) and missing.post in left:
            left.remove(missing.post)
            own.append((missing.post, missing))
    return own
