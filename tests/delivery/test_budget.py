"""Meters, paces and budgets: when a call may go, whatever the delays and the refusals."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.delivery.budget import Budget, ChatBudget, Family
from tickertape.delivery.meters import meter
from tickertape.delivery.pace import Pace
from tickertape.delivery.surface import Bucket, Cadence, Limit, Window

GROUP = Window(20, 60.0, pace=((5.0, 0.25), (20.0, 0.735), (45.0, 0.92), (60.0, 1.0)))


def window_holds(arrivals: list[float], limit: Window) -> bool:
    """Count as the platform counts: no window of its length holds more than its calls."""
    return all(
        sum(1 for a in arrivals if end - limit.seconds + 1e-9 < a <= end) <= limit.calls
        for end in arrivals
    )  # fmt: skip


def bucket_holds(arrivals: list[float], limit: Bucket) -> bool:
    """Count as a token bucket counts."""
    tokens, last = float(limit.burst), 0.0
    for at in arrivals:
        tokens = min(limit.burst, tokens + (at - last) * limit.rate) - 1.0
        last = at
        if tokens < -1e-6:
            return False
    return True


@given(
    limit=st.one_of(
        st.builds(Window, st.integers(1, 6), st.floats(0.5, 10.0)),
        st.builds(Bucket, st.floats(0.2, 5.0), st.integers(1, 6)),
    ),
    calls=st.lists(
        st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 1.0), st.floats(0.0, 2.0)), max_size=60
    ),
)
def test_the_platform_never_counts_more_than_allowed(
    limit: Limit, calls: list[tuple[float, float, float]]
) -> None:
    """Invariant 4: with any delays, and any moment of arrival within them."""
    counting = meter(limit)
    now, arrivals = 0.0, []
    for pause, arrives, latency in calls:
        now = counting.ready_at(now + pause, 0)
        counting.spend()
        arrivals.append(now + arrives * latency)
        now += latency
        counting.land(now)
    holds: Callable[..., bool] = window_holds if isinstance(limit, Window) else bucket_holds
    assert holds(arrivals, limit)


def test_calls_in_flight_count() -> None:
    """A call that was sent and not answered takes its place in the window."""
    counting = meter(Window(2, 10.0))
    counting.spend()
    counting.spend()
    assert counting.ready_at(5.0, 0) == 15.0
    counting.land(5.0)
    assert counting.ready_at(6.0, 0) == 15.0
    bucket = meter(Bucket(1.0, 2))
    bucket.spend()
    bucket.spend()
    assert bucket.ready_at(5.0, 0) == 6.0


def test_what_is_kept_is_not_given_to_previews() -> None:
    """`keep` calls stay free, but at least one call can always be made."""
    counting = meter(Window(3, 10.0))
    for _ in range(2):
        counting.spend()
        counting.land(0.0)
    assert counting.ready_at(1.0, 0) == 1.0
    assert counting.ready_at(1.0, 1) == 10.0
    assert meter(Window(1, 10.0)).ready_at(1.0, 5) == 1.0


@given(
    shares=st.lists(st.floats(0.01, 1.0), min_size=1, max_size=5),
    ages=st.lists(st.floats(0.1, 20.0), min_size=5, max_size=5),
    age=st.floats(0.0, 150.0),
)
def test_a_pace_can_be_read_both_ways(shares: list[float], ages: list[float], age: float) -> None:
    """`age` is the inverse of `share`, inside the table and beyond it."""
    at, height, table = 0.0, 0.0, []
    for step, rise in zip(ages, shares, strict=False):
        at, height = at + step, height + rise
        table.append((at, height))
    pace = Pace(table)
    assert pace.age(pace.share(age)) == pytest.approx(age, abs=1e-6)


def previews(budget: ChatBudget, until: float, latency: float = 0.08) -> list[float]:
    """Send previews as fast as the budget lets one reply send them."""
    now = 0.0
    sent: list[float] = []
    while True:
        last = sent[-1] if sent else None
        start = sent[0] if sent else None
        now = budget.preview_at(Family.MESSAGES, now, start=start, last=last)
        if now > until:
            return sent
        budget.spend(Family.MESSAGES)
        sent.append(now)
        now += latency
        budget.land(Family.MESSAGES, now)


def test_previews_are_front_loaded_and_never_run_dry() -> None:
    """In a group: denser early than late, the gaps grow, no gap is a freeze, none is wasted."""
    budget = Budget().chat(1, Cadence(messages=(GROUP,)))
    budget.open()
    sent = previews(budget, 58.0)
    gaps = [b - a for a, b in itertools.pairwise(sent)]
    assert len([at for at in sent if at <= 20.0]) >= 13
    assert len(sent) >= 18
    assert max(gap for at, gap in zip(sent, gaps, strict=False) if at < 38.0) <= 8.0
    assert window_holds(sent, GROUP)


def test_in_the_long_run_previews_are_evenly_spread() -> None:
    """After the first window every gap is close to the window divided by its calls."""
    budget = Budget().chat(1, Cadence(messages=(GROUP,)))
    budget.open()
    sent = [at for at in previews(budget, 400.0) if at > 120.0]
    gaps = [b - a for a, b in itertools.pairwise(sent)]
    assert max(gaps) <= 1.3 * 60.0 / 19.0
    assert min(gaps) >= 0.7 * 60.0 / 19.0


def test_a_refusal_holds_the_family_and_slows_the_chat() -> None:
    """Nothing goes before the wait is over; spacing doubles, and recovers with time."""
    cadence = Cadence(messages=(GROUP,), drafts=(GROUP,))
    budget = Budget().chat(1, cadence)

    def gap(at: float) -> float:
        return budget.preview_at(Family.MESSAGES, at, start=0.0, last=at) - at

    usual = gap(0.0)
    budget.refuse(Family.MESSAGES, 30.0, 0.0)
    assert budget.final_at(Family.MESSAGES, 1.0) == 30.0
    assert budget.final_at(Family.DRAFTS, 1.0) == 1.0
    assert gap(0.0) == 30.0
    slowed = budget.preview_at(Family.MESSAGES, 31.0, start=31.0, last=31.0) - 31.0
    later = budget.preview_at(Family.MESSAGES, 3031.0, start=3031.0, last=3031.0) - 3031.0
    assert slowed == pytest.approx(2.0 * usual, rel=0.1)
    assert later == pytest.approx(usual, rel=0.01)


@pytest.mark.parametrize("limit", [Bucket(1.0, 5, ((5.0, 0.5), (30.0, 1.0))), GROUP])
def test_a_refusal_after_a_pause_does_not_stop_previews(limit: Limit) -> None:
    """However long nothing was said, and whoever spent meanwhile, the next preview comes."""
    budget = Budget().chat(1, Cadence(messages=(limit,)))
    now = 0.0
    for _ in range(12):
        now = max(now, budget.final_at(Family.MESSAGES, now))
        budget.spend(Family.MESSAGES)
        budget.land(Family.MESSAGES, now)
    budget.refuse(Family.MESSAGES, 5.0, now)
    for _ in range(6):
        due = budget.preview_at(Family.MESSAGES, now, start=-10.0, last=-5.0)
        if due <= now:
            break
        now = due
    assert budget.preview_at(Family.MESSAGES, now, start=-10.0, last=-5.0) <= now


def test_slowness_has_an_end() -> None:
    """A hundred refusals do not silence a chat."""
    budget = Budget().chat(1, Cadence(messages=(Bucket(1.0, 5),)))
    for second in range(100):
        budget.refuse(Family.MESSAGES, 1.0, float(second))
    due = budget.preview_at(Family.MESSAGES, 200.0, start=200.0, last=200.0)
    assert due - 200.0 <= 16.0


def test_replies_of_one_chat_share_and_chats_do_not() -> None:
    """The same chat number gives the same budget; other chats know only the bot's limit."""
    budget = Budget(Bucket(1.0, 3))
    cadence = Cadence(messages=(Window(2, 60.0),))
    one = budget.chat(1, cadence)
    assert budget.chat(1, cadence) is one
    for _ in range(2):
        one.spend(Family.MESSAGES)
        one.land(Family.MESSAGES, 0.0)
    other = budget.chat(2, cadence)
    assert one.final_at(Family.MESSAGES, 0.0) == 60.0
    assert other.final_at(Family.MESSAGES, 0.0) == 0.0
    other.spend(Family.DRAFTS)
    other.land(Family.DRAFTS, 0.0)
    assert other.final_at(Family.MESSAGES, 0.0) == 1.0
