"""The wait that a server asks for is read wherever and however it is said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.errors import FailureKind
from tickertape.providers.refusals.error_body import error_body
from tickertape.providers.refusals.failures import body_failure, dated, response_failure
from tickertape.providers.refusals.waits import (
    WaitFor,
    WaitUntil,
    in_headers,
    in_words,
    of_limits,
    seconds_of,
)

_NOW = 1_790_000_000.0
_QUOTA = "You exceeded your current quota.\nPlease retry in 28.135353458s."
_HEADERS = {"X-RateLimit-Limit": "20", "X-RateLimit-Remaining": "0"}


@pytest.mark.parametrize(
    ("message", "wait"),
    [
        (_QUOTA, WaitFor(28.135353458)),
        ("Please retry in 1m30s", WaitFor(90.0)),
        ("Please retry in 829.1612ms", WaitFor(0.8291612)),
        ("Please retry in 1h2m3.5s.", WaitFor(3723.5)),
        ("try again in 20 seconds", WaitFor(20.0)),
        ("Please try again in 7m12s.", WaitFor(432.0)),
        ("Please try your request again in 5 minutes.", WaitFor(300.0)),
        ("Please retry after 26 seconds.", WaitFor(26.0)),
        ("Please wait for at least 1 minute and 5 secs", WaitFor(65.0)),
        ("Your limit resets in 3h 20m", WaitFor(12000.0)),
        ("retry after 1,200 seconds", WaitFor(1200.0)),
        ("retry-after: 30", WaitFor(30.0)),
        ("Limit 3, Used 3, Requested 1. Please try again in 20s. Visit", WaitFor(20.0)),
        ("It resets at 2026-09-21T14:14:30Z", WaitUntil(_NOW + 70)),
        ("请求过于频繁，请在20秒后重试", WaitFor(20.0)),
        ("请于 2 分钟后再试", WaitFor(120.0)),
        ("每分钟最多20次，每次60秒", None),
        ("Limit 20 requests per 1 minute", None),
        ("Please wait. Limit 20 requests per 1 minute", None),
        ("try again in 2 months", None),
        ("try again later", None),
        ("Please retry after 3 failed attempts", None),
        (
            "Rate limit of 10 per 60s exceeded. Please wait 14 seconds before retrying.",
            WaitFor(14.0),
        ),
        ("gpt-4 waits", None),
        ("Bitte versuchen Sie es in 20 Sekunden erneut", WaitFor(20.0)),
        ("Bitte warten Sie 2 Minuten und 5 Sekunden.", WaitFor(125.0)),
        ("Повторите через 20 секунд", WaitFor(20.0)),
        ("Слишком много запросов. Подождите 1 минуту.", WaitFor(60.0)),
        ("Спробуйте ще раз через 20 секунд", WaitFor(20.0)),
        ("Veuillez réessayer dans 20 secondes.", WaitFor(20.0)),
        ("Inténtelo de nuevo en 20 segundos", WaitFor(20.0)),
        ("Vuelva a intentarlo en 2 minutos", WaitFor(120.0)),
        ("Tente novamente em 20 segundos", WaitFor(20.0)),
        ("Riprova tra 20 secondi", WaitFor(20.0)),
        ("Probeer het over 20 seconden opnieuw", WaitFor(20.0)),
        ("Försök igen om 20 sekunder", WaitFor(20.0)),
        ("Spróbuj ponownie za 20 sekund", WaitFor(20.0)),
        ("Vui lòng thử lại sau 20 giây", WaitFor(20.0)),
        ("Silakan coba lagi dalam 20 detik", WaitFor(20.0)),
        ("20 saniye sonra tekrar deneyin", WaitFor(20.0)),
        ("20秒後にもう一度お試しください", WaitFor(20.0)),
        ("3分ほどお待ちください", WaitFor(180.0)),
        ("20초 후에 다시 시도해 주세요", WaitFor(20.0)),
        ("请等待20秒", WaitFor(20.0)),
        ("请1小时后重试", WaitFor(3600.0)),
        ("Höchstens 20 Anfragen in 60 Sekunden", None),
        ("Не более 20 запросов за 60 секунд", None),
        ("Versuchen Sie es in 2 Monaten erneut", None),
        ("60秒あたり20回まで", None),
        ("분당 20회, 60초", None),
    ],
)
def test_words_that_name_a_wait(message: str, wait: object) -> None:
    """Durations as people and programs write them; what is no wait is none."""
    assert in_words(message) == wait


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, WaitFor(7.0)),
        ({"retry-after": "7s"}, WaitFor(7.0)),
        ({"retry-after": "1790000030"}, WaitUntil(_NOW + 30)),
        ({"retry-after": "2026-09-21T14:14:30Z"}, WaitUntil(_NOW + 70)),
        ({"retry-after": "Mon, 21 Sep 2026 14:14:30 GMT"}, WaitUntil(_NOW + 70)),
        ({"x-ms-retry-after-ms": "1500"}, WaitFor(1.5)),
        ({"retry-after": "1e400"}, None),
    ],
)
def test_headers_that_name_a_wait(headers: dict[str, str], wait: object) -> None:
    """Seconds, durations, dates and moments."""
    assert in_headers(headers) == wait


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (
            {"x-ratelimit-reset": "1790000030000", "x-ratelimit-remaining": "0"},
            WaitUntil(_NOW + 30),
        ),
        ({"x-ratelimit-reset": "1790000030"}, WaitUntil(_NOW + 30)),
        ({"x-ratelimit-reset": "30"}, WaitFor(30.0)),
        ({"ratelimit-reset": "12"}, WaitFor(12.0)),
        (
            {
                "x-ratelimit-reset-requests": "17h",
                "x-ratelimit-remaining-requests": "900",
                "x-ratelimit-reset-tokens": "7.66s",
                "x-ratelimit-remaining-tokens": "0",
            },
            WaitFor(7.66),
        ),
        (
            {
                "anthropic-ratelimit-tokens-reset": "2026-09-21T14:14:30Z",
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2026-09-21T14:15:30Z",
                "anthropic-ratelimit-requests-remaining": "49",
            },
            WaitUntil(_NOW + 70),
        ),
        (
            {"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-reset-tokens": "120ms"},
            WaitFor(0.12),
        ),
        ({"x-rate-limit-reset": "30", "x-rate-limit-remaining": "0"}, WaitFor(30.0)),
        ({"x-ratelimit-limit": "20"}, None),
    ],
)
def test_limits_that_count_down(headers: dict[str, str], wait: object) -> None:
    """The limit that is used up decides, in whatever unit it counts."""
    assert of_limits(headers) == wait


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ([{"error": {"code": 429, "message": _QUOTA, "status": "RESOURCE_EXHAUSTED"}}], 28.135),
        (
            {
                "error": {
                    "code": 429,
                    "metadata": {"headers": _HEADERS | {"X-RateLimit-Reset": "1790000030000"}},
                }
            },
            30.0,
        ),
        ({"error": {"code": 429, "metadata": {"headers": {"Retry-After": "9"}}}}, 9.0),
        ({"error": {"code": 429, "details": [{"retryDelay": "28s"}]}}, 28.0),
        ({"error": {"code": 429, "details": [{"retryDelay": {"seconds": 28, "nanos": 0}}]}}, 28.0),
        (
            {"error": {"code": 429, "details": [{"metadata": {"quotaResetDelay": "1m2.5s"}}]}},
            62.5,
        ),
        ({"error": {"code": 429, "retry_after": 12}}, 12.0),
        ({"error": {"code": 429, "retry_after_ms": 1200}}, 1.2),
        ({"error": {"code": 429, "resets_at": 1790000045}}, 45.0),
        ({"error": {"code": 429, "resets_at": 1790000045, "resets_in_seconds": 40}}, 40.0),
        ({"message": "Slow down. Please retry after 3 seconds.", "code": "429"}, 3.0),
    ],
)
def test_bodies_that_name_a_wait(body: Any, seconds: float) -> None:
    """Fields, words, and the headers that a gateway passes on: as a body, and inside a stream."""
    whole = response_failure(429, {}, json.dumps(body).encode(), now=_NOW)
    assert whole.kind is FailureKind.RATE_LIMIT
    assert whole.retry_after == pytest.approx(seconds, abs=0.01)
    inside = dated(body_failure(body), _NOW)
    assert inside.kind is FailureKind.RATE_LIMIT
    assert inside.retry_after == pytest.approx(seconds, abs=0.01)


def test_limits_are_asked_last_and_of_rate_limits_alone() -> None:
    """Every answer counts its limits down: beside another refusal that says nothing."""
    headers = {"x-ratelimit-reset": "30"}
    assert response_failure(429, headers, b"No.", now=_NOW).retry_after == 30.0
    assert response_failure(429, headers, b"try again in 4s", now=_NOW).retry_after == 4.0
    assert response_failure(500, headers, b"No.", now=_NOW).retry_after is None


@given(st.text() | st.integers() | st.floats() | st.dictionaries(st.text(), st.integers()))
def test_any_wait_can_be_looked_at(value: object) -> None:
    """Whatever stands where a wait should: nothing is raised, and no wait is negative."""
    said = error_body({"error": {"retryDelay": value, "resets_at": value, "message": value}})
    assert said.wait is None or said.wait >= 0
    wait = in_headers({"retry-after": str(value)})
    assert wait is None or seconds_of(wait, _NOW) >= 0
