"""The best that can be done within the limits by somebody who knows the whole answer beforehand.

A clairvoyant scheduler sees every token of an answer, and when it will end. It has the limits that
we have and half a round trip until a frame is visible, and chooses when to make its calls so that
the characters wait as little as possible. What it reaches is a *lower bound* on what any policy
can; `Optimum.is_exact` says where it is reached, so that no better bound exists.

- Only moments at which a token comes are worth a call: a later one shows the same, later.
- Where a limit amounts to "so many calls until then" (an answer that is shorter than the window; a
  bucket, which is full at first), the best schedule of k calls follows from the best ones of k - 1
  (dynamic programming). Waiting costs are of Monge's kind, so the latest call but one moves
  forward with the latest, and a layer of n tokens takes n log n steps instead of n².
- An answer that is longer than the window has as many limits as there are windows. They are
  relaxed (Lagrange): each window gets a price that every call within it pays, and what the best
  schedule then costs, less what the allowed calls would have paid, is a bound for *any* prices.
  Those that give a good one are found by raising the price of what is overfull.
- That only one call flies at a time, and buckets that overflow, are left out of the search, and
  checked afterwards: a schedule that breaks no rule is the best one, else it is a bound.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from tickertape.delivery.surface import Bucket, Limit, Window
from tickertape.testing.measures import Token

__all__ = ["Optimum", "least_delay", "least_staleness"]

ROUND_TRIP = 0.08
_ROUNDS = 300
"""Corrections of the windows' prices: with more of them the bounds grow by less than 0.2 %."""
_GRID = 0.5
"""Seconds between the windows that have prices."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """What nobody can beat."""

    value: float
    """The mean delay in seconds, or the staleness in characters."""
    moments: tuple[float, ...]
    """When the calls are launched, the last one included; of a bound: of the schedule behind it."""
    is_exact: bool
    """Whether that schedule keeps all the rules, and so is the best there is."""


def least_delay(
    tokens: Sequence[Token],
    limits: Sequence[Limit],
    *,
    final_is_free: bool = False,
    round_trip: float = ROUND_TRIP,
) -> Optimum:
    """Bound the mean character delay from below.

    Args:
        tokens: What the agent says, and when; at least one, in order.
        limits: What all calls keep to, all at once.
        final_is_free: Whether the last call counts against another limit (drafts).
        round_trip: Seconds that a call takes; its frame is visible after half of them.
    """
    half = round_trip / 2.0
    waits = _Waits(tokens, [at + half for at, _ in tokens])
    total, moments, kept = _search(waits, tuple(limits), final_is_free, round_trip)
    return Optimum(total / waits.characters, moments, kept)


def least_staleness(
    tokens: Sequence[Token],
    limits: Sequence[Limit],
    *,
    final_is_free: bool = False,
    round_trip: float = ROUND_TRIP,
) -> Optimum:
    """Bound the staleness from below; arguments as for `least_delay`, tokens at two moments."""
    end = tokens[-1][0]
    half = round_trip / 2.0
    waits = _Waits(tokens, [min(at + half, end) for at, _ in tokens])
    total, moments, kept = _search(waits, tuple(limits), final_is_free, round_trip)
    return Optimum(total / (end - tokens[0][0]), moments, kept)


class _Waits:
    """How long characters wait in all, if they are shown together."""

    def __init__(self, tokens: Sequence[Token], visible: Sequence[float]) -> None:
        self.at = [at for at, _ in tokens]
        self.count = len(tokens)
        self._visible = [0.0, *visible]
        self._sizes = [0, *accumulate(len(text) for _, text in tokens)]
        self._born = [0.0, *accumulate(len(text) * at for at, text in tokens)]
        self.characters = self._sizes[-1]

    def between(self, i: int, j: int) -> float:
        """Add up the waits of tokens i to j - 1, if a call at the moment of j - 1 shows them."""
        size = self._sizes[j] - self._sizes[i]
        return size * self._visible[j] - (self._born[j] - self._born[i])


def _search(
    waits: _Waits, limits: tuple[Limit, ...], final_is_free: bool, round_trip: float
) -> tuple[float, tuple[float, ...], bool]:
    length = waits.at[-1] - waits.at[0]
    sliding = [one for one in limits if isinstance(one, Window) and one.seconds < length]
    longest = max(sliding, key=lambda one: one.seconds, default=None)
    bounds = [_by_count(waits, _earliest(waits, limits, final_is_free))]
    if longest is not None:
        bounds.append(_by_price(waits, longest, final_is_free))
    total, chosen = max(bounds)
    moments = tuple(waits.at[j - 1] for j in chosen)
    counted = moments[:-1] if final_is_free else moments
    kept = all(_keeps(counted, one) for one in limits) and all(
        b - a >= round_trip - 1e-9 for a, b in pairwise(moments)
    )
    return total, moments, kept and len(bounds) == 1


def _earliest(waits: _Waits, limits: Iterable[Limit], final_is_free: bool) -> list[int]:
    """Say, for the first call, the second, ..., at which token it may be made, counted from 1."""
    first, last = waits.at[0], waits.at[-1]
    earliest: list[int] = []
    for number in range(1, waits.count + 1):
        at = first
        for limit in limits:
            match limit:
                case Window(calls=calls, seconds=seconds):
                    at = max(at, first + (number - 1) // calls * seconds)
                case Bucket(rate=rate, burst=burst):
                    at = max(at, first + (number - burst) / rate)
        if at > last + 1e-9:
            break
        earliest.append(bisect.bisect_left(waits.at, at - 1e-9) + 1)
    if final_is_free and len(earliest) < waits.count:
        earliest.append(waits.count)
    return earliest


def _by_count(waits: _Waits, earliest: Sequence[int]) -> tuple[float, list[int]]:
    """Find the best schedule in which the k-th call is not before token `earliest[k - 1]`."""
    n = waits.count
    costs = [0.0] + [math.inf] * n
    origins: list[list[int]] = []
    best, length = math.inf, 0
    for number, start in enumerate(earliest, 1):
        costs, came_from = _layer(waits, costs, start)
        origins.append(came_from)
        if costs[n] < best - 1e-12:
            best, length = costs[n], number
    chosen, j = [], n
    for came_from in reversed(origins[:length]):
        chosen.append(j)
        j = came_from[j]
    return best, chosen[::-1]


def _layer(
    waits: _Waits, before: Sequence[float], start: int
) -> tuple[list[float], list[int]]:  # fmt: skip
    """Add one call to all schedules: halve the tokens, and the choices with them."""
    n = waits.count
    costs, came_from = [math.inf] * (n + 1), [0] * (n + 1)
    work = [(start, n, 0, n - 1)]
    while work:
        low, high, first, last = work.pop()
        if low > high:
            continue
        middle = (low + high) // 2
        best, origin = math.inf, first
        for i in range(first, min(last, middle - 1) + 1):
            cost = before[i] + waits.between(i, middle)
            if cost < best:
                best, origin = cost, i
        costs[middle], came_from[middle] = best, origin
        if best == math.inf:  # nothing reaches it yet: it says nothing of the others
            work += [(low, middle - 1, first, last), (middle + 1, high, first, last)]
        else:
            work += [(low, middle - 1, first, origin), (middle + 1, high, origin, last)]
    return costs, came_from


def _by_price(waits: _Waits, limit: Window, final_is_free: bool) -> tuple[float, list[int]]:
    """Find a bound for an answer that is longer than the window."""
    first, last = waits.at[0], waits.at[-1]
    starts = [first + k * _GRID for k in range(int((last - first) / _GRID) + 1)]
    starts = [at for at in starts if at + limit.seconds <= last + _GRID]
    even = waits.between(0, waits.count) / max(1.0, limit.calls * (last - first) / limit.seconds)
    step = even / limit.calls**2 / len(starts)
    prices = [0.0] * len(starts)
    best: tuple[float, list[int]] = (-math.inf, [])
    for number in range(_ROUNDS):
        paid = _prices_at(waits, limit, starts, prices)
        if final_is_free:
            paid[-1] = 0.0
        cost, chosen = _cheapest(waits, paid)
        best = max(best, (cost - limit.calls * sum(prices), chosen))
        counted = [waits.at[j - 1] for j in (chosen[:-1] if final_is_free else chosen)]
        for k, start in enumerate(starts):
            inside = bisect.bisect_left(counted, start + limit.seconds) - bisect.bisect_left(
                counted, start
            )
            change = (inside - limit.calls) * step * 30.0 / (30.0 + number)
            prices[k] = max(0.0, prices[k] + change)
    return best


def _prices_at(
    waits: _Waits, limit: Window, starts: Sequence[float], prices: Sequence[float]
) -> list[float]:
    """Add up, for each token, what a call at its moment pays in all the windows that hold it."""
    sums = [0.0, *accumulate(prices)]
    return [
        sums[bisect.bisect_right(starts, at)]
        - sums[bisect.bisect_right(starts, at - limit.seconds)]
        for at in waits.at
    ]


def _cheapest(waits: _Waits, paid: Sequence[float]) -> tuple[float, list[int]]:
    """Find the schedule that waits and pays the least, however many calls it makes.

    Each call before it is the best one for a stretch of the tokens after it; the stretches follow
    each other in the order of the calls.
    """
    n = waits.count
    costs, came_from = [0.0] * (n + 1), [0] * (n + 1)

    def through(i: int, j: int) -> float:
        return costs[i] + waits.between(i, j)

    heads, origins = [1], [0]
    place = 0
    for j in range(1, n + 1):
        while place + 1 < len(heads) and heads[place + 1] <= j:
            place += 1
        came_from[j] = origins[place]
        costs[j] = through(origins[place], j) + paid[j - 1]
        if j == n:
            break
        while len(heads) > place + 1 and through(j, heads[-1]) <= through(origins[-1], heads[-1]):
            heads.pop()
            origins.pop()
        turn = _first_better(through, j, origins[-1], max(heads[-1], j + 1), n)
        if turn <= n:
            heads.append(turn)
            origins.append(j)
    chosen, j = [], n
    while j:
        chosen.append(j)
        j = came_from[j]
    return costs[n], chosen[::-1]


def _first_better(
    through: Callable[[int, int], float], late: int, early: int, low: int, high: int
) -> int:
    """Say from which token on the later call is the better one to come from."""
    while low <= high:
        middle = (low + high) // 2
        if through(late, middle) <= through(early, middle):
            high = middle - 1
        else:
            low = middle + 1
    return low


def _keeps(moments: Sequence[float], limit: Limit) -> bool:
    match limit:
        case Window(calls=calls, seconds=seconds):
            return all(
                b - a >= seconds - 1e-9 for a, b in zip(moments, moments[calls:], strict=False)
            )
        case Bucket(rate=rate, burst=burst):
            level, last = float(burst), -math.inf
            for at in moments:
                level = min(float(burst), level + (at - last) * rate) - 1.0
                last = at
                if level < -1e-9:
                    return False
            return True
