"""What model servers say when they refuse, as one `ProviderError`.

Servers agree on nothing but the habit of an error object with a `type`, a `code` and a `message`.
Which kind of failure that is, is looked up in this order, and nowhere else:

1. the machine-readable names (`code`, then `type`), in `NAMES`;
2. where the status is one that servers use for everything, the words of the message, in `PHRASES`;
3. the HTTP status, in `STATUSES` (an error inside a stream may carry one as its integer `code`);
4. else the server failed inside: `OVERLOADED`.

The shapes read: `{"error": {...}}` and `{"error": "..."}` (OpenAI and most others),
`{"detail": ...}` (FastAPI, the ChatGPT backend), a bare `{"message": ...}` (Mistral, vLLM, AWS),
a list around one of these (Gemini), HTML and plain text (proxies).
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import msgspec

from tickertape.errors import FailureKind, ProviderError

__all__ = [
    "DETAIL_LIMIT",
    "NAMES",
    "PHRASES",
    "STATUSES",
    "body_failure",
    "redact",
    "response_failure",
    "retry_after",
]

DETAIL_LIMIT = 300
"""Characters of a server's words that are kept: enough for the sentence that matters."""

NAMES: Mapping[str, FailureKind] = {
    # platform.openai.com/docs/guides/error-codes, docs.anthropic.com/en/api/errors, 2026-11
    "account_deactivated": FailureKind.AUTH,
    "authentication_error": FailureKind.AUTH,
    "invalid_api_key": FailureKind.AUTH,
    "invalid_authentication": FailureKind.AUTH,
    "permission_denied": FailureKind.AUTH,
    "permission_error": FailureKind.AUTH,
    "unauthenticated": FailureKind.AUTH,
    "unauthorized": FailureKind.AUTH,
    "billing_error": FailureKind.QUOTA,
    "billing_hard_limit_reached": FailureKind.QUOTA,
    "billing_not_active": FailureKind.QUOTA,
    "insufficient_balance": FailureKind.QUOTA,
    "insufficient_quota": FailureKind.QUOTA,
    "payment_required": FailureKind.QUOTA,
    "rate_limit_error": FailureKind.RATE_LIMIT,
    "rate_limit_exceeded": FailureKind.RATE_LIMIT,
    "resource_exhausted": FailureKind.RATE_LIMIT,
    "too_many_requests": FailureKind.RATE_LIMIT,
    "api_error": FailureKind.OVERLOADED,
    "engine_overloaded": FailureKind.OVERLOADED,
    "insufficient_system_resource": FailureKind.OVERLOADED,
    "internal_server_error": FailureKind.OVERLOADED,
    "overloaded_error": FailureKind.OVERLOADED,
    "server_error": FailureKind.OVERLOADED,
    "service_unavailable": FailureKind.OVERLOADED,
    # while the model loads (ggml-org/llama.cpp, tools/server/README.md)
    "unavailable_error": FailureKind.OVERLOADED,
    "context_length_exceeded": FailureKind.CONTEXT_OVERFLOW,
    # ggml-org/llama.cpp, tools/server/server-context.cpp
    "exceed_context_size_error": FailureKind.CONTEXT_OVERFLOW,
    "model_context_window_exceeded": FailureKind.CONTEXT_OVERFLOW,
    "content_filter": FailureKind.CONTENT_FILTER,
    "content_policy_violation": FailureKind.CONTENT_FILTER,
    "responsibleaipolicyviolation": FailureKind.CONTENT_FILTER,
    "invalid_value": FailureKind.REFUSED_PARAMETER,
    "model_not_found": FailureKind.REFUSED_PARAMETER,
    "unknown_parameter": FailureKind.REFUSED_PARAMETER,
    "unsupported_parameter": FailureKind.REFUSED_PARAMETER,
    "unsupported_value": FailureKind.REFUSED_PARAMETER,
}
"""The names that servers give in `error.code` or `error.type`, in lower case."""

PHRASES: tuple[tuple[str, FailureKind], ...] = (
    ("context length", FailureKind.CONTEXT_OVERFLOW),
    ("context size", FailureKind.CONTEXT_OVERFLOW),
    ("context window", FailureKind.CONTEXT_OVERFLOW),
    ("prompt is too long", FailureKind.CONTEXT_OVERFLOW),
    ("reduce the length", FailureKind.CONTEXT_OVERFLOW),
    ("content filter", FailureKind.CONTENT_FILTER),
    ("content management policy", FailureKind.CONTENT_FILTER),
    ("flagged", FailureKind.CONTENT_FILTER),
    ("moderation", FailureKind.CONTENT_FILTER),
    ("api key", FailureKind.AUTH),
    ("credit balance", FailureKind.QUOTA),
    ("insufficient balance", FailureKind.QUOTA),
    ("insufficient credits", FailureKind.QUOTA),
    ("rate limit", FailureKind.RATE_LIMIT),
    ("too many requests", FailureKind.RATE_LIMIT),
    ("overloaded", FailureKind.OVERLOADED),
)
"""Words of a message, in lower case; the first that occurs, at the start of a word, decides."""

STATUSES: Mapping[int, FailureKind] = {
    400: FailureKind.REFUSED_PARAMETER,
    401: FailureKind.AUTH,
    402: FailureKind.QUOTA,
    403: FailureKind.AUTH,
    # Nothing of this protocol is at that address.
    404: FailureKind.BAD_RESPONSE,
    405: FailureKind.BAD_RESPONSE,
    408: FailureKind.OVERLOADED,
    409: FailureKind.OVERLOADED,
    413: FailureKind.CONTEXT_OVERFLOW,
    415: FailureKind.BAD_RESPONSE,
    422: FailureKind.REFUSED_PARAMETER,
    424: FailureKind.OVERLOADED,
    425: FailureKind.OVERLOADED,
    429: FailureKind.RATE_LIMIT,
}
"""What a status means on its own; 5xx is `OVERLOADED`, 3xx and other 4xx `BAD_RESPONSE`."""

_VAGUE = frozenset({None, 200, 400, 403, 404, 413, 422, 500})
"""The statuses that servers use for all sorts of things: there the message is read."""

_TAGS = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<[^>]*>")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title\s*>")
_CREDENTIALS = re.compile(
    r"(?i)\b(bearer\s+|(?:api[-_]?key|key|token)=)[^\s\"'&,;<>]+|\bsk-[\w*.-]+"
)


def response_failure(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float,
    secret: str | None = None,
) -> ProviderError:
    """Say what an HTTP answer that is not a success means.

    Args:
        status: the HTTP status.
        headers: the answer's headers, looked up in lower case.
        body: the answer's body, of whatever sort.
        now: the time in seconds since the epoch; a `Retry-After` may be a date.
        secret: the key that was sent; it is taken out of the text.
    """
    said = _parse(body)
    names, message = _names_and_message(said)
    return ProviderError(
        _kind(names, message, status),
        _presentable(message, secret) or f"the server gave no reason (HTTP {status})",
        status=status,
        retry_after=retry_after(headers, now=now),
    )


def body_failure(said: object, *, secret: str | None = None) -> ProviderError:
    """Say what an error inside a stream that began well means.

    Args:
        said: the decoded JSON: the error object, what stands around it, or only its text.
        secret: the key that was sent; it is taken out of the text.
    """
    names, message = _names_and_message(said)
    status = next((int(name) for name in names if re.fullmatch(r"[45]\d\d", name)), None)
    return ProviderError(
        _kind(names, message, status),
        _presentable(message, secret) or "the server reported an error without a reason",
        status=status,
    )


def retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """Read how long to wait: `retry-after-ms`, else `retry-after` in seconds or as a date.

    Args:
        headers: looked up in lower case.
        now: seconds since the epoch.

    Returns:
        Seconds, never negative; None where the server named none that can be read.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) * unit
        except ValueError:
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - now)
    except (KeyError, ValueError, OverflowError):
        return None


def redact(text: str, secret: str | None) -> str:
    """Take the key, and whatever looks like one, out of a text.

    Args:
        text: what shall be shown or logged.
        secret: the key that was sent, if any.
    """
    if secret and len(secret) >= 8:
        text = text.replace(secret, "[key]")
    elif secret:
        # A placeholder such as "x": only where it stands alone.
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "[key]", text)
    return _CREDENTIALS.sub(lambda found: (found[1] or "") + "[key]", text)


def _kind(names: list[str], message: str, status: int | None) -> FailureKind:
    for name in names:
        if (kind := NAMES.get(name)) is not None:
            return kind
    if status in _VAGUE:
        words = message.lower()
        for phrase, kind in PHRASES:
            if re.search(rf"\b{phrase}", words):
                return kind
    if status is None or status >= 500 or status < 300:
        return FailureKind.OVERLOADED
    return STATUSES.get(status, FailureKind.BAD_RESPONSE)


def _parse(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return body[:65536].decode("utf-8", "replace")


def _names_and_message(said: object, depth: int = 4) -> tuple[list[str], str]:
    """Find the code and type (lower case, in this order) and the message, in any known shape.

    Args:
        said: the decoded body or a part of it.
        depth: how many objects deep to look; no server uses more than three.
    """
    if isinstance(said, list) and said:
        said = said[0]
    if not isinstance(said, Mapping) or not depth:
        return [], said if isinstance(said, str) else ""
    inner = next((said[key] for key in ("error", "detail", "errors") if said.get(key)), None)
    if inner is not None:
        names, message = _names_and_message(inner, depth - 1)
        outer_names, outer_message = _own_names_and_message(said)
        return names + outer_names, message or outer_message
    return _own_names_and_message(said)


def _own_names_and_message(said: Mapping[object, object]) -> tuple[list[str], str]:
    names = [
        str(value).lower()
        for key in ("code", "type", "status", "status_code")
        if isinstance(value := said.get(key), str | int) and not isinstance(value, bool)
    ]
    message = next(
        (value for key in ("message", "msg", "title") if isinstance(value := said.get(key), str)),
        "",
    )
    return names, message


def _presentable(message: str, secret: str | None) -> str:
    text = redact(message, secret)
    if "<" in text and (title := _TITLE.search(text)) is not None:
        text = title[1]
    text = html.unescape(_TAGS.sub(" ", text)) if "<" in text else text
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= DETAIL_LIMIT else text[: DETAIL_LIMIT - 1] + "…"
