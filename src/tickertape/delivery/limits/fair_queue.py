"""Sharing one bot's limit between its chats: who waits for it waits for a turn.

Without turns every chat that waits would wake for every call that comes back, all but one in vain,
and the one looked at first would win each time. With them each waiting chat has a moment of its
own, in the order of need: finals first, then first words, then previews. Who has a greater need
goes before, and the turns behind it move back by one.

**No chat starves, and none is favoured.** Of two previews the one goes first whose chat has had
fewer turns (start-time fair queueing: each turn moves a chat's tag on by one, and a chat that comes
back begins at the least tag of those that wait), and of two with as many the one whose text has
waited longer. By waiting alone the same chats would win every tie, and have twice the frames.

**A stop for all.** A refusal concerns one chat, and the others go on. Only where several chats are
refused within a second it is the bot that was too fast: then no chat calls until the shortest of
these waits is over, which is what the bot's own limit can have asked for at most, counted from the
latest refusal, as each knock makes the wait longer. Without this every chat would have to knock and
be refused by itself, and a dozen that knock once a second would be refused for ever.

**A share of the limit** is all there is where several processes spend it
(`tickertape.delivery.limits.share`). It changes while chats wait: their places stay, and their
moments are others when they ask again. Of a share of nothing, each is told to ask a window later.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import NamedTuple, TypeAlias

from tickertape.delivery.limits.meters import Meter, meter
from tickertape.delivery.limits.share import Share, SharedLimit, part_of
from tickertape.delivery.surface import Bucket, Limit

__all__ = ["FairQueue", "Priority"]

Priority: TypeAlias = tuple[int, float]
"""Who goes first: finals (0), first words (1) and previews (2), each by how long its text waits."""

_NO_LIMIT = Bucket(rate=1e9, burst=10**9)
"""More calls than any program makes."""
_PREVIEW = 2
_FEW = 64
_SEVERAL = 3
_AT_ONCE = 1.0
# A loop that is late by more than this makes others wait no longer for a chat that may be gone.
_PATIENCE = 0.25


class _Waiting(NamedTuple):
    """A place in the line; whose rank, or else whose number is less, goes first."""

    rank: tuple[int, int, float]
    number: int
    need: Priority
    chat: object


class FairQueue:
    """The limit of a bot, and who waits for it."""

    def __init__(self, limit: Limit | None) -> None:
        self.limit = limit
        """The whole limit; None: there is none."""
        self.made = 0
        """Calls made, but for those that never left."""
        self._meter: Meter = meter(limit or _NO_LIMIT)
        self._keep_to(part_of(limit or _NO_LIMIT, None))
        self._line: list[_Waiting] = []
        self._places: dict[object, _Waiting] = {}
        self._dues: dict[object, float] = {}
        self._asked = 0
        self._tags: dict[object, int] = {}
        self._served = 0
        self._behind = _FEW
        self._closed_until = float("-inf")
        self._refused: dict[object, tuple[float, float]] = {}
        self.latest = float("-inf")
        """The latest moment at which a call was answered."""

    def turn_at(self, chat: object, now: float, need: Priority) -> float:
        """Return when it is the turn of `chat`, which keeps its place until it calls.

        A place is lost by who does not come when it is its turn.

        Args:
            chat: Who asks: anything that can be told from the others.
            now: The present moment.
            need: What it has to show.
        """
        while self._line and self._dues[self._line[0].chat] + _PATIENCE < now:
            self._leave(self._line[0].chat)
        if (
            not self._line
            and now >= self._closed_until
            and self._part.calls
            and self._meter.ready_at(now, 0) <= now
        ):
            return now  # none waits
        place = self._places.get(chat)
        if place is None or place.need != need:
            self._leave(chat)
            self._asked += 1
            rank = (need[0], self._tag(chat) if need[0] == _PREVIEW else 0, need[1])
            place = self._places[chat] = _Waiting(rank, self._asked, need, chat)
            insort(self._line, place)
        due = self._dues[chat] = self._turn(bisect_left(self._line, place), now)
        if due <= now:
            self._leave(chat)
        return due

    def spend(self, chat: object) -> None:
        """Count a call of `chat` that is sent; whatever turn it had is used."""
        if chat in self._places:
            self._leave(chat)
        self._meter.spend()
        self.made += 1
        tag = self._tag(chat)
        self._tags[chat] = tag + 1
        previews = bisect_left(self._line, (_PREVIEW, 0, 0.0), key=lambda one: one.rank)
        behind = self._line[previews].rank[1] if previews < len(self._line) else tag
        self._served = max(self._served, min(tag, behind))
        if len(self._tags) > 2 * self._behind:
            self._tags = {one: tag for one, tag in self._tags.items() if tag > self._served}
            self._behind = max(_FEW, len(self._tags))

    def land(self, now: float) -> None:
        """Record that the answer of one of the calls was heard."""
        self.latest = now
        self._meter.land(now)

    def refund(self) -> None:
        """Record that one of the calls sent never left: it does not count."""
        self._meter.refund()
        self.made -= 1

    def share(self, share: Share | None, now: float) -> tuple[object, ...]:
        """Keep to a share of the limit from here on; None: to all of it.

        Calls that are counted stay counted.

        Returns:
            The chats that should ask again: all that wait, if more may be called than before.
        """
        if self.limit is None:
            return ()
        before = self._part.calls
        self._keep_to(part_of(self.limit, share))
        self._meter.resize(self._part, now)
        return tuple(self._places) if self._part.calls > before else ()

    def counted(self, now: float) -> float:
        """Return how many calls the limit counts, those on their way included."""
        return self._meter.counted(now)

    def waiting(self, now: float) -> int:
        """Count the chats that wait, without those that did not come when it was their turn."""
        return sum(due + _PATIENCE >= now for due in self._dues.values())

    def refuse(self, chat: object, wait: float, now: float) -> None:
        """Record that a chat was refused; several at once stop all."""
        self._refused[chat] = (now, wait)
        lately = {
            one: (at, its) for one, (at, its) in self._refused.items() if now - at <= _AT_ONCE
        }
        self._refused = lately
        if len(lately) >= _SEVERAL:
            until = max(at for at, _ in lately.values()) + min(its for _, its in lately.values())
            self._closed_until = max(self._closed_until, until)

    def _keep_to(self, part: SharedLimit) -> None:
        self._part, self._deepest = part, max(part.calls, 1) - 1

    def _turn(self, ahead: int, now: float) -> float:
        if not self._part.calls:
            return max(now, self._closed_until) + self._part.seconds
        at = self._meter.ready_at(max(now, self._closed_until), min(ahead, self._deepest))
        return at + max(0, ahead - self._deepest) * self._part.spacing

    def _tag(self, chat: object) -> int:
        """Count the turns that `chat` has had, as if it had been there from the beginning."""
        return max(self._tags.get(chat, 0), self._served)

    def _leave(self, chat: object) -> None:
        place = self._places.pop(chat, None)
        if place is not None:
            del self._line[bisect_left(self._line, place)], self._dues[chat]
