"""A conversation that is too long is known as such, whoever says it in whatever words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import NOT_OVERFLOWS, OVERFLOWS

from tickertape.errors import FailureKind
from tickertape.providers.refusals.failures import body_failure, response_failure
from tickertape.providers.refusals.overflow import is_overflow, is_too_large_to_wait_for


@pytest.mark.parametrize("message", OVERFLOWS.values(), ids=OVERFLOWS)
@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_an_overflow_is_never_a_refused_parameter(message: str, status: int) -> None:
    """Under any status and any name, in a body and in a stream: less history is asked with."""
    said = {"error": {"message": message, "type": "invalid_request_error"}}
    error = response_failure(status, {}, json.dumps(said).encode(), now=0.0)
    assert error.kind is FailureKind.CONTEXT_OVERFLOW
    named = {"error": {"message": message, "code": "invalid_parameter_error"}}
    assert body_failure(named).kind is FailureKind.CONTEXT_OVERFLOW


@pytest.mark.parametrize("message", NOT_OVERFLOWS)
def test_a_setting_of_the_answer_is_no_overflow(message: str) -> None:
    """An error that no shorter conversation would solve is not called an overflow."""
    body = json.dumps({"error": {"message": message}}).encode()
    assert not is_overflow(message)
    assert response_failure(400, {}, body, now=0.0).kind is not FailureKind.CONTEXT_OVERFLOW


def test_one_request_above_the_limit_of_a_minute_is_too_long() -> None:
    """No wait makes it fit, although it is called a rate limit; one below it may wait."""
    words = "Request too large for m on tokens per minute (TPM): Limit {}, Requested 8,120, please"
    body = json.dumps({"error": {"message": words.format("6,000"), "code": "rate_limit_exceeded"}})
    assert response_failure(413, {}, body.encode(), now=0.0).kind is FailureKind.CONTEXT_OVERFLOW
    assert response_failure(429, {}, body.encode(), now=0.0).kind is FailureKind.CONTEXT_OVERFLOW
    assert not is_too_large_to_wait_for(words.format("9,000"))


@given(st.text())
def test_any_words_can_be_looked_at(message: str) -> None:
    """No message makes it fail."""
    assert is_overflow(message) in {True, False}
    assert is_too_large_to_wait_for(message) in {True, False}


def test_a_long_message_is_looked_at_in_no_time() -> None:
    """Words that nearly fit, ten thousand times, take time that grows with their length."""
    for words in ("token count ", "max_tokens ", "request too large limit 1, requested ", "input "):
        assert isinstance(is_overflow(words * 1500), bool)
        assert isinstance(is_too_large_to_wait_for(words * 1500), bool)
