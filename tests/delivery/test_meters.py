"""Meters: what one limit has left, to the call and to the moment."""

from __future__ import annotations

import pytest

from tickertape.delivery.limits.meters import Meter, meter
from tickertape.delivery.surface import Bucket, Limit, Window

BOTH = pytest.mark.parametrize("limit", [Window(3, 10.0), Bucket(0.5, 3)])
SLOW = Bucket(0.5, 4)
"""Two seconds for each call, four at once."""


def used(limit: Limit, landed: int, at: float = 0.0, in_flight: int = 0) -> Meter:
    """Return a meter that counts calls which were answered at one moment, and some on their way."""
    counting = meter(limit)
    for _ in range(landed):
        counting.spend()
        counting.land(at)
    for _ in range(in_flight):
        counting.spend()
    return counting


@BOTH
def test_a_call_that_never_left_counts_for_nobody_and_the_others_do(limit: Limit) -> None:
    """Of three on their way one is taken back: one more may go, and no second."""
    counting = used(limit, 0, in_flight=3)
    counting.refund()
    assert counting.ready_at(5.0, 0) == 5.0
    counting.spend()
    assert counting.ready_at(5.0, 0) > 5.0


@BOTH
def test_a_meter_is_idle_when_nothing_is_in_flight_or_counted(limit: Limit) -> None:
    """Only then may it be forgotten: a window after the answer, or when the bucket is full."""
    counting = used(limit, 0)
    assert counting.is_idle(0.0)
    counting.spend()
    assert not counting.is_idle(0.0)
    counting.land(1.0)
    end = 1.0 + (limit.seconds if isinstance(limit, Window) else 1.0 / limit.rate)
    assert not counting.is_idle(end - 0.1)
    assert counting.is_idle(end)


def test_a_window_plans_with_what_is_neither_kept_nor_in_flight() -> None:
    """Each call that was answered comes back a window later; of four, one is kept, two fly."""
    counting = used(Window(4, 10.0), 1, at=2.0, in_flight=2)
    assert list(counting.allowances(3.0, 3.0, 1)) == [(12.0, 1)]


@pytest.mark.parametrize(("wait", "ready_at"), [(4.0, 9.0), (9.5, 14.5), (10.0, 5.0), (60.0, 5.0)])
def test_a_wait_as_long_as_the_window_says_nothing_of_the_calls_in_it(
    wait: float, ready_at: float
) -> None:
    """It is a punishment, which who asks knows; a shorter one tells when a call comes back."""
    counting = used(Window(2, 10.0), 1, at=5.0)
    counting.refuse(wait, 5.0)
    assert counting.ready_at(5.0, 0) == ready_at


@pytest.mark.parametrize("limit", [Window(2, 8.0), Bucket(0.5, 2)])
def test_one_call_is_for_previews_however_many_are_kept(limit: Limit) -> None:
    """A chat that takes no more calls than are kept would have no previews else."""
    counting = meter(limit)
    assert counting.ready_at(5.0, 9) == 5.0
    _, calls = next(iter(counting.allowances(5.0, 5.0, 9)))
    refilled = 0.0 if isinstance(limit, Window) else 2.0
    assert calls == 1.0 + refilled


def test_a_bucket_that_refused_gives_a_call_when_the_wait_is_over_and_then_at_its_rate() -> None:
    """The call after the wait, each later one two seconds after; who keeps one waits for two."""
    counting = used(SLOW, 1, at=5.0)
    counting.refuse(10.0, 5.0)
    assert counting.ready_at(5.0, 0) == 15.0
    assert counting.ready_at(5.0, 1) == 17.0
    counting.spend()
    counting.land(15.0)
    assert counting.ready_at(15.0, 0) == 17.0


def test_a_bucket_with_more_in_flight_than_it_holds_waits_for_all_of_them() -> None:
    """Two calls too many, and the one that is asked for: each takes two seconds to come back."""
    assert used(SLOW, 0, in_flight=4).ready_at(7.0, 0) == 9.0
    assert used(SLOW, 0, in_flight=6).ready_at(7.0, 0) == 13.0


@pytest.mark.parametrize(("slowness", "pause"), [(1.0, 0.0), (1.25, 1.0), (2.0, 4.0), (3.0, 6.0)])
def test_a_slow_bucket_keeps_its_calls_apart(slowness: float, pause: float) -> None:
    """As far as its rate, times the slowness; what has nearly faded is nearly nothing."""
    assert used(SLOW, 1, at=10.0).ready_at(10.0, 0, slowness) == 10.0 + pause


def test_a_bucket_plans_with_what_it_holds_and_what_refills() -> None:
    """Over 1, 4 and 6 refills: what it holds, less what is kept and flies, and what comes back."""
    counting = used(SLOW, 3, in_flight=1)  # full again at 6 s: at 2 s it holds two
    assert list(counting.allowances(2.0, 2.0, 1)) == [(10.0, 4.0), (34.0, 16.0), (50.0, 24.0)]
    full = [(108.0, 6.0), (132.0, 18.0), (148.0, 26.0)]
    assert list(counting.allowances(100.0, 100.0, 1)) == full
    counting.refuse(1_000.0, 6.0)  # holds nothing, and not less
    assert next(iter(counting.allowances(100.0, 100.0, 1))) == (108.0, 2.0)
