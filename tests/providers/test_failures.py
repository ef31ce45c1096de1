"""What servers' refusals mean."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import REFUSALS

from tickertape.errors import FailureKind
from tickertape.providers.refusals.failures import (
    DETAIL_LIMIT,
    NAMES,
    PHRASES,
    body_failure,
    redact,
    response_failure,
    retry_after,
)

_NOW = 1_790_000_000.0


def _error(**fields: object) -> bytes:
    return json.dumps({"error": fields}).encode()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"", FailureKind.AUTH),
        (403, b'{"error":"forbidden"}', FailureKind.AUTH),
        (403, _error(message="Your input was flagged"), FailureKind.CONTENT_FILTER),
        (400, _error(message="API key not valid. Please pass one."), FailureKind.AUTH),
        (402, _error(message="Insufficient credits"), FailureKind.QUOTA),
        (429, _error(code="insufficient_quota", message="quota"), FailureKind.QUOTA),
        (429, _error(type="tokens", code="rate_limit_exceeded"), FailureKind.RATE_LIMIT),
        (429, b'[{"error":{"status":"RESOURCE_EXHAUSTED"}}]', FailureKind.RATE_LIMIT),
        (429, b"Too many requests", FailureKind.RATE_LIMIT),
        (500, b"", FailureKind.OVERLOADED),
        (529, _error(type="overloaded_error"), FailureKind.OVERLOADED),
        (503, _error(code=503, type="unavailable_error"), FailureKind.OVERLOADED),
        (400, _error(code=400, type="exceed_context_size_error"), FailureKind.CONTEXT_OVERFLOW),
        (400, _error(code="context_length_exceeded"), FailureKind.CONTEXT_OVERFLOW),
        (400, _error(message="prompt is too long: 9 > 8"), FailureKind.CONTEXT_OVERFLOW),
        (413, b"<html><body>Too Large</body></html>", FailureKind.CONTEXT_OVERFLOW),
        (400, _error(code="content_filter"), FailureKind.CONTENT_FILTER),
        (400, _error(code="unsupported_parameter"), FailureKind.REFUSED_PARAMETER),
        (400, b'{"detail":"Store must be set to false"}', FailureKind.REFUSED_PARAMETER),
        (422, b'{"detail":[{"type":"extra","msg":"no"}]}', FailureKind.REFUSED_PARAMETER),
        (404, _error(code="model_not_found"), FailureKind.REFUSED_PARAMETER),
        (404, b"404 page not found", FailureKind.BAD_RESPONSE),
        (400, _error(message="cannot generate limit"), FailureKind.REFUSED_PARAMETER),
        (404, _error(type="not_found_error", message="model: x"), FailureKind.REFUSED_PARAMETER),
        (
            400,
            _error(message="Input is too long for requested model."),
            FailureKind.CONTEXT_OVERFLOW,
        ),
        (
            400,
            _error(message="input length and `max_tokens` exceed context limit: 9 + 1 > 8"),
            FailureKind.CONTEXT_OVERFLOW,
        ),
        (429, _error(type="usage_limit_reached", resets_in_seconds=9), FailureKind.RATE_LIMIT),
        (403, b"<title>Just a moment...</title>", FailureKind.BAD_RESPONSE),
        (522, b"<title>cloudflare | 522</title>", FailureKind.OVERLOADED),
        (400, _error(code="invalid_encrypted_content"), FailureKind.REFUSED_PARAMETER),
        (302, b"", FailureKind.BAD_RESPONSE),
        (418, b"", FailureKind.BAD_RESPONSE),
    ],
)
def test_a_refusal_has_its_kind(status: int, body: bytes, kind: FailureKind) -> None:
    """Names decide before words, and words before the status."""
    error = response_failure(status, {}, body, now=_NOW)
    assert error.kind == kind
    assert error.status == status
    assert error.detail


@pytest.mark.parametrize(("status", "said", "kind"), REFUSALS)
def test_a_refusal_means_what_it_says(status: int, said: object, kind: FailureKind) -> None:
    """A vague name yields to the status, a gateway's status to what its server said."""
    body = json.dumps({"error": said}).encode()
    assert response_failure(status, {}, body, now=_NOW).kind is kind


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"message": "Invalid model configuration."}, FailureKind.REFUSED_PARAMETER),
        ({"message": "No.", "type": "invalid_request_error"}, FailureKind.REFUSED_PARAMETER),
        ({"message": "tools are not supported"}, FailureKind.REFUSED_PARAMETER),
        ({"message": "model 'x' not found"}, FailureKind.REFUSED_PARAMETER),
        ({"message": "Invalid response from upstream"}, FailureKind.OVERLOADED),
        ({"message": "Invalid tokens", "type": "server_error"}, FailureKind.OVERLOADED),
        ({"message": "terminated"}, FailureKind.OVERLOADED),
        ({"message": "No.", "code": "tool_use_failed"}, FailureKind.INVALID_OUTPUT),
    ],
)
def test_an_error_without_a_status_means_what_it_says(said: object, kind: FailureKind) -> None:
    """Inside a stream that began well only names and words are left to tell."""
    assert body_failure({"error": said}).kind is kind


@pytest.mark.parametrize(
    ("said", "kind", "detail"),
    [
        ({"error": {"code": 502, "message": "bad gateway"}}, FailureKind.OVERLOADED, "bad gateway"),
        ({"error": {"code": 400, "message": "limit"}}, FailureKind.REFUSED_PARAMETER, "limit"),
        ({"error": "upstream broke"}, FailureKind.OVERLOADED, "upstream broke"),
        ({"code": "429", "message": "slow"}, FailureKind.RATE_LIMIT, "slow"),
        ("rate limit reached", FailureKind.RATE_LIMIT, "rate limit reached"),
        (None, FailureKind.OVERLOADED, "the server reported an error without a reason"),
        ({"error": {}}, FailureKind.OVERLOADED, "the server reported an error without a reason"),
    ],
)
def test_an_error_inside_a_stream_has_its_kind(
    said: object, kind: FailureKind, detail: str
) -> None:
    """An integer code counts as the status that the stream no longer could have."""
    error = body_failure(said)
    assert (error.kind, error.detail) == (kind, detail)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"<html><title>502 Bad  Gateway</title><body>x</body></html>", "502 Bad Gateway"),
        (b"<script>var a=1</script><h1>Just a &amp; moment</h1>", "Just a & moment"),
        (b'{"message":"plain","type":"x"}', "plain"),
        (b"two\r\n\r\n lines\x00\x1b[31m", "two lines [31m"),
        (b"", "the server gave no reason (HTTP 400)"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'{"error":{"code":17}}', "the server gave no reason (HTTP 400)"),
    ],
)
def test_words_are_made_presentable(body: bytes, detail: str) -> None:
    """Pages, control characters and silence become one short line."""
    assert response_failure(400, {}, body, now=_NOW).detail == detail


def test_a_page_without_end_is_read_in_no_time() -> None:
    """Megabytes of tags that never close are looked at as far as a person would."""
    page = b"<" * 1_000_000
    assert len(response_failure(500, {}, page, now=0.0).detail) <= DETAIL_LIMIT
    said = {"error": {"message": "<script " * 1_000_000}}
    assert len(body_failure(said).detail) <= DETAIL_LIMIT


def test_words_are_shortened() -> None:
    """However much a server says, a line of it is kept."""
    detail = response_failure(400, {}, b"long " * 10_000, now=_NOW).detail
    assert len(detail) == DETAIL_LIMIT
    assert detail.endswith("…")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after-ms": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after-ms": "?", "retry-after": "7"}, 7.0),
        ({"retry-after": "Mon, 21 Sep 2026 14:14:30 GMT"}, 70.0),
        ({"retry-after": "Mon, 21 Sep 2020 14:14:30 GMT"}, 0.0),
    ],
)
def test_the_wait_is_read(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds and dates are understood, nonsense is not."""
    assert retry_after(headers, now=_NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "7"}, _error(message="try again in 3s"), 7.0),
        ({}, _error(message="Please try again in 1m3s."), 63.0),
        ({}, _error(type="usage_limit_reached", resets_in_seconds=13872), 13872.0),
        ({}, b'[{"error":{"details":[{"retryDelay":"34s"}]}}]', 34.0),
        ({}, _error(message="later"), None),
    ],
)
def test_the_wait_is_found_in_the_body_too(
    headers: dict[str, str], body: bytes, seconds: float | None
) -> None:
    """A server that names its wait in words or fields is heard; its header comes first."""
    assert response_failure(429, headers, body, now=_NOW).retry_after == seconds
    assert headers or body_failure(json.loads(body)).retry_after == seconds


def test_a_redirect_says_so() -> None:
    """A conversation is not sent on to wherever a server points."""
    assert "redirects" in response_failure(308, {}, b"", now=_NOW).detail


@pytest.mark.parametrize(
    ("text", "secret", "shown"),
    [
        ("key abcdefgh1 is wrong", "abcdefgh1", "key [key] is wrong"),
        ("example of x", "x", "example of [key]"),
        ("Incorrect API key provided: sk-abc***789.", None, "Incorrect API key provided: [key]"),
        ("Authorization: Bearer abc.def", None, "Authorization: Bearer [key]"),
        ("GET /?key=abc&b=1", None, "GET /?key=[key]&b=1"),
        ("nothing here", None, "nothing here"),
    ],
)
def test_keys_are_taken_out(text: str, secret: str | None, shown: str) -> None:
    """The key that was sent goes, and whatever looks like one."""
    assert redact(text, secret) == shown


@settings(deadline=None)
@given(st.integers(100, 599), st.binary(max_size=100) | st.text().map(str.encode))
def test_any_refusal_can_be_read(status: int, body: bytes) -> None:
    """No status and no body can make the table fail."""
    error = response_failure(status, {"retry-after": body.decode("latin-1")}, body, now=_NOW)
    assert error.detail.isprintable()
    assert len(error.detail) <= DETAIL_LIMIT


def test_the_tables_are_in_lower_case() -> None:
    """A name or phrase in another case would never be found."""
    assert all(name == name.lower() for name in NAMES)
    assert all(phrase == phrase.lower() for phrase, _ in PHRASES)
