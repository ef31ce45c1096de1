"""The clairvoyant bound: what brute force finds, found fast, and never undercut."""

from __future__ import annotations

import itertools

import pytest
from benchmarks.optimum import least_delay, least_staleness
from benchmarks.virtual import ROUND_TRIP, Answer, carry, group, private
from hypothesis import given
from hypothesis import strategies as st

from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Bucket, Limit, Window
from tickertape.testing.measures import SeenFrame, Token, measure

HALF = ROUND_TRIP / 2.0
ANSWERS = st.lists(
    st.tuples(st.floats(0.1, 2.0), st.integers(1, 9)), min_size=2, max_size=9
).map(lambda steps: [
    (at, "x" * size)
    for at, (_, size) in zip(itertools.accumulate(gap for gap, _ in steps), steps, strict=True)
])  # fmt: skip
LIMITS = st.one_of(
    st.builds(Window, st.integers(1, 4), st.sampled_from([1.5, 4.0, 30.0])),
    st.builds(Bucket, st.floats(0.2, 2.0), st.integers(1, 4)),
)


def holds(moments: tuple[float, ...], limit: Limit) -> bool:
    """Count as the platform does."""
    if isinstance(limit, Window):
        pairs = zip(moments, moments[limit.calls :], strict=False)
        return all(b - a >= limit.seconds - 1e-9 for a, b in pairs)
    level, last = float(limit.burst), 0.0
    for at in moments:
        level = min(float(limit.burst), level + (at - last) * limit.rate) - 1.0
        last = at
        if level < -1e-9:
            return False
    return True


def by_trying(tokens: list[Token], limit: Limit) -> tuple[float, float]:
    """Give the least delay and staleness of all schedules that end with the last token."""
    best = float("inf"), float("inf")
    *before, end = (at for at, _ in tokens)
    for number in range(len(before) + 1):
        for chosen in itertools.combinations(before, number):
            moments = (*chosen, end)
            if not holds(moments, limit):
                continue
            frames = [
                SeenFrame(
                    at + HALF, "".join(text for said, text in tokens if said <= at), durable=True
                )
                for at in moments
            ]
            measures = measure(tokens, frames)
            best = min(best[0], measures.delay), min(best[1], measures.staleness)
    return best


@given(tokens=ANSWERS, limit=LIMITS)
def test_no_schedule_beats_the_bound(tokens: list[Token], limit: Limit) -> None:
    """Of all schedules of short answers none is better; where the bound is exact, one is as good.

    Answers longer than their windows have bounds by prices, which need not be reached.
    """
    delay, staleness = by_trying(tokens, limit)
    bound, other = least_delay(tokens, [limit]), least_staleness(tokens, [limit])
    assert bound.value <= delay + 1e-6
    assert other.value <= staleness + 1e-6
    if bound.is_exact:
        assert bound.value == pytest.approx(delay, abs=1e-6)
    if other.is_exact:
        assert other.value == pytest.approx(staleness, abs=1e-6)


@given(tokens=ANSWERS, calls=st.integers(1, 9))
def test_within_one_window_the_bound_is_exact(tokens: list[Token], calls: int) -> None:
    """So many calls and no more: that is solved, not bounded."""
    spaced = [(at * 2.0, text) for at, text in tokens]
    limit = Window(calls, 100.0)
    bound = least_delay(spaced, [limit])
    assert bound.is_exact
    assert bound.value == pytest.approx(by_trying(spaced, limit)[0], abs=1e-6)


def test_a_free_final_leaves_all_calls_to_previews() -> None:
    """Where the last call counts elsewhere, there is one preview more."""
    tokens = [(1.0, "a"), (2.0, "b"), (3.0, "c")]
    shared = least_delay(tokens, [Window(2, 60.0)])
    free = least_delay(tokens, [Window(2, 60.0)], final_is_free=True)
    assert shared.value == pytest.approx(1 / 3 + HALF)
    assert free.value == pytest.approx(HALF)
    assert (len(shared.moments), free.moments) == (2, (1.0, 2.0, 3.0))
    assert shared.is_exact
    assert free.is_exact


def test_a_bound_by_prices_is_close() -> None:
    """Over many windows the bound is within a few per cent of the even schedule."""
    tokens = [(0.1 * number, "abcd") for number in range(1, 601)]
    bound = least_delay(tokens, [Window(10, 10.0)])
    even = 1.0 / 2.0 - 0.05 + HALF
    assert not bound.is_exact
    assert 0.93 * even <= bound.value <= even


@given(tokens=ANSWERS, in_group=st.booleans())
def test_our_replies_do_not_beat_it_either(tokens: list[Token], in_group: bool) -> None:
    """Whatever is said, the real policy is measured as no better than the clairvoyant."""
    to = group() if in_group else private()
    limit: Limit = Window(20, 60.0) if in_group else Bucket(1.0, 5)
    config = StreamingConfig(transport="edit")
    carried = carry([Answer(to, tokens, config=config)])[0]
    assert carried.is_exact
    assert carried.refused_at == []
    assert carried.measures.delay >= least_delay(tokens, [limit]).value - 1e-6
