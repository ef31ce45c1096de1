"""The way of a turn through failures, step by step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.agent.cooldowns import LONGEST_COOLDOWN, Cooldowns
from tickertape.agent.models import Model
from tickertape.agent.retry_plan import Ask, RetryPlan
from tickertape.agent.rules import LONGEST_WAIT, SHORT_WAIT
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Failed
from tickertape.testing.providers import ScriptedProvider

PROVIDER = ScriptedProvider()
ONE, TWO = Model("one", PROVIDER), Model("two", PROVIDER)


def error(kind: FailureKind, retry_after: float | None = None) -> ProviderError:
    """Make a failure."""
    return ProviderError(kind, "because", retry_after=retry_after)


def way(kind: FailureKind, *models: Model, retry_after: float | None = None) -> list[object]:
    """Say what follows when every attempt fails in one way."""
    plan = RetryPlan(models, Cooldowns(), now=0.0)
    steps: list[object] = []
    while True:
        match plan.after(error(kind, retry_after), 0.0):
            case Ask(model=model, halvings=halvings, wait=wait):
                steps.append((model.name, halvings, wait))
            case Failed(error=said):
                return [*steps, said.kind]


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        (FailureKind.AUTH, []),
        (FailureKind.QUOTA, []),
        (FailureKind.REFUSED_PARAMETER, []),
        (FailureKind.CONTENT_FILTER, []),
        (FailureKind.RATE_LIMIT, [(0, 2.0), (0, 4.0), (0, 8.0)]),
        (FailureKind.OVERLOADED, [(0, 1.0), (0, 2.0), (0, 4.0)]),
        (FailureKind.NETWORK, [(0, 0.5), (0, 1.0)]),
        (FailureKind.ENDED_EARLY, [(0, 0.5), (0, 1.0)]),
        (FailureKind.STALLED, [(0, 0.5)]),
        (FailureKind.BAD_RESPONSE, [(0, 0.5)]),
        (FailureKind.INVALID_OUTPUT, [(0, 0.5), (0, 1.0)]),
        (FailureKind.EMPTY, [(0, 0.5)]),
        (FailureKind.INTERNAL, [(0, 0.5)]),
        (FailureKind.CONTEXT_OVERFLOW, [(1, 0.0), (2, 0.0)]),
    ],
)
def test_each_kind_takes_its_way(kind: FailureKind, steps: list[tuple[int, float]]) -> None:
    """A model that fails is asked again as its rule says, then the next; at last the turn fails."""
    alone = [("one", *step) for step in steps]
    assert way(kind, ONE) == [*alone, kind]
    if kind is not FailureKind.CONTENT_FILTER:
        # With another model left, waits beyond SHORT_WAIT are not worth it.
        first = [step for step in alone if step[2] <= SHORT_WAIT]
        second = [("two", *step) for step in steps]
        assert way(kind, ONE, TWO) == [*first, ("two", 0, 0.0), *second, kind]
    else:
        assert way(kind, ONE, TWO) == [kind]


@pytest.mark.parametrize(
    ("retry_after", "alone", "with_another"),
    [
        (3.0, [3.0, 4.0, 8.0], [3.0, 4.0]),
        (SHORT_WAIT + 1, [6.0, 6.0, 8.0], []),
        (LONGEST_WAIT, [60.0] * 3, []),
        (LONGEST_WAIT + 1, [], []),
    ],
)
def test_a_servers_wait_is_kept_or_not_waited_for(
    retry_after: float, alone: list[float], with_another: list[float]
) -> None:
    """We wait as long as the server says, or not at all: never shorter."""
    kind = FailureKind.RATE_LIMIT
    waits = [("one", 0, wait) for wait in alone]
    assert way(kind, ONE, retry_after=retry_after) == [*waits, kind]
    short = [("one", 0, wait) for wait in with_another]
    both = way(kind, ONE, TWO, retry_after=retry_after)
    assert both[: len(short) + 1] == [*short, ("two", 0, 0.0)]


def test_the_end_tells_of_the_first_model() -> None:
    """The reader learns why the chosen model was given up, not why its stand-in was."""
    plan = RetryPlan([ONE, TWO], Cooldowns(), now=0.0)
    assert plan.after(error(FailureKind.QUOTA), 0.0) == Ask(TWO)
    end = plan.after(error(FailureKind.AUTH), 0.0)
    assert isinstance(end, Failed)
    assert end.error.kind is FailureKind.QUOTA


def test_a_success_begins_anew() -> None:
    """After an answer the next step has all its tries again, of the model that gave it."""
    plan = RetryPlan([ONE, TWO], Cooldowns(), now=0.0)
    assert plan.after(error(FailureKind.AUTH), 0.0) == Ask(TWO)
    assert plan.after(error(FailureKind.CONTEXT_OVERFLOW), 0.0) == Ask(TWO, 1)
    assert plan.after(error(FailureKind.STALLED), 0.0) == Ask(TWO, 1, 0.5)
    plan.succeeded()
    assert plan.ask == Ask(TWO, 1)
    assert plan.after(error(FailureKind.STALLED), 0.0) == Ask(TWO, 1, 0.5)


def test_each_kind_has_its_own_tries_and_all_have_three() -> None:
    """A model that fails now so and now so is not given up for the first empty answer."""
    plan = RetryPlan([ONE], Cooldowns(), now=0.0)
    kinds = [FailureKind.NETWORK, FailureKind.EMPTY, FailureKind.STALLED]
    moves = [plan.after(error(kind), 0.0) for kind in kinds]
    assert [move.wait for move in moves if isinstance(move, Ask)] == [0.5, 1.0, 2.0]
    assert isinstance(plan.after(error(FailureKind.BAD_RESPONSE), 0.0), Failed)
    plan = RetryPlan([ONE], Cooldowns(), now=0.0)
    plan.after(error(FailureKind.EMPTY), 0.0)
    assert isinstance(plan.after(error(FailureKind.EMPTY), 0.0), Failed)


def test_what_failed_for_long_rests() -> None:
    """The next turn begins with the model that works; later the first is tried again."""
    cooldowns = Cooldowns()
    RetryPlan([ONE, TWO], cooldowns, now=0.0).after(error(FailureKind.AUTH), 0.0)
    assert RetryPlan([ONE, TWO], cooldowns, now=599.0).ask.model == TWO
    assert RetryPlan([ONE], cooldowns, now=1.0).ask.model == ONE
    assert RetryPlan([ONE, TWO], cooldowns, now=600.0).ask.model == ONE


def test_a_long_wait_of_the_server_is_a_long_rest() -> None:
    """A server that asked for a while is asked last for as long, at most for an hour."""
    for named, rested in ((300.0, 300.0), (1e9, LONGEST_COOLDOWN)):
        cooldowns = Cooldowns()
        RetryPlan([ONE, TWO], cooldowns, now=0.0).after(error(FailureKind.RATE_LIMIT, named), 0.0)
        assert cooldowns.order([ONE, TWO], rested - 1) == (TWO, ONE)
        assert cooldowns.order([ONE, TWO], rested) == (ONE, TWO)


def test_an_answer_ends_a_rest() -> None:
    """A model that answered, though it rested, is asked in its turn again."""
    cooldowns = Cooldowns()
    RetryPlan([ONE, TWO], cooldowns, now=0.0).after(error(FailureKind.QUOTA), 0.0)
    plan = RetryPlan([ONE, TWO], cooldowns, now=1.0)
    assert plan.after(error(FailureKind.QUOTA), 1.0) == Ask(ONE)
    plan.succeeded()
    assert cooldowns.order([ONE, TWO], 2.0) == (ONE, TWO)


def test_one_overflow_does_not_rest_a_model() -> None:
    """What lies in the conversation or in the request says nothing about the next turn."""
    for kind in (
        FailureKind.CONTEXT_OVERFLOW,
        FailureKind.REFUSED_PARAMETER,
        FailureKind.INVALID_OUTPUT,
        FailureKind.EMPTY,
    ):
        cooldowns = Cooldowns()
        plan = RetryPlan([ONE, TWO], cooldowns, now=0.0)
        while plan.ask.model == ONE:
            plan.after(error(kind), 0.0)
        assert cooldowns.order([ONE, TWO], 0.0) == (ONE, TWO)


@given(st.lists(st.tuples(st.sampled_from(FailureKind), st.none() | st.floats(0, 1e9))))
def test_every_way_ends(failures: list[tuple[FailureKind, float | None]]) -> None:
    """Whatever fails, in whatever order: few attempts, bounded waits, and no model asked twice."""
    plan = RetryPlan([ONE, TWO], Cooldowns(), now=0.0, spread=0.5)
    asked: list[str] = [plan.ask.model.name]
    attempts = 1
    for kind, retry_after in failures:
        move = plan.after(error(kind, retry_after), 0.0)
        if isinstance(move, Failed):
            break
        attempts += 1
        assert 0 <= move.wait <= LONGEST_WAIT
        asked.append(move.model.name)
    assert attempts <= 2 * (1 + 3 + 2)
    assert asked == sorted(asked)
