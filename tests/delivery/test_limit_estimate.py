"""What refusals taught about a chat: it fades, and it has an end."""

from __future__ import annotations

import pytest

from tickertape.delivery.limits.limit_estimate import SLOWEST, Family, LimitEstimate

NOTHING = LimitEstimate(Family.DRAFTS)


def test_each_refusal_slows_and_closes() -> None:
    """Two and a half times slower each, up to an end; the longest wait counts."""
    once = NOTHING.refused(10.0)
    assert once == LimitEstimate(Family.DRAFTS, 2.5, 10.0)
    assert once.refused(5.0) == LimitEstimate(Family.DRAFTS, 6.25, 10.0)
    assert once.refused(20.0) == LimitEstimate(Family.DRAFTS, 6.25, 20.0)
    assert once.refused(0.0).refused(0.0).refused(0.0).slowness == SLOWEST


@pytest.mark.parametrize(
    ("seconds", "slowness", "closed_for"),
    [
        (0.0, 5.0, 100.0),
        (40.0, 5.0, 60.0),
        (100.0, 5.0, 0.0),
        (1000.0, 3.0, 0.0),
        (1900.0, 2.0, 0.0),
    ],
)
def test_what_was_learned_fades_by_half_in_a_quarter_of_an_hour(
    seconds: float, slowness: float, closed_for: float
) -> None:
    """Not before its wait is over."""
    learned = LimitEstimate(Family.MESSAGES, 5.0, 100.0)
    assert learned.after(seconds) == LimitEstimate(Family.MESSAGES, slowness, closed_for)


@pytest.mark.parametrize(
    ("slowness", "closed_for", "is_nothing"),
    [(1.0, 0.0, True), (1.04, 0.0, True), (1.05, 0.0, False), (1.0, 0.5, False), (2.0, 9.0, False)],
)
def test_what_is_nearly_nothing_is_forgotten(
    slowness: float, closed_for: float, is_nothing: bool
) -> None:
    """Unless its wait is not over."""
    assert LimitEstimate(Family.DRAFTS, slowness, closed_for).is_nothing is is_nothing
