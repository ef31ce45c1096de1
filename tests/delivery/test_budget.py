"""Meters and budgets: when a call may go, whatever the delays and the refusals."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.delivery.limits.budget import Budget, ChatBudget, Family
from tickertape.delivery.limits.limit_estimate import LimitEstimate
from tickertape.delivery.limits.meters import meter
from tickertape.delivery.limits.pace import Flow
from tickertape.delivery.surface import Bucket, Cadence, Limit, Window

GROUP = Window(20, 60.0)


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


@given(
    limit=st.one_of(
        st.builds(Window, st.integers(1, 6), st.floats(0.5, 10.0)),
        st.builds(Bucket, st.floats(0.2, 5.0), st.integers(1, 6)),
    ),
    calls=st.lists(
        st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 1.0), st.booleans(), st.floats(0.5, 20.0)),
        max_size=40,
    ),
)
def test_refusals_never_make_a_meter_allow_more(
    limit: Limit, calls: list[tuple[float, float, bool, float]]
) -> None:
    """Invariant 4, also where some calls are refused, and do not count."""
    counting = meter(limit)
    now, arrivals = 0.0, []
    for pause, latency, refused, wait in calls:
        now = counting.ready_at(now + pause, 0)
        counting.spend()
        arrived = now + latency / 2.0
        now += latency
        counting.land(now)
        if refused:
            counting.refuse(wait, now)
            now += wait
        else:
            arrivals.append(arrived)
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


def flow_at(sent: list[float], now: float, rate: float = 100.0) -> Flow | None:
    """How an answer of `rate` characters a second runs that was shown at `sent`."""
    if not sent:
        return None
    unsent = int(rate * (now - sent[-1]))
    return Flow(sent[0], sent[-1], int(rate * now), unsent, sent[-1] + 0.01 if unsent else None)


def previews(
    budget: ChatBudget, until: float, rate: float = 100.0, latency: float = 0.08
) -> list[float]:
    """Send previews of a steady answer as its budget lets them."""
    now = 0.0
    sent: list[float] = []
    while now <= until:
        due = budget.preview_at(Family.MESSAGES, now, flow_at(sent, now, rate))
        if due > now:
            now = due
            continue
        budget.spend(Family.MESSAGES)
        sent.append(now)
        now += latency
        budget.land(Family.MESSAGES, now)
    return sent


def test_previews_are_front_loaded_and_never_run_dry() -> None:
    """In a group: denser early than late, none is wasted, and no gap is a freeze."""
    budget = Budget().chat("c1", Cadence(messages=(GROUP,)))
    budget.open()
    sent = previews(budget, 58.0)
    gaps = [b - a for a, b in itertools.pairwise(sent)]
    assert sum(gaps[:5]) < sum(gaps[-5:])
    assert len(sent) >= 17
    assert max(gaps) <= 8.0
    assert window_holds(sent, GROUP)


def test_a_slow_answer_is_spread_over_more_time_than_a_fast_one() -> None:
    """Lengths are known in characters: what is fast has its previews sooner."""
    counts = []
    for rate in (40.0, 100.0, 200.0):
        budget = Budget().chat("c1", Cadence(messages=(GROUP,)))
        budget.open()
        counts.append(len(previews(budget, 20.0, rate)))
    assert counts == sorted(set(counts))


def test_in_the_long_run_previews_are_evenly_spread() -> None:
    """After the first windows every gap is close to the window divided by its calls."""
    budget = Budget().chat("c1", Cadence(messages=(GROUP,)))
    budget.open()
    sent = [at for at in previews(budget, 900.0) if at > 400.0]
    gaps = [b - a for a, b in itertools.pairwise(sent)]
    assert max(gaps) <= 1.5 * 60.0 / 19.0
    assert min(gaps) >= 0.5 * 60.0 / 19.0


def test_a_refusal_holds_the_family_and_slows_the_chat() -> None:
    """Nothing goes before the wait is over; gaps grow, and recover with time."""
    cadence = Cadence(messages=(GROUP,), drafts=(GROUP,))
    budget = Budget().chat("c1", cadence)

    def gap(at: float) -> float:
        return budget.preview_at(Family.MESSAGES, at, Flow(at, at)) - at

    usual = gap(0.0)
    refuse(budget, 30.0, 0.0)
    assert budget.final_at(Family.MESSAGES, 1.0) == 30.0
    assert budget.final_at(Family.DRAFTS, 1.0) == 1.0
    assert gap(0.0) >= 30.0
    assert gap(120.0) == pytest.approx(usual * 2.5, rel=0.1)
    assert gap(20_000.0) == pytest.approx(usual, rel=0.01)


def refuse(budget: ChatBudget, wait: float, now: float) -> None:
    """Send a message, which is refused."""
    budget.spend(Family.MESSAGES)
    budget.land(Family.MESSAGES, now)
    budget.refuse(Family.MESSAGES, wait, now)


@given(waits=st.lists(st.floats(1.0, 20_000.0), min_size=1, max_size=5))
def test_a_wait_is_honoured_however_long(waits: list[float]) -> None:
    """Nothing goes before the end of the longest wait, and a final goes right then."""
    budget = Budget().chat("c1", Cadence(messages=(GROUP,)))
    for wait in waits:
        refuse(budget, wait, 0.0)
    end = max(waits)
    assert budget.final_at(Family.MESSAGES, 0.0) >= end
    assert budget.final_at(Family.MESSAGES, end) <= end + 1e-6
    assert budget.preview_at(Family.MESSAGES, end / 2, Flow(0.0, 0.0, 50, 50, 0.0)) >= end


def test_after_a_refusal_the_window_is_as_full_as_the_platform_says() -> None:
    """Others spent 14 of 20: the final takes the call that comes back, previews wait for theirs."""
    budget = Budget().chat("c1", Cadence(messages=(GROUP,)))
    budget.open()
    for second in range(6):
        budget.spend(Family.MESSAGES)
        budget.land(Family.MESSAGES, float(second))
    refuse(budget, 40.0, 6.0)
    assert budget.final_at(Family.MESSAGES, 6.0) == 46.0
    assert budget.preview_at(Family.MESSAGES, 46.0, Flow(0.0, 5.0, 900, 400, 5.0)) > 46.0


def test_a_bucket_that_refused_has_no_burst() -> None:
    """A chat that takes half of the known rate is not asked for more: finals keep apart, too."""
    budget = Budget().chat("c1", Cadence(messages=(Bucket(1.0, 5),)))
    refuse(budget, 30.0, 0.0)
    budget.spend(Family.MESSAGES)
    budget.land(Family.MESSAGES, 60.0)
    assert budget.final_at(Family.MESSAGES, 60.0) >= 62.0


@pytest.mark.parametrize("limit", [Bucket(1.0, 5), GROUP])
def test_a_refusal_after_a_pause_does_not_stop_previews(limit: Limit) -> None:
    """However long nothing was said, and whoever spent meanwhile, the next preview comes."""
    budget = Budget().chat("c1", Cadence(messages=(limit,)))
    now = 0.0
    for _ in range(12):
        now = max(now, budget.final_at(Family.MESSAGES, now))
        budget.spend(Family.MESSAGES)
        budget.land(Family.MESSAGES, now)
    budget.refuse(Family.MESSAGES, 5.0, now)
    flow = Flow(-10.0, -5.0, 700, 40, -4.0)
    for _ in range(20):
        due = budget.preview_at(Family.MESSAGES, now, flow)
        if due <= now:
            break
        now = due
    assert budget.preview_at(Family.MESSAGES, now, flow) <= now


def test_slowness_has_an_end() -> None:
    """A hundred refusals do not silence a chat."""
    budget = Budget().chat("c1", Cadence(messages=(Bucket(1.0, 5),)))
    for second in range(100):
        refuse(budget, 1.0, float(second))
    due = budget.preview_at(Family.MESSAGES, 200.0, Flow(200.0, 200.0))
    assert due - 200.0 <= 32.0


def test_what_was_learned_is_carried_over_a_restart() -> None:
    """Another budget that is told of it waits for the rest, and is as slow; what fades is gone."""
    cadence = Cadence(messages=(GROUP,), drafts=(GROUP,))
    old = Budget()
    refuse(old.chat("c1", cadence), 10_000.0, 0.0)
    old.chat("c2", cadence)
    learned = old.learned(4_000.0)
    assert learned == {"c1": (LimitEstimate(Family.MESSAGES, 2.5, 6_000.0),)}
    new = Budget()
    new.recall(learned, 100.0)
    assert new.learned(100.0) == learned
    chat = new.chat("c1", cadence)
    assert chat.final_at(Family.MESSAGES, 100.0) == 6_100.0
    assert new.chat("c2", cadence).final_at(Family.MESSAGES, 100.0) == 100.0
    assert new.learned(50_000.0) == {}


def test_what_was_learned_of_one_chat_can_be_asked_for_and_given_back() -> None:
    """Also to a budget that knows the chat by now; of a chat that nobody knows there is nothing."""
    cadence = Cadence(messages=(GROUP,))
    old, new = Budget(), Budget()
    refuse(old.chat("c1", cadence), 1_000.0, 0.0)
    assert "c2" not in old.learned(0.0)
    lessons = old.learned(400.0)["c1"]
    assert lessons == (LimitEstimate(Family.MESSAGES, 2.5, 600.0),)
    chat = new.chat("c1", cadence)
    new.recall({"c1": lessons}, 50.0)
    assert chat.final_at(Family.MESSAGES, 50.0) == 650.0


def waits(budget: Budget, chat: str, now: float) -> float:
    """Return for how long a final waits there."""
    return budget.chat(chat, Cadence(messages=(GROUP,))).final_at(Family.MESSAGES, now) - now


def test_the_ids_of_one_chat_share_a_budget() -> None:
    """However often it moves, and also for those that still use an old id."""
    cadence, budget = Cadence(messages=(GROUP,)), Budget()
    first = budget.chat("a", cadence)
    budget.move("a", "b", 0.0)
    budget.move("b", "c", 0.0)
    budget.move("a", "c", 0.0)  # every answer that is refused tells it
    assert budget.chat("a", cadence) is budget.chat("b", cadence) is budget.chat("c", cadence)
    assert budget.chat("c", cadence) is first


@pytest.mark.parametrize("is_live", [True, False])
def test_a_chat_that_moves_forgets_no_wait(is_live: bool) -> None:
    """What either id taught counts; what the place it moved to taught goes first."""
    wait = [LimitEstimate(Family.MESSAGES, 1.0, 500.0)]
    old, new, late = Budget(), Budget(), Budget()
    for budget in (old, new, late):
        if is_live:
            budget.chat("a", Cadence(messages=(GROUP,)))
    old.recall({"a": wait}, 0.0)
    old.move("a", "b", 0.0)
    new.recall({"b": wait}, 0.0)
    new.move("a", "b", 0.0)
    late.move("a", "b", 0.0)
    late.recall({"a": wait}, 0.0)
    for budget in (old, new, late):
        assert waits(budget, "b", 100.0) == waits(budget, "a", 100.0) == 400.0


@pytest.mark.parametrize("limit", [GROUP, Bucket(1.0, 5)])
def test_a_chat_that_is_idle_and_taught_nothing_is_forgotten(limit: Limit) -> None:
    """What is kept does not grow with the chats that ever were; lessons and open replies stay."""
    budget = Budget()
    cadence = Cadence(messages=(limit,))
    refuse(budget.chat("slow", cadence), 3_000.0, 0.0)
    busy = budget.chat("busy", cadence)
    busy.open()
    for number in range(5_000):
        chat = budget.chat(f"c{number}", cadence)
        chat.spend(Family.MESSAGES)
        chat.land(Family.MESSAGES, float(number))
    assert len(budget) <= 512
    assert budget.chat("busy", cadence) is busy
    assert budget.chat("slow", cadence).final_at(Family.MESSAGES, 100.0) == 3_000.0


def test_a_chat_that_somebody_holds_is_the_same_after_it_was_forgotten() -> None:
    """A reply that was made early and joins late counts with all others of its chat."""
    budget = Budget()
    cadence = Cadence(messages=(GROUP,))
    held = budget.chat("held", cadence)
    for number in range(5_000):
        budget.chat(f"c{number}", cadence)
    assert budget.chat("held", cadence) is held


def test_replies_of_one_chat_share_and_chats_do_not() -> None:
    """The same chat gives the same budget; other chats know only the bot's limit."""
    budget = Budget(Bucket(1.0, 3))
    cadence = Cadence(messages=(Window(2, 60.0),))
    one = budget.chat("c1", cadence)
    assert budget.chat("c1", cadence) is one
    for _ in range(2):
        one.spend(Family.MESSAGES)
        one.land(Family.MESSAGES, 0.0)
    other = budget.chat("c2", cadence)
    assert one.final_at(Family.MESSAGES, 0.0) == 60.0
    assert other.final_at(Family.MESSAGES, 0.0) == 0.0
    other.spend(Family.DRAFTS)
    other.land(Family.DRAFTS, 0.0)
    assert other.final_at(Family.MESSAGES, 0.0) == 1.0
