"""Pace: when a preview is worth its call."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.delivery.limits.pace import Flow, due_at, share_of, share_reached

WINDOW = [(60.0, 19.0)]


@given(characters=st.floats(0.0, 100_000.0))
def test_the_curve_can_be_read_both_ways(characters: float) -> None:
    """`share_reached` is the inverse of `share_of`, inside the table and beyond it."""
    assert share_reached(share_of(characters)) == pytest.approx(characters, abs=1e-6)


def test_previews_only_become_rarer() -> None:
    """A longer answer is never more likely to end soon than a shorter one."""
    heights = [share_of(200.0 * step) for step in range(100)]
    rises = [b - a for a, b in itertools.pairwise(heights)]
    assert all(b <= a + 1e-12 for a, b in itertools.pairwise(rises))
    assert all(rise > 0.0 for rise in rises)


@given(
    said=st.integers(0, 20_000),
    unsent=st.integers(0, 2_000),
    age=st.floats(0.0, 300.0),
    last=st.floats(0.0, 1.0),
    calls=st.floats(0.01, 40.0),
    ahead=st.floats(0.1, 60.0),
)
def test_a_preview_is_always_due_at_some_moment(
    said: int, unsent: int, age: float, last: float, calls: float, ahead: float
) -> None:
    """Whatever was said: after the last preview, and while text waits by twice the plan."""
    unsent = min(unsent, said)
    shown_at = age * last
    since = shown_at + (age - shown_at) / 2.0 if unsent else None
    flow = Flow(0.0, shown_at, said, unsent, since)
    plain = due_at([[(age + ahead, calls)]], Flow(0.0, shown_at, said), age)
    due = due_at([[(age + ahead, calls)]], flow, age)
    assert due is not None
    assert plain is not None
    assert shown_at <= due <= max(age, shown_at + 2.0 * (plain - shown_at)) + 0.021


def test_a_steady_stream_has_its_planned_gap() -> None:
    """What waits is worth a preview just when the planned gap is over."""
    flow = Flow(0.0, 10.0, 1_100, 0, None)
    planned = due_at([WINDOW], flow, 10.0)
    assert planned is not None
    halfway = (10.0 + planned) / 2.0
    unsent = int(flow.rate(10.0) * (halfway - 10.0))
    due = due_at([WINDOW], Flow(0.0, 10.0, 1_100 + unsent, unsent, 10.0), halfway)
    assert due == pytest.approx(planned, rel=0.02)


def test_a_burst_is_shown_sooner_and_a_trickle_later() -> None:
    """Much that waits buys its preview before the plan, little after it."""
    planned = due_at([WINDOW], Flow(0.0, 10.0, 1_000), 10.0)
    burst = due_at([WINDOW], Flow(0.0, 10.0, 1_500, 500, 10.0), 10.5)
    trickle = due_at([WINDOW], Flow(0.0, 10.0, 1_010, 10, 11.0), 11.0)
    assert planned is not None
    assert burst is not None
    assert trickle is not None
    assert burst < planned < trickle


def test_without_calls_nothing_is_due() -> None:
    """A limit that has nothing to give before its first moment says so."""
    assert due_at([[(60.0, 0.0)]], Flow(0.0, 10.0, 1_000), 10.0) is None
    assert due_at([[]], Flow(0.0, 10.0, 1_000), 10.0) is None
    assert due_at([[(5.0, 3.0)]], Flow(0.0, 10.0, 1_000), 10.0) is None


@given(slowness=st.floats(1.0, 16.0))
def test_slowness_widens_the_gap(slowness: float) -> None:
    """A chat that is slow by a factor has gaps that are wider by it."""
    usual = due_at([WINDOW], Flow(0.0, 10.0, 1_000), 10.0)
    slow = due_at([WINDOW], Flow(0.0, 10.0, 1_000), 10.0, slowness=slowness)
    assert usual is not None
    assert slow is not None
    assert slow - 10.0 == pytest.approx((usual - 10.0) * slowness)


@given(unsent=st.integers(1, 400), rate=st.floats(5.0, 400.0), calls=st.floats(1.0, 40.0))
def test_where_tokens_stay_away_nothing_is_asked_again_and_again(
    unsent: int, rate: float, calls: float
) -> None:
    """A pause costs a handful of looks, not one for each little bit of waiting."""
    flow = Flow(0.0, 10.0, int(rate * 10.0) + unsent, unsent, 10.0)
    now, looks = 10.0, 0
    while (due := due_at([[(70.0, calls)]], flow, now)) is not None and due > now:
        now, looks = due, looks + 1
    assert looks <= 10


@pytest.mark.parametrize("last", [5.0, 20.75, 50.75, 1000.1])
def test_a_moment_by_a_bit_later_than_the_last_preview_says_nothing(last: float) -> None:
    """Where the curve does not rise between the two, nothing is divided by that."""
    flow = Flow(0.0, last, 500, 30, last + 0.5)
    soon, later = math.nextafter(last, math.inf), (last + 5.0, 3.0)
    assert due_at([[(soon, 2.0), later]], flow, last + 1.0) is not None
