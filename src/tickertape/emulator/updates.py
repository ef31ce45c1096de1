"""The updates that wait for a bot: ids, confirmation, what the bot wants to hear, and for how long.

The rules are those of `getUpdates` (core.telegram.org/bots/api#getupdates; tdlib/telegram-bot-api
Client.cpp 15700-15735): asking with an offset confirms everything before it; a negative offset
counts from the end and forgets the rest; an offset beyond the next id is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tickertape.emulator.answers import Json

__all__ = ["KINDS", "UpdateQueue"]

KINDS = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "callback_query",
    "my_chat_member",
    "stopped_message_generation",
)
"""The kinds of updates that this emulator makes."""

FIRST_UPDATE_ID = 710_000_001
"""Where ids begin; Telegram says only that it is some positive number."""


_FIRST_BEGAN = 1_790_000_000.0
"""When the world began whose ids are the first: a day in September 2026 (`places.EPOCH`)."""
_FASTEST = 16
"""Updates a second of one bot, over a whole run: more than people at a page make."""


@dataclass(frozen=True, slots=True)
class _QueuedUpdate:
    """One update that was not confirmed."""

    update: Json
    """What the bot will read."""
    update_id: int
    """Its id."""
    expires_at: float
    """When it is forgotten."""


class UpdateQueue:
    """The updates of one bot that were not confirmed, oldest first.

    Args:
        lifetime: Seconds that an update waits.
        began: When its world began, in seconds since 1970. The ids of a later one are others: a bot
            that remembers what it read would take them for the same.
    """

    def __init__(self, lifetime: float, began: float = 0.0) -> None:
        self.allowed: tuple[str, ...] | None = None
        """The kinds that the bot asked for, as it wrote them; None: the default set."""
        self._lifetime = lifetime
        self._next_id = FIRST_UPDATE_ID + int(max(began - _FIRST_BEGAN, 0.0) * _FASTEST)
        self._waiting: list[_QueuedUpdate] = []

    def wants(self, kind: str) -> bool:
        """Return whether updates of this kind are kept for the bot."""
        return not self.allowed or kind in self.allowed

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Set the kinds of updates that are kept from here on.

        Args:
            kinds: The bot's list; None leaves the old one, an empty list restores the default.
        """
        if kinds is not None:
            self.allowed = tuple(kinds) or None

    def push(self, kind: str, payload: Json, now: float) -> None:
        """Keep one update, if the bot wants its kind."""
        if not self.wants(kind):
            return
        update: Json = {"update_id": self._next_id, kind: payload}
        self._waiting.append(_QueuedUpdate(update, self._next_id, now + self._lifetime))
        self._next_id += 1

    def fetch(self, offset: int, limit: int, now: float) -> list[Json]:
        """Return the bot's next updates, and confirm those before the offset.

        Args:
            offset: As in `getUpdates`; 0 confirms nothing.
            limit: How many updates at most.
            now: Seconds on the world's clock.
        """
        self._expire(now)
        if offset < 0:
            del self._waiting[: max(0, len(self._waiting) + offset)]
        elif offset <= self._next_id:
            self._waiting = [item for item in self._waiting if item.update_id >= offset]
        return [item.update for item in self._waiting[:limit]]

    def confirm(self, update_id: int) -> None:
        """Forget one update, which a webhook took."""
        self._waiting = [item for item in self._waiting if item.update_id != update_id]

    def clear(self) -> None:
        """Forget all waiting updates."""
        self._waiting.clear()

    def pending(self, now: float) -> int:
        """Return how many updates wait."""
        self._expire(now)
        return len(self._waiting)

    def _expire(self, now: float) -> None:
        if self._waiting and self._waiting[0].expires_at <= now:
            self._waiting = [item for item in self._waiting if item.expires_at > now]
