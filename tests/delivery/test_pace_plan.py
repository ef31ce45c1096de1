"""Pace, by its own definitions: the curve, the plan, and what a text that waits is worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.delivery.limits.pace import Flow, due_at, share_of, share_reached

CURVE = [
    (0.0, 0.0),
    (300.0, 0.12),
    (650.0, 0.215),
    (1_000.0, 0.31),
    (2_500.0, 0.56),
    (4_000.0, 0.81),
    (12_000.0, 1.0),
    (20_000.0, 1.19),
]
WINDOW = [(60.0, 19.0)]
START, LAST = 2.0, 10.0


@pytest.mark.parametrize(("characters", "share"), CURVE)
def test_the_curve_is_the_one_that_was_tuned(characters: float, share: float) -> None:
    """Straight between its points, and beyond the last one as before it."""
    assert share_of(characters) == pytest.approx(share)
    assert share_reached(share) == pytest.approx(characters)
    assert share_of(-characters) == 0.0


def test_a_rate_begins_with_the_usual_one_and_becomes_the_answers_own() -> None:
    """A second of the usual rate is assumed, which counts less and less."""
    assert Flow(10.0, 10.0).rate(10.0) == 100.0
    assert Flow(10.0, 10.0).rate(9.0) == 100.0
    assert Flow(10.0, 12.0, said=400).rate(14.0) == 100.0
    assert Flow(10.0, 12.0, said=900).rate(19.0) == 100.0
    assert Flow(10.0, 12.0, said=1_900).rate(19.0) == 200.0


def gap_at(flow: Flow, now: float) -> float:
    """Return the gap that is planned for an answer like this one, with nothing that waits."""
    planned = due_at([WINDOW], Flow(flow.start, flow.last, flow.said), now)
    assert planned is not None
    return planned - flow.last


@given(
    points=st.lists(
        st.tuples(st.floats(11.0, 80.0), st.floats(0.5, 40.0)), min_size=1, max_size=6
    ).map(sorted),
    said=st.integers(100, 9_000),
)
def test_a_plan_spends_as_much_as_no_point_forbids(
    points: list[tuple[float, float]], said: int
) -> None:
    """The calls up to each point are enough for the curve's rise until then, of one just so."""
    flow = Flow(START, LAST, said)
    due = due_at([points], flow, LAST)
    assert due is not None
    rate = flow.rate(LAST)
    spent = share_of(rate * (LAST - START))
    density = 1.0 / (share_of(rate * (due - START)) - spent)
    left = [calls - density * (share_of(rate * (at - START)) - spent) for at, calls in points]
    assert min(left) == pytest.approx(0.0, abs=1e-5)


@given(unsent=st.integers(1, 300), after=st.floats(0.01, 2.0), age=st.floats(0.0, 1.0))
def test_a_preview_is_due_when_its_waiting_has_grown_to_the_price_of_a_gap(
    unsent: int, after: float, age: float
) -> None:
    """Characters times seconds, as they wait and go on coming; within half a gap and two."""
    now = LAST + after
    since = now - age * after
    flow = Flow(START, LAST, 1_000 + unsent, unsent, since)
    gap, rate = gap_at(flow, now), flow.rate(now)
    due = due_at([WINDOW], flow, now)
    assert due is not None
    price = rate * gap * gap / 2.0
    waited = unsent * (now - since) / 2.0
    if price - waited <= 0.15 * price or now >= LAST + 1.85 * gap:
        assert due <= max(now, LAST + 0.5 * gap) + 1e-9
        return
    ahead = due - now
    grown = waited + unsent * ahead + rate * ahead * ahead / 2.0
    frame = 0.02
    if due > LAST + 0.5 * gap + 1e-6 and ahead > frame + 1e-6 and due < LAST + 2.0 * gap - 1e-6:
        assert grown == pytest.approx(price)
    elif due >= LAST + 2.0 * gap - 1e-6:
        assert due == pytest.approx(max(LAST + 2.0 * gap, now + frame))
        assert grown <= price * (1.0 + 1e-6) or ahead <= frame + 1e-6
    else:
        assert due == pytest.approx(max(LAST + 0.5 * gap, now + frame))
        assert grown >= price * (1.0 - 1e-6)


def test_a_flood_waits_for_half_a_gap_and_a_trickle_for_two() -> None:
    """No preview is sooner, and no text waits for longer."""
    flood = Flow(START, LAST, 5_000, 4_000, LAST)
    assert due_at([WINDOW], flood, LAST) == pytest.approx(LAST + 0.5 * gap_at(flood, LAST))
    # A single character came just before: a steady stream would take a whole gap from here.
    gap = gap_at(Flow(START, LAST, 1_000), LAST)
    now = LAST + 1.5 * gap
    trickle = Flow(START, LAST, 1_000, 1, now)
    assert due_at([WINDOW], trickle, now) == pytest.approx(LAST + 2.0 * gap_at(trickle, now))


@pytest.mark.parametrize("share", [0.80, 0.84, 0.86, 0.99, 1.5])
def test_the_last_bit_of_a_price_is_not_waited_for(share: float) -> None:
    """Where 15 of 100 are missing or less, the preview goes; else another look is worth a frame."""
    now, unsent = LAST + 2.0, 40
    gap = gap_at(Flow(START, LAST, 1_000), now)
    rate = Flow(START, LAST, 1_000).rate(now)
    waited = 2.0 * share * rate * gap * gap / 2.0 / unsent
    due = due_at([WINDOW], Flow(START, LAST, 1_000, unsent, now - waited), now)
    assert due is not None
    assert (due <= now) == (share > 0.85)
    assert due <= now or due >= now + 0.02


def test_what_waits_is_looked_at_when_a_gap_has_passed_twice() -> None:
    """Shortly before the latest moment it goes at once: what is left is not worth another look."""
    gap = gap_at(Flow(START, LAST, 1_000), LAST + 4.0)
    for share, is_due in ((1.7, False), (1.84, False), (1.86, True), (2.5, True)):
        now = LAST + share * gap
        for _ in range(50):  # the gap depends on the moment, through the rate
            now = LAST + share * gap_at(Flow(START, LAST, 1_000), now)
        due = due_at([WINDOW], Flow(START, LAST, 1_000, 1, now), now)
        assert due is not None
        assert (due <= now) == is_due
