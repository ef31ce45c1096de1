"""Pauses after failures: each thing that is tried has its own, and they grow until it is heard."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tickertape.delivery.reply.backoff import NO_FAILURE

TRIES = st.lists(st.booleans(), max_size=40)


@given(TRIES)
def test_pauses_grow_for_the_previews_and_the_final_alike(tries: list[bool]) -> None:
    """Whatever order they come in: a text that is taken back has previews again."""
    backoff, failed = NO_FAILURE, {False: 0, True: 0}
    for is_final in tries:
        backoff = backoff.worse(1, 100.0, is_final=is_final, refused=False)
        pause = min(0.5 * 2.0 ** failed[is_final], 30.0)
        assert backoff.until_for(1, is_final=is_final) == 100.0 + pause
        failed[is_final] += 1
        assert backoff.failures == failed[is_final]
    assert backoff.heard() == NO_FAILURE


def test_refusals_count_for_one_text_alone() -> None:
    """Behind the other's failures they begin anew; what a channel refused in a row stays so."""
    refused = NO_FAILURE.worse(1, 0.0, is_final=False, refused=True)
    assert refused.worse(1, 0.0, is_final=False, refused=True).refusals == 2
    other = refused.worse(1, 0.0, is_final=True, refused=False)
    again = other.worse(1, 0.0, is_final=False, refused=True)
    assert (again.refusals, again.failures) == (1, 2)
    assert again.heard().refusals == 1


def test_what_never_left_holds_everything_up() -> None:
    """Nothing else of the reply is tried meanwhile, by the clock of whoever goes on."""
    backoff = NO_FAILURE.worse(1, 0.0, is_final=True, refused=False)
    backoff = backoff.unreaching(1, 10.0, 0.5, is_final=False)
    assert backoff.until_for(7, is_final=True) == 10.5
    there = backoff.later(100.0)
    assert there.until == 110.5
    assert there.other is not None
    assert there.other.until == 100.5
