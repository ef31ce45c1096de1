"""What the exceptions of other people's agents mean: the one table at this border.

Exceptions are known by their types' full names, so that no framework is imported to look at one.
The lookup, in this order:

1. a `ProviderError` is what it is, and of a group of exceptions the last one counts;
2. the machine-readable `code` that the exception carries, in `CODES`;
3. the name of its type, then of its base types, in `TYPES`;
4. the HTTP status that it carries (`status_code`, also of its `response`), in `STATUSES`;
5. else the agent broke off: `ENDED_EARLY`.

What an exception says is never passed on: it may quote a key or a person's words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from tickertape.errors import FailureKind, ProviderError

__all__ = ["CODES", "STATUSES", "TYPES", "failure"]

CODES: Mapping[str, FailureKind] = {
    # platform.openai.com/docs/guides/error-codes, 2026-11
    "content_filter": FailureKind.CONTENT_FILTER,
    "context_length_exceeded": FailureKind.CONTEXT_OVERFLOW,
    "insufficient_quota": FailureKind.QUOTA,
}
"""What an exception's `code` means, where its type says less."""

_PYDANTIC_AI: Mapping[str, FailureKind] = {
    # pydantic-ai-slim 2.68, pydantic_ai/exceptions.py
    "ContentFilterError": FailureKind.CONTENT_FILTER,
    "ModelAuthenticationError": FailureKind.AUTH,
    "ModelConnectionError": FailureKind.NETWORK,
    "ModelContextWindowExceededError": FailureKind.CONTEXT_OVERFLOW,
    "ModelNotFoundError": FailureKind.REFUSED_PARAMETER,
    "ModelQuotaExceededError": FailureKind.QUOTA,
    "ModelRateLimitError": FailureKind.RATE_LIMIT,
    "ModelRequestRejectedError": FailureKind.REFUSED_PARAMETER,
    "ModelRequestTimeout": FailureKind.STALLED,
    "ModelServerError": FailureKind.OVERLOADED,
    "ModelTimeoutError": FailureKind.STALLED,
    "ModelUnavailableError": FailureKind.OVERLOADED,
    "UnexpectedModelBehavior": FailureKind.BAD_RESPONSE,
}
_OPENAI_AGENTS: Mapping[str, FailureKind] = {
    # openai-agents 0.24, agents/exceptions.py
    "InputGuardrailTripwireTriggered": FailureKind.CONTENT_FILTER,
    "ModelBehaviorError": FailureKind.BAD_RESPONSE,
    "ModelRefusalError": FailureKind.CONTENT_FILTER,
    "ModelTimeoutError": FailureKind.STALLED,
    "OutputGuardrailTripwireTriggered": FailureKind.CONTENT_FILTER,
    "ToolInputGuardrailTripwireTriggered": FailureKind.CONTENT_FILTER,
    "ToolOutputGuardrailTripwireTriggered": FailureKind.CONTENT_FILTER,
}
_LANGCHAIN: Mapping[str, FailureKind] = {
    # langchain-core 1.7, langchain_core/exceptions.py
    "ContextOverflowError": FailureKind.CONTEXT_OVERFLOW,
    "ModelAuthenticationError": FailureKind.AUTH,
    "ModelConnectionError": FailureKind.NETWORK,
    "ModelInvalidRequestError": FailureKind.REFUSED_PARAMETER,
    "ModelNotFoundError": FailureKind.REFUSED_PARAMETER,
    "ModelPermissionDeniedError": FailureKind.AUTH,
    "ModelRateLimitError": FailureKind.RATE_LIMIT,
    "ModelTimeoutError": FailureKind.STALLED,
    "OutputParserException": FailureKind.BAD_RESPONSE,
}
_SDK: Mapping[str, FailureKind] = {
    # openai 3.54 and anthropic 2.12, _exceptions.py: the same names in both
    "APIConnectionError": FailureKind.NETWORK,
    "APIResponseValidationError": FailureKind.BAD_RESPONSE,
    "APITimeoutError": FailureKind.STALLED,
}
_HTTP_CLIENT: Mapping[str, FailureKind] = {
    # httpx 0.28 and httpx2 2.16, _exceptions.py: the same names in both
    "RemoteProtocolError": FailureKind.ENDED_EARLY,
    "TimeoutException": FailureKind.STALLED,
    "TransportError": FailureKind.NETWORK,
}

TYPES: Mapping[str, FailureKind] = {
    f"{module}.{name}": kind
    for module, names in (
        ("pydantic_ai.exceptions", _PYDANTIC_AI),
        ("agents.exceptions", _OPENAI_AGENTS),
        ("langchain_core.exceptions", _LANGCHAIN),
        ("openai", _SDK),
        ("openai", {"ContentFilterFinishReasonError": FailureKind.CONTENT_FILTER}),
        ("anthropic", _SDK),
        ("httpx", _HTTP_CLIENT),
        ("httpx2", _HTTP_CLIENT),
        ("builtins", {"ConnectionError": FailureKind.NETWORK, "TimeoutError": FailureKind.STALLED}),
        ("socket", {"gaierror": FailureKind.NETWORK}),
        ("ssl", {"SSLError": FailureKind.NETWORK}),
    )
    for name, kind in names.items()
}
"""What an exception means by the full name of its type, or of the nearest base type."""

STATUSES: Mapping[int, FailureKind] = {
    400: FailureKind.REFUSED_PARAMETER,
    401: FailureKind.AUTH,
    402: FailureKind.QUOTA,
    403: FailureKind.AUTH,
    408: FailureKind.STALLED,
    413: FailureKind.CONTEXT_OVERFLOW,
    422: FailureKind.REFUSED_PARAMETER,
    429: FailureKind.RATE_LIMIT,
}
"""What an HTTP status means on its own; 5xx is `OVERLOADED`, other 4xx `BAD_RESPONSE`."""


def failure(error: Exception | SystemExit) -> ProviderError:
    """Return the failure that an agent's exception stands for, without quoting its message."""
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, ExceptionGroup):
        return failure(error.exceptions[-1])
    status = _status(error)
    return ProviderError(
        _kind(error, status),
        f"the agent raised {type(error).__name__}",
        status=status,
        retry_after=_retry_after(error),
    )


def _kind(error: BaseException, status: int | None) -> FailureKind:
    code = getattr(error, "code", None)
    if isinstance(code, str) and code in CODES:
        return CODES[code]
    for base in type(error).__mro__:
        if (kind := TYPES.get(f"{base.__module__}.{base.__qualname__}")) is not None:
            return kind
    if status is None or status < 400:
        return FailureKind.ENDED_EARLY
    if status >= 500:
        return FailureKind.OVERLOADED
    return STATUSES.get(status, FailureKind.BAD_RESPONSE)


def _status(error: BaseException) -> int | None:
    for carrier in (error, getattr(error, "response", None)):
        status = getattr(carrier, "status_code", None)
        if isinstance(status, int) and 100 <= status < 600:
            return status
    return None


def _retry_after(error: BaseException) -> float | None:
    """Read the wait in seconds: as the framework read it, or from the answer's header."""
    wait = getattr(error, "retry_after", None)
    if wait is None:
        headers = getattr(getattr(error, "response", None), "headers", None)
        wait = headers.get("retry-after") if isinstance(headers, Mapping) else None
    try:
        seconds = float(wait) if isinstance(wait, str | int | float) else math.nan
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
