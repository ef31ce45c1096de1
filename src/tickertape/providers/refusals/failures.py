"""What model servers say when they refuse, as one `ProviderError`.

Servers agree on nothing but the habit of an error object with a `type`, a `code` and a `message`.
Which kind of failure that is, is looked up in this order, and nowhere else:

1. words for a conversation that is too long (`overflow`), for servers give
   these any name, and where they are missed the reader is told that the request was refused;
2. the machine-readable names (`code`, then `type`), in `NAMES`;
3. where the status is one that servers use for everything, the words of the message, in `PHRASES`;
4. the HTTP status, in `STATUSES` (an error inside a stream may carry one as its integer `code`):
   it outweighs a name that says little, `VAGUE_NAMES`;
5. inside a stream, where no status is left to tell: those names, and words that blame the request;
6. else the server failed inside: `OVERLOADED`.

What the names and the message are, `error_body` finds in any known shape.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from tickertape.errors import FailureKind, ProviderError
from tickertape.providers.refusals.error_body import ErrorBody, error_body, parsed
from tickertape.providers.refusals.overflow import is_overflow, is_too_large_to_wait_for
from tickertape.providers.refusals.waits import WaitUntil, in_headers, of_limits, seconds_of

__all__ = [
    "DETAIL_LIMIT",
    "NAMES",
    "PHRASES",
    "STATUSES",
    "VAGUE_NAMES",
    "body_failure",
    "dated",
    "redact",
    "response_failure",
    "retry_after",
]

DETAIL_LIMIT = 300
"""Characters of a server's words that are kept: enough for the sentence that matters."""

_READ = 8192
"""Characters of a server's words that are looked through for those: pages have their title there,
and what tells text from tags takes time that grows with the square of the length."""

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
    # the ChatGPT back end, with `resets_in_seconds` (router-for-me/CLIProxyAPI#1666)
    "usage_limit_reached": FailureKind.RATE_LIMIT,
    # docs.aws.amazon.com/bedrock, API error codes
    "throttlingexception": FailureKind.RATE_LIMIT,
    # help.aliyun.com/zh/model-studio/error-code
    "limit_requests": FailureKind.RATE_LIMIT,
    "throttling": FailureKind.RATE_LIMIT,
    "throttling.allocationquota": FailureKind.RATE_LIMIT,
    "throttling.ratequota": FailureKind.RATE_LIMIT,
    "arrearage": FailureKind.QUOTA,
    "data_inspection_failed": FailureKind.CONTENT_FILTER,
    "datainspectionfailed": FailureKind.CONTENT_FILTER,
    "invalidapikey": FailureKind.AUTH,
    # platform.moonshot.ai/docs/api/errors
    "engine_overloaded_error": FailureKind.OVERLOADED,
    "exceeded_current_quota_error": FailureKind.QUOTA,
    "invalid_authentication_error": FailureKind.AUTH,
    "rate_limit_reached_error": FailureKind.RATE_LIMIT,
    "engine_overloaded": FailureKind.OVERLOADED,
    "insufficient_system_resource": FailureKind.OVERLOADED,
    "overloaded_error": FailureKind.OVERLOADED,
    "server_is_overloaded": FailureKind.OVERLOADED,
    "slow_down": FailureKind.OVERLOADED,
    # Cerebras, with 429
    "queue_exceeded": FailureKind.OVERLOADED,
    "context_length_exceeded": FailureKind.CONTEXT_OVERFLOW,
    "context_window_exceeded": FailureKind.CONTEXT_OVERFLOW,
    # ggml-org/llama.cpp, tools/server/server-context.cpp
    "exceed_context_size_error": FailureKind.CONTEXT_OVERFLOW,
    "input_too_long": FailureKind.CONTEXT_OVERFLOW,
    "model_context_window_exceeded": FailureKind.CONTEXT_OVERFLOW,
    "prompt_too_long": FailureKind.CONTEXT_OVERFLOW,
    "request_too_large": FailureKind.CONTEXT_OVERFLOW,
    "tokens_limit_reached": FailureKind.CONTEXT_OVERFLOW,
    "content_filter": FailureKind.CONTENT_FILTER,
    "content_policy_violation": FailureKind.CONTENT_FILTER,
    "responsibleaipolicyviolation": FailureKind.CONTENT_FILTER,
    # what a server says of its own encrypted thoughts (openai/codex#8145)
    "invalid_encrypted_content": FailureKind.REFUSED_PARAMETER,
    "invalid_value": FailureKind.REFUSED_PARAMETER,
    "deploymentnotfound": FailureKind.REFUSED_PARAMETER,
    "model_decommissioned": FailureKind.REFUSED_PARAMETER,
    "model_not_available": FailureKind.REFUSED_PARAMETER,
    "model_not_found": FailureKind.REFUSED_PARAMETER,
    "model_not_supported": FailureKind.REFUSED_PARAMETER,
    "not_found_error": FailureKind.REFUSED_PARAMETER,
    "unknown_parameter": FailureKind.REFUSED_PARAMETER,
    "unsupported_parameter": FailureKind.REFUSED_PARAMETER,
    "unsupported_value": FailureKind.REFUSED_PARAMETER,
    # console.groq.com/docs/tool-use, console.groq.com/docs/structured-outputs: with status 400,
    # though nothing of the request is wrong (TanStack/ai#1172, pydantic/pydantic-ai#2759)
    "json_validate_failed": FailureKind.INVALID_OUTPUT,
    "malformed_function_call": FailureKind.INVALID_OUTPUT,
    "output_parse_failed": FailureKind.INVALID_OUTPUT,
    "tool_use_failed": FailureKind.INVALID_OUTPUT,
}
"""The names that servers give in `error.code` or `error.type`, in lower case."""

VAGUE_NAMES: Mapping[str, FailureKind] = {
    "api_error": FailureKind.OVERLOADED,
    "deadline_exceeded": FailureKind.OVERLOADED,
    "internal": FailureKind.OVERLOADED,
    "internal_error": FailureKind.OVERLOADED,
    "internal_server_error": FailureKind.OVERLOADED,
    "server_error": FailureKind.OVERLOADED,
    "service_unavailable": FailureKind.OVERLOADED,
    "timeout_error": FailureKind.OVERLOADED,
    "unavailable": FailureKind.OVERLOADED,
    # while the model loads (ggml-org/llama.cpp, tools/server/README.md)
    "unavailable_error": FailureKind.OVERLOADED,
    "bad_request": FailureKind.REFUSED_PARAMETER,
    "badrequesterror": FailureKind.REFUSED_PARAMETER,
    "invalid_argument": FailureKind.REFUSED_PARAMETER,
    "invalid_parameter_error": FailureKind.REFUSED_PARAMETER,
    "invalid_request_error": FailureKind.REFUSED_PARAMETER,
    "validationexception": FailureKind.REFUSED_PARAMETER,
}
"""Names that servers give to all sorts of things: Ollama calls a missing model an `api_error`
(musistudio/claude-code-router#518)."""

PHRASES: tuple[tuple[str, FailureKind], ...] = (
    ("content filter", FailureKind.CONTENT_FILTER),
    ("content management policy", FailureKind.CONTENT_FILTER),
    ("flagged", FailureKind.CONTENT_FILTER),
    ("moderation", FailureKind.CONTENT_FILTER),
    ("api key", FailureKind.AUTH),
    # platform.minimax.io/docs/api-reference/errorcode, 2026-11
    ("login fail", FailureKind.AUTH),
    ("credit balance", FailureKind.QUOTA),
    ("insufficient balance", FailureKind.QUOTA),
    ("insufficient credits", FailureKind.QUOTA),
    ("rate limit", FailureKind.RATE_LIMIT),
    ("too many requests", FailureKind.RATE_LIMIT),
    ("overloaded", FailureKind.OVERLOADED),
    # console.groq.com/docs/tool-use; ollama/ollama, server/routes.go; ggml-org/llama.cpp, chat.cpp
    ("failed to call a function", FailureKind.INVALID_OUTPUT),
    ("tool call validation failed", FailureKind.INVALID_OUTPUT),
    ("(?:error|failed) (?:parsing|to parse) (?:the )?tool call", FailureKind.INVALID_OUTPUT),
    # OpenAI, Gemini, Ollama, vLLM, OpenRouter, Moonshot, DeepSeek
    (
        r"(?:model|deployment)s?\b.{0,150}(?:\bnot found\b|(?:not|n't) exist\b)",
        FailureKind.REFUSED_PARAMETER,
    ),
    (
        r"(?:not found|no such|unknown|invalid|unsupported) (?:the )?model\b(?! (?:resp|output))",
        FailureKind.REFUSED_PARAMETER,
    ),
    (r"not a valid model", FailureKind.REFUSED_PARAMETER),
    # OpenRouter
    ("no endpoints found", FailureKind.REFUSED_PARAMETER),
    ("no (?:allowed|available|matching) providers?", FailureKind.REFUSED_PARAMETER),
    ("all providers have been ignored", FailureKind.REFUSED_PARAMETER),
    # a model that is not there, in the words of Zhipu, DashScope, Volcengine, and others
    (
        r"(?:模型|model).{0,60}(?:不存在|未找到|找不到|不支持|已下线|存在しません|見つかりません)",
        FailureKind.REFUSED_PARAMETER,
    ),
    (r"(?:不存在|找不到|未知|无效|不支持)的?该?模型", FailureKind.REFUSED_PARAMETER),
    (r"モデル.{0,60}(?:存在しません|見つかりません)", FailureKind.REFUSED_PARAMETER),
    (r"모델.{0,60}(?:찾을 수 없|존재하지 않)", FailureKind.REFUSED_PARAMETER),
    (r"модел.{0,60}не (?:найден|существует|поддерживается)", FailureKind.REFUSED_PARAMETER),
    (r"modell\b.{0,60}(?:nicht gefunden|existiert nicht)", FailureKind.REFUSED_PARAMETER),
    (r"modèle\b.{0,60}(?:introuvable|n'existe pas)", FailureKind.REFUSED_PARAMETER),
    (r"modelo\b.{0,60}n[oã]o? (?:existe|encontrado)", FailureKind.REFUSED_PARAMETER),
    # pages that Cloudflare puts before a server: no program can answer them
    ("just a moment", FailureKind.BAD_RESPONSE),
    ("attention required", FailureKind.BAD_RESPONSE),
)
"""Words of a message, in lower case, as patterns; the first that occurs, at the start of a word,
decides."""

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

_WORD = r"(?<![a-z\d_])"
"""Where a word begins; a script without blanks has no such place."""

_VAGUE = frozenset({None, 200, 400, 403, 404, 413, 422, 500})
"""The statuses that servers use for all sorts of things: there the message is read."""

_NOT_HEARD = frozenset({401, 402, 429})
"""The statuses that say enough: words about lengths in their bodies are about something else."""

_BLAMES_THE_REQUEST = re.compile(
    r"\b(?:invalid|unsupported|malformed|misconfigured)\b"
    r"(?!.{0,40}\b(?:response|answer|reply|output|upstream|chunk)\b)"
    r"|\b(?:not|n't) (?:supported|allowed|permitted)\b|\bis required\b|\bmust be\b"
)
"""Words by which a server that gives no name and no status says that asking again is no use."""

_TAGS = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<[^>]*>")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title\s*>")
_CREDENTIALS = re.compile(
    r"(?i)\b(bearer\s+|(?:api[-_]?key|key|token)=)[^\s\"'&,;<>]+|\bsk-[\w*.-]+"
)


def response_failure(
    status: int, headers: Mapping[str, str], body: bytes, *, now: float, secret: str | None = None
) -> ProviderError:
    """Return the failure that an HTTP answer without success stands for.

    Args:
        status: the HTTP status.
        headers: the answer's headers, looked up in lower case.
        body: the answer's body, of whatever sort.
        now: the time in seconds since the epoch; a `Retry-After` may be a date.
        secret: the key that was sent; it is taken out of the text.
    """
    said = error_body(parsed(body))
    # An answer below 300 that is none (101, say) is not of this protocol.
    kind = _kind(said, _meant(status, said)) if status >= 300 else FailureKind.BAD_RESPONSE
    return ProviderError(
        kind,
        _presentable(said.message, secret) or _without_words(status),
        status=status,
        retry_after=_asked_wait(headers, said, kind, now),
    )


def body_failure(said: object, *, secret: str | None = None) -> ProviderError:
    """Return the failure that an error inside a running stream stands for.

    Args:
        said: the decoded JSON: the error object, what stands around it, or only its text.
        secret: the key that was sent; it is taken out of the text.
    """
    found = error_body(said)
    status = _meant(None, found)
    return ProviderError(
        _kind(found, status),
        _presentable(found.message, secret) or "the server reported an error without a reason",
        status=status,
        retry_after=found.wait,
        retry_at=found.until,
    )


def dated(error: ProviderError, now: float) -> ProviderError:
    """Make seconds of the moment up to which an error asks to wait.

    Args:
        error: what `body_failure` gave; it reads no clock.
        now: the time in seconds since the epoch.
    """
    if error.retry_at is None or error.retry_after is not None:
        return error
    wait = seconds_of(WaitUntil(error.retry_at), now)
    return ProviderError(error.kind, error.detail, status=error.status, retry_after=wait)


def retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """Read how long to wait: `retry-after-ms`, else `retry-after` in seconds or as a date.

    Args:
        headers: looked up in lower case.
        now: seconds since the epoch.

    Returns:
        Seconds, never negative; None where the server named none that can be read.
    """
    wait = in_headers(headers)
    return None if wait is None else seconds_of(wait, now)


def redact(text: str, secret: str | None) -> str:
    """Return a text without the key, and without anything that looks like one."""
    if secret and len(secret) >= 8:
        text = text.replace(secret, "[key]")
    elif secret:
        # A placeholder such as "x": only where it stands alone.
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "[key]", text)
    return _CREDENTIALS.sub(lambda found: (found[1] or "") + "[key]", text)


def _asked_wait(
    headers: Mapping[str, str], said: ErrorBody, kind: FailureKind, now: float
) -> float | None:
    """Choose among all the waits of an answer: its header, its body, what its limits say."""
    wait = retry_after(headers, now=now)
    if wait is None:
        wait = said.wait if said.until is None else seconds_of(WaitUntil(said.until), now)
    if wait is None and kind is FailureKind.RATE_LIMIT:
        lowered = {name.lower(): value for name, value in headers.items()}
        lifted = of_limits(lowered)
        wait = None if lifted is None else seconds_of(lifted, now)
    return wait


def _meant(status: int | None, said: ErrorBody) -> int | None:
    """Return the status that counts: a gateway's 5xx may wrap what its server really said."""
    if status is not None and 300 <= status < 500:
        return status
    told = next((int(name) for name in said.names if re.fullmatch(r"[45]\d\d", name)), None)
    return told or status


def _kind(said: ErrorBody, status: int | None) -> FailureKind:
    if is_too_large_to_wait_for(said.message):
        return FailureKind.CONTEXT_OVERFLOW
    if status not in _NOT_HEARD and is_overflow(said.message):
        return FailureKind.CONTEXT_OVERFLOW
    for name in said.names:
        if (kind := NAMES.get(name)) is not None:
            return kind
    if status in _VAGUE and (kind := _worded(said)) is not None:
        return kind
    if status is not None and status >= 300:
        otherwise = FailureKind.OVERLOADED if status >= 500 else FailureKind.BAD_RESPONSE
        return STATUSES.get(status, otherwise)
    return _unmarked(said)


def _worded(said: ErrorBody) -> FailureKind | None:
    words = " ".join(said.message.lower().split())
    return next((kind for phrase, kind in PHRASES if re.search(_WORD + phrase, words)), None)


def _unmarked(said: ErrorBody) -> FailureKind:
    """Classify an error inside a stream that has neither a status nor a known name."""
    for name in said.names:
        if (kind := VAGUE_NAMES.get(name)) is not None:
            return kind
    blamed = _BLAMES_THE_REQUEST.search(said.message.lower()) is not None
    return FailureKind.REFUSED_PARAMETER if blamed else FailureKind.OVERLOADED


def _without_words(status: int) -> str:
    if 300 <= status < 400:
        return f"the server redirects to another address (HTTP {status}); is the address right?"
    return f"the server gave no reason (HTTP {status})"


def _presentable(message: str, secret: str | None) -> str:
    text = redact(message, secret)[:_READ]
    if "<" in text and (title := _TITLE.search(text)) is not None:
        text = title[1]
    text = html.unescape(_TAGS.sub(" ", text)) if "<" in text else text
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= DETAIL_LIMIT else text[: DETAIL_LIMIT - 1] + "…"
