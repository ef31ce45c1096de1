"""How previews are spread over an answer when its length is not known.

**The price of not knowing.** Let a limit allow C calls while an answer is written at a steady rate.
If its length T were known, C evenly spaced previews would be best, and a reader T / 2C seconds
behind on average. It is not known, and while tokens come evenly nothing tells a short answer from
the beginning of a long one: a policy is one list of moments, good for some lengths at the cost of
others. Spread evenly over the window, a short answer is stale and most calls are never used; spent
at once, a long answer freezes. If previews are as dense as d(t), an answer of length T waits

    (1 / T) ∫ 1 / 2d(t) dt   over 0 ... T,

so for lengths that are drawn from a density p the best d(t) is proportional to the root of
∫ p(T) / T dT over t ... ∞: it only ever falls, steadily where all lengths are alike likely.

**The curve.** What is known of lengths is known in characters, not in seconds: a slow model's
answers take longer, they are not shorter. So the curve (`_CURVE`) is over characters: the share of
a window's calls that may be spent until so many were said. It falls as the root above does for
answers of some hundred to 4,000 characters, as chats have them, and a few of up to 12,000. A curve
over seconds must be wrong for fast answers or for slow ones; this one makes both fresh, in every
kind of chat. Its bend lies where a message is full anyway, and its final is due.

**The plan.** The curve is no timetable. Before each preview the spacing is planned afresh from
what the meters really have, and from the rate at which the answer has come so far: the largest
density λ for which no call is missing before others come back,

    λ = min over k of   n_k / (G(T_k) - G(last)),      G = the curve

where n_k is the number of calls that may be made after the last preview and up to T_k. So an
answer that paused has calls left and speeds up, a chat where others spend slows down, and in the
long run, where every call comes back one window later, spacing becomes even: no freeze. This is a
plan, not a promise: the meters alone decide what is allowed.

**The rhythm.** Within the plan a preview is bought when the text that waits is worth it: when its
waiting (characters times seconds) has grown to what a planned gap costs. This is how an
acknowledgement is delayed at its best without knowledge of what comes (dynamic TCP
acknowledgement: at most twice the cost of who knows); in a steady stream it is the planned gap
exactly, after a burst of tokens it is sooner, and a few characters before a pause buy nothing that
a later preview shows as well. It is never less than half the planned gap and never more than two.

**How near the best that is** (`python -m benchmarks policy`: against a clairvoyant with the same
limits, who knows the answer; mean delay of a character, standard answers of 20 s at 196 and 45 s
at 80 characters a second): drafts 1.25 and 1.21 of its delay, edits 1.15 and 1.15, groups 1.46 and
1.31. Random steady answers of 20 s that the curve was not tuned on: 1.35, 1.16 and 1.52. In a group
none can be near it for 5, 20 and 45 s alike: who has 20 calls, a steady stream and no knowledge
which of these it will be is off by 2.03 at the least for one of them, however the calls are spread
(`price_of_not_knowing`), and by 1.56 for 5 and 20 s alone, with nothing left after that. Here short
answers pay, by fractions of a second: after 5 s a group is 0.50 s behind, where the clairvoyant
spends its whole minute at once and is 0.14 s behind.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise
from math import inf, sqrt
from typing import NamedTuple

__all__ = ["Flow", "due_at", "share_of", "share_reached"]

_CURVE = ((0.0, 0.0), (300.0, 0.12), (1_000.0, 0.31), (4_000.0, 0.81), (12_000.0, 1.0))
"""Characters said, and the share of the calls that may be spent until then. Beyond the last pair it
goes on as in its last stretch. Tuned on random answers of four manners, 5 to 90 s long, at 10 to 50
tokens a second (benchmarks/speeches.py)."""
_LENGTHS = tuple(length for length, _ in _CURVE)
_SHARES = tuple(share for _, share in _CURVE)
_LAST = len(_CURVE) - 1
_SLOPES = tuple((right[1] - left[1]) / (right[0] - left[0]) for left, right in pairwise(_CURVE))
_USUAL_RATE = 100.0
"""Characters a second that are assumed for the first second: 25 tokens, as hosted models write."""
_SOONEST = 0.5
_LATEST = 2.0
"""Between which shares of the planned gap a preview goes, whatever waits."""
_TRIFLE = 0.15
"""The share of the price, or of the gap, that may be missing when it is looked at: where tokens
stay away, the rest would be waited for again and again, each time a little."""
_LEAST = 0.02
"""Seconds that are worth another look: a frame of a screen."""


class Flow(NamedTuple):
    """How a reply runs: when it was shown, and what has been said."""

    start: float
    """When its first words were shown."""
    last: float
    """When its latest preview was shown."""
    said: int = 0
    """Characters said in all."""
    unsent: int = 0
    """Characters that no preview covers."""
    unsent_since: float | None = None
    """When the oldest of these came; None: there are none."""

    def rate(self, now: float) -> float:
        """Estimate characters a second, over the whole reply and its pauses."""
        return (self.said + _USUAL_RATE) / (max(now - self.start, 0.0) + 1.0)


def due_at(
    limits: Iterable[Iterable[tuple[float, float]]],
    flow: Flow,
    now: float,
    *,
    slowness: float = 1.0,
) -> float | None:
    """Return when the preview after `flow.last` is worth its call: the scarcest limit tells.

    Args:
        limits: What each limit allows: points (moment, calls that may be made after `flow.last`
            and up to it), in their order. Moments that are not after `flow.last` say nothing.
        flow: How the reply runs.
        now: The present moment.
        slowness: How much wider gaps are than planned.

    Returns:
        The moment, or None where no limit says anything; one that allows nothing before its first
        point is not heard.
    """
    rate = flow.rate(now)
    spent = share_of(rate * (flow.last - flow.start))
    density = inf
    for points in limits:
        one = _density(points, flow.start, rate, spent)
        density = one if 0.0 < one < density else density
    if density == inf:
        return None
    planned = share_reached(spent + 1.0 / density) / rate - (flow.last - flow.start)
    return _worth_at(flow, planned * slowness, rate, now)


def _density(
    points: Iterable[tuple[float, float]], start: float, rate: float, spent: float
) -> float:
    """Return the fewest calls for a share of the curve, up to any of the points.

    Infinite where no point lies ahead. A frame asks this of every call that its window counts, so
    that the curve is followed here without a call for each.
    """
    density = inf
    left = 0
    for moment, calls in points:
        if moment <= start:
            continue
        length = rate * (moment - start)
        while left + 1 < _LAST and _LENGTHS[left + 1] <= length:
            left += 1
        rise = _SHARES[left] + _SLOPES[left] * (length - _LENGTHS[left]) - spent
        # A moment that is later by the last bit of a number may lie on the curve where `last` does.
        if rise > 0.0 and calls < density * rise:
            density = calls / rise
    return density


def _worth_at(flow: Flow, gap: float, rate: float, now: float) -> float:
    """Return when what waits has waited as long as a steady stream would in `gap` seconds."""
    if flow.unsent <= 0 or flow.unsent_since is None:
        return flow.last + gap
    price = rate * gap * gap / 2.0
    # Where in the stretch the characters came is not kept: evenly is the middle.
    missing = price - flow.unsent * (now - flow.unsent_since) / 2.0
    latest = flow.last + _LATEST * gap
    ahead = 0.0
    if missing > _TRIFLE * price and now < latest - _TRIFLE * gap:
        ahead = (sqrt(flow.unsent**2 + 2.0 * rate * missing) - flow.unsent) / rate
    at = min(max(now + ahead, flow.last + _SOONEST * gap), latest)
    return at if at <= now else max(at, now + _LEAST)


def share_of(characters: float) -> float:
    """Return the curve's height at so many characters."""
    characters = max(0.0, characters)
    left = bisect_right(_LENGTHS, characters, 0, _LAST) - 1
    return _SHARES[left] + _SLOPES[left] * (characters - _LENGTHS[left])


def share_reached(share: float) -> float:
    """Return the characters at which the curve reaches `share`: the inverse of `share_of`."""
    left = max(bisect_right(_SHARES, share, 0, _LAST) - 1, 0)
    return _LENGTHS[left] + (share - _SHARES[left]) / _SLOPES[left]
