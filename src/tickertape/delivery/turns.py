"""Sharing one bot's limit between its chats: who waits for it waits for a turn.

Without turns every chat that waits would wake for every call that comes back, all but one in vain,
and whoever is looked at first would win each time. With them each waiting chat has a moment of its
own, in the order in which they asked: none starves, and none wakes for another's sake. Finals do
not queue: they take the next call that there is, and the turns behind them move back by one.
"""

from __future__ import annotations

from tickertape.delivery.meters import Meter, meter
from tickertape.delivery.surface import Bucket, Limit

__all__ = ["Turns"]


class Turns:
    """The limit of a bot, and who waits for it."""

    def __init__(self, limit: Limit) -> None:
        self._meter: Meter = meter(limit)
        self._spacing = (
            1.0 / limit.rate if isinstance(limit, Bucket) else limit.seconds / limit.calls
        )
        self._waiting: dict[object, float] = {}
        self._last = float("-inf")

    def ready_at(self, now: float) -> float:
        """Say when the bot may make a call at all; `now` at the least."""
        return self._meter.ready_at(now, 0)

    def turn_at(self, chat: object, now: float) -> float:
        """Say when it is the turn of `chat`, which keeps its turn until it calls; `now` at least.

        Args:
            chat: Who asks: anything that can be told from the others.
            now: The present moment.
        """
        ready = self._meter.ready_at(now, 0)
        turn = self._waiting.get(chat)
        if turn is None:
            turn = max(ready, self._last + self._spacing)
            if turn <= now:
                return now
            self._waiting[chat] = self._last = turn
        return max(ready, turn)

    def spend(self, chat: object) -> None:
        """Count a call of `chat` that is sent; whatever turn it had is used."""
        self._waiting.pop(chat, None)
        self._meter.spend()

    def land(self, now: float) -> None:
        """Note that the answer of one of the calls was heard."""
        self._meter.land(now)
