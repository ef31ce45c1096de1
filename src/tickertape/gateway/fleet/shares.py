"""How many calls of the bot's own limit each process holds: decided from rows, purely.

Each process has a row that says how many calls it holds, and how many it wants. Once a second it
reads all rows and decides about its own, alone: the database lets one process at a time do so. What
a share is, and when a call of it may be given to another process, is told in
`tickertape.delivery.limits.share`.

**Safe.** The rows never hold more than the limit together, and no process uses, or has used within
a window, more than its row holds. So it is

- lowered at once in the process, and in the row only as far as its meter has forgotten the calls;
- raised in the row only by what is free there, and in the process only when that was committed.

If the answer of the database is lost, either may have happened: the process goes on with the
smaller number, and finds in the next round what its row holds.

**Fair.** `fair` gives each process what it wants as long as there is enough, and else the same to
all that want more (max-min fairness). Idle processes get one call each, so that a first message
goes at once. Where there are more processes than calls, those that want one take turns.

**Full, and without flapping.** A process that is busy takes what is free, up to half more than it
uses. It gives something up only when another has less than its fair part, or when it is idle.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from tickertape.delivery.limits.share import Demand, Share

__all__ = ["Decide", "Holding", "NextShare", "Wish", "fair", "next_round", "row_of"]

# Rounds for which a process keeps its call where there are more processes than calls. A choice: a
# call that goes to another process is used by neither for one to two seconds.
_TENURE = 5
# What is left of the wish of a process that fell silent, after each second. A choice: an answer
# that pauses for some seconds finds its calls.
_FADING = 0.75


@dataclass(frozen=True, slots=True)
class Holding:
    """What one process holds of the limit, as its row says."""

    worker: str
    """The process."""
    calls: int
    """Calls of `total` that it may make, or has made within a window."""
    total: int
    """The calls of the whole limit, as this process knows it."""
    wish: int
    """Calls of `total` that it would make in a window."""
    rounds: int
    """Rounds in which it held any: who has fewer goes first where there is not one for each."""

    def of(self, total: int) -> Holding:
        """Return the same as parts of another total, rounded up: processes of two versions."""
        if total == self.total:
            return self
        calls, wish = (math.ceil(one * total / self.total) for one in (self.calls, self.wish))
        return replace(self, calls=calls, wish=wish, total=total)


@dataclass(frozen=True, slots=True)
class NextShare:
    """What a process does in one round."""

    use: int
    """How many calls it may make from here on: fewer at once, more when the row is committed."""
    row: Holding
    """Its row."""
    is_moving: bool
    """Whether it waits for calls of others, or others for calls of it."""

    @property
    def share(self) -> Share:
        """What its outbox may use."""
        return Share(self.use, self.row.calls, self.row.total)


Decide: TypeAlias = Callable[[Holding | None, Sequence[Holding]], NextShare]
"""Returns what a process does next, from its row, if there is one, and those of the others."""


def row_of(
    worker: str, mine: Holding | None, others: Sequence[Holding], total: int, wish: int
) -> Holding:
    """Return the row of a process with what it wishes for.

    One that comes, or comes back, has had as many rounds as the one that had the fewest.
    """
    row = (mine or Holding(worker, 0, total, 0, 0)).of(total)
    if not row.wish:
        busy = [one.rounds for one in others if one.wish]
        row = replace(row, rounds=max(row.rounds, min(busy, default=0)))
    return replace(row, wish=wish)


def next_round(me: Holding, others: Sequence[Holding], counted: int) -> NextShare:
    """Return what a process does next.

    Args:
        me: its row, with what it wishes for.
        others: the rows of all other processes that live.
        counted: calls of the total that its meter counts.
    """
    rows = [me, *(one.of(me.total) for one in others)]
    free = max(0, me.total - sum(one.calls for one in rows))
    parts = fair(me.total, rows)
    lack = sum(max(0, part - one.calls) for part, one in zip(parts, rows, strict=True))
    part, most = parts[0], parts[0] + _headroom(me.total, rows, parts)
    if me.calls < part:
        use = me.calls + min(part - me.calls, free)
    elif not me.wish:
        use = part
    elif lack > free:
        use = min(me.calls, most)
    else:
        use = me.calls
    if me.wish and lack <= free:
        use = max(use, min(most, use + free - lack))
    kept = max(use, min(me.calls, counted))
    rounds = me.rounds + (1 if kept else 0)
    return NextShare(use, replace(me, calls=kept, rounds=rounds), use < part or use < kept)


def fair(total: int, rows: Sequence[Holding]) -> list[int]:
    """Return for each process how many calls are its fair part."""
    least = 1 if len(rows) <= total else 0
    wishes = [min(max(one.wish, least), total) for one in rows]
    if sum(wish > 0 for wish in wishes) > total:
        keys = [(one.rounds - (_TENURE if one.calls else 0), one.worker) for one in rows]
    else:
        keys = [(-one.calls, one.worker) for one in rows]
    return _divided(total, wishes, sorted(range(len(rows)), key=keys.__getitem__))


def _divided(total: int, wishes: Sequence[int], order: Sequence[int]) -> list[int]:
    """Divide calls so that no process has less than another and less than its wish.

    What cannot be divided is given, one by one, in an order.
    """
    parts = [0] * len(wishes)
    left, open_ = total, [at for at in order if wishes[at]]
    while open_:
        level, over = divmod(left, len(open_))
        if met := [at for at in open_ if wishes[at] <= level]:
            for at in met:
                parts[at] = wishes[at]
            left -= sum(wishes[at] for at in met)
            open_ = [at for at in open_ if wishes[at] > level]
            continue
        for place, at in enumerate(open_):
            parts[at] = level + (place < over)
        break
    return parts


def _headroom(total: int, rows: Sequence[Holding], parts: Sequence[int]) -> int:
    """Return how many calls more than its part the first process may hold, if it wants any.

    Its part of what is left, and half of what it wants; the rest stays free for who comes.
    """
    busy = sum(1 for one in rows if one.wish)
    left = total - sum(parts)
    return min(left // busy, rows[0].wish // 2 + 2) if rows[0].wish else 0


class Wish:
    """How many calls a process would make in a window: the most of the last seconds."""

    def __init__(self) -> None:
        """Begin with none."""
        self._made: deque[tuple[float, int]] = deque()
        self._level = 0.0
        self._at = 0.0

    def at(self, now: float, demand: Demand) -> int:
        """Return the wish at `now`, in seconds of a clock that never goes back."""
        made = self._made
        made.append((now, demand.made))
        while len(made) > 1 and made[1][0] <= now - demand.seconds:
            made.popleft()
        since, before = made[0]
        # Of rounds that are farther apart than a window is long, one window's part.
        within = min(1.0, demand.seconds / (now - since)) if now > since else 1.0
        wish = math.ceil((demand.made - before) * within) + demand.waiting
        faded = self._level * _FADING ** (now - self._at)
        self._level, self._at = max(float(wish), faded, float(demand.open_chats > 0)), now
        return min(int(self._level), demand.total)
