"""What an agent said that its reply was not told yet.

The carrier of a reply need not tell it of every word (`Intent.wants_deltas`): words that change
nothing wait here, and are told together, as said at the moment when the first of them came.
"""

from __future__ import annotations

from collections import deque

from tickertape.delivery.marks import StopReason
from tickertape.delivery.reply.reply import Reply
from tickertape.events import Event

__all__ = ["Inbox"]


class Inbox:
    """Words, events and stops in their order. Another thread may put some in."""

    __slots__ = ("_told_at", "since", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[str | Event | StopReason] = deque()
        """What the reply was not told, the oldest first."""
        self._told_at = float("-inf")
        self.since: float | None = None
        """When the oldest of the words came that wait, since nothing needs them yet."""

    def put(self, item: str | Event | StopReason) -> None:
        """Take something in."""
        self.waiting.append(item)

    def tell(self, reply: Reply, now: float) -> bool:
        """Feed `reply` everything that waits; return whether there was anything.

        Adjacent words are told as one. What is put in meanwhile is told too.
        """
        since, self.since = self.since, None
        # Another thread may leave a moment behind of words that were told already.
        at = now if since is None else min(max(since, self._told_at), now)
        self._told_at = now
        if not self.waiting:
            return False
        words: list[str] = []
        told = False
        while self.waiting:
            item, told = self.waiting.popleft(), True
            if isinstance(item, str) and not isinstance(item, StopReason):
                words.append(item)
                continue
            if words:
                reply.hear("".join(words), at)
                words.clear()
            at = now
            if isinstance(item, StopReason):
                reply.stop(item, now)
            else:
                reply.feed(item, now)
        if words:
            reply.hear("".join(words), at)
        return told
