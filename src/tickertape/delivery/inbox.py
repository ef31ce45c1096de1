"""What an agent said that its reply was not told yet.

Whoever carries a reply need not tell it of every word (`Reply.wants_deltas`): words that change
nothing wait here, and are told together, as said at the moment when the first of them came.
"""

from __future__ import annotations

from collections import deque

from tickertape.delivery.marks import StopReason
from tickertape.delivery.reply import Reply
from tickertape.events import Event, TextDelta

__all__ = ["Inbox"]


class Inbox:
    """Events and stops in the order in which they came. Another thread may put some in."""

    __slots__ = ("_items", "_told_at", "since")

    def __init__(self) -> None:
        self._items: deque[Event | StopReason] = deque()
        self._told_at = float("-inf")
        self.since: float | None = None
        """When the oldest of the words came that wait because nobody needs to know."""

    def put(self, item: Event | StopReason) -> None:
        """Take something in."""
        self._items.append(item)

    def tell(self, reply: Reply, now: float) -> bool:
        """Feed `reply` everything that waits; return whether there was anything.

        Adjacent words are told as one. What is put in meanwhile is told too.
        """
        since, self.since = self.since, None
        # Another thread may leave a moment behind of words that were told already.
        at = now if since is None else min(max(since, self._told_at), now)
        self._told_at = now
        words: list[str] = []
        told = False
        while self._items:
            item, told = self._items.popleft(), True
            if isinstance(item, TextDelta):
                words.append(item.text)
                continue
            _say(words, reply, at)
            at = now
            if isinstance(item, StopReason):
                reply.stop(item, now)
            else:
                reply.feed(item, now)
        _say(words, reply, at)
        return told


def _say(words: list[str], reply: Reply, at: float) -> None:
    if words:
        text = "".join(words)
        words.clear()
        reply.feed(TextDelta(text), at)
