"""Every kind of failure has one rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.agent.rules import RULES, Again, Compact, GiveUp, NextModel, wait
from tickertape.errors import FailureKind


def test_every_kind_has_its_rule() -> None:
    """The table is whole, and says what is meant."""
    assert set(RULES) == set(FailureKind)
    kinds = {
        rule: {kind.value for kind in FailureKind if isinstance(RULES[kind], rule)}
        for rule in (NextModel, Compact, GiveUp)
    }
    assert kinds == {
        NextModel: {"auth", "quota", "refused_parameter"},
        Compact: {"context_overflow"},
        GiveUp: {"content_filter"},
    }


def test_waits() -> None:
    """Waits double up to eight seconds; a server's own wait is never cut short, and spread out."""
    rule = Again(times=9, backoff=1.0, cooldown=60)
    assert [wait(rule, tried, None, 0.0) for tried in range(5)] == [1, 2, 4, 8, 8]
    assert wait(rule, 0, 7.0, 0.0) == 7.0
    assert wait(rule, 3, 7.0, 0.0) == 8.0
    assert wait(rule, 0, 0.0, 1.0) == 1.25


@given(st.integers(0, 20), st.none() | st.floats(0, 1e6), st.floats(0, 1))
def test_a_wait_is_never_too_short(tried: int, retry_after: float | None, spread: float) -> None:
    """However the numbers are, the wait is at least what the server named, and positive."""
    assert wait(Again(1, 0.5, 0), tried, retry_after, spread) >= max(retry_after or 0.0, 0.5)


@pytest.mark.parametrize("kind", FailureKind)
def test_attempts_are_few(kind: FailureKind) -> None:
    """No rule asks one model more than four times about one answer."""
    match RULES[kind]:
        case Again(times=times) | Compact(times=times):
            assert 1 <= times <= 3
        case NextModel() | GiveUp():
            pass
