"""How previews are spread over time when nobody knows how long the answer will be.

Let a budget allow C calls in a window of W seconds. For an answer of known length T the best that
can be done is C evenly spaced previews in T: the reader is then on average T / 2C seconds behind.
The length is not known, so every preview spent early is missing later:

- spread evenly over W, a short answer is as stale as a long one, and most slots are never used;
- spent as fast as possible, a long answer is fresh at first and then freezes until the window
  lets calls come back.

A `Pace` is the compromise, as a curve: the share of a window's calls that may be spent by a given
age of the reply. Its slope g(age) is the *relative* density of previews. Front-loaded curves give
up a little freshness of long answers, which are rarer, for most of the freshness of short ones.

The curve is not a timetable. Before each preview the spacing is planned afresh from what the
budget really has: the largest factor λ is taken for which the density λ·g(age) never runs dry
before calls come back,

    λ = min over k of   n_k / (G(T_k) - G(last)),      G = the curve, the integral of g

where n_k is the number of calls that may be made after the last preview and up to T_k. So
an answer that paused has slots left and speeds up, a chat where others spend slows down, and in
the long run, when every call that is made comes back one window later, λ·g settles at C / W: even
spacing, no freeze. This is a plan, not a promise: the meters alone decide what is allowed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

__all__ = ["Pace"]


class Pace:
    """A curve of shares over ages, and the spacing that follows from it."""

    __slots__ = ("_ages", "_shares", "_tail")

    def __init__(self, table: Sequence[tuple[float, float]] = ()) -> None:
        """Make the curve from (age in seconds, share) pairs, both rising; empty: a straight line.

        Beyond the last pair the curve goes on with the slope of its last stretch.
        """
        points = [(0.0, 0.0), *(table or [(1.0, 1.0)])]
        self._ages = [age for age, _ in points]
        self._shares = [share for _, share in points]
        self._tail = (self._shares[-1] - self._shares[-2]) / (self._ages[-1] - self._ages[-2])

    def share(self, age: float) -> float:
        """Give the curve's height at `age` seconds."""
        if age >= self._ages[-1]:
            return self._shares[-1] + self._tail * (age - self._ages[-1])
        return _along(self._ages, self._shares, max(age, 0.0))

    def age(self, share: float) -> float:
        """Give the age at which the curve reaches `share`: the inverse of `share`."""
        if share >= self._shares[-1]:
            return self._ages[-1] + (share - self._shares[-1]) / self._tail
        return _along(self._shares, self._ages, share)

    def next_at(
        self, points: Iterable[tuple[float, float]], *, start: float, last: float
    ) -> float | None:
        """Say when the preview after `last` is due.

        Args:
            points: What the budget allows: (moment, calls that may be made after `last` and up
                to it). Moments that are not after `last` say nothing.
            start: When the reply's first words were shown.
            last: When its last preview was shown.

        Returns:
            The moment, or None where the budget allows nothing before its first moment.
        """
        spent = self.share(last - start)
        density = min(
            (calls / (self.share(moment - start) - spent) for moment, calls in points
             if moment > last),
            default=0.0,
        )  # fmt: skip
        if density <= 0.0:
            return None
        return start + self.age(spent + 1.0 / density)


def _along(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    """Interpolate: the height at `x` of the line through the points, x below the last."""
    right = bisect_right(xs, x)
    left = right - 1
    return ys[left] + (ys[right] - ys[left]) * (x - xs[left]) / (xs[right] - xs[left])
