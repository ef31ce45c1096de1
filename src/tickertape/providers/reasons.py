"""Why an answer ended, in the words of all servers: one table for the three protocols.

A word is looked up in lower case and without the prefix of an enum (`FinishReason.STOP`). Gateways
let the words of other vendors through, so every protocol reads all of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Finished, FinishReason, Usage
from tickertape.providers.refusals.failures import redact

__all__ = [
    "CALL_REASONS",
    "FAILED_REASONS",
    "FINISH_REASONS",
    "ended",
    "explained",
    "explanation_in",
    "word_of",
]

FINISH_REASONS: Mapping[str, FinishReason] = {
    # platform.openai.com/docs/api-reference/chat-streaming/streaming#finish_reason, 2026-11
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    # platform.openai.com/docs/api-reference/responses/object#incomplete_details, 2026-11
    "max_output_tokens": "length",
    # platform.claude.com/docs/en/build-with-claude/handling-stop-reasons, 2026-11
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
    "pause_turn": "paused",
    # ai.google.dev/api/generate-content#FinishReason, 2026-11; Gemini's compatible endpoint and
    # gateways pass them on (Wei-Shaw/sub2api#7081)
    "safety": "content_filter",
    "recitation": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "spii": "content_filter",
    "image_safety": "content_filter",
    "malformed_function_call": "malformed_call",
    "malformed_response": "malformed_call",
    "unexpected_tool_call": "malformed_call",
    # docs.aws.amazon.com/bedrock, Converse, `stopReason`
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "malformed_tool_use": "malformed_call",
    "malformed_model_output": "malformed_call",
    # docs.cohere.com/reference/chat, docs.mistral.ai/api, huggingface.co/docs/text-generation-
    # inference and docs.bigmodel.cn, each its `finish_reason`
    "complete": "stop",
    "completed": "stop",
    "model_length": "length",
    "eos": "stop",
    "eos_token": "stop",
    "sensitive": "content_filter",
}
"""Words for the end of an answer; all others mean "other"."""

CALL_REASONS = frozenset({"tool_calls", "function_call", "tool_use", "tool_call"})
"""Words that mean "stop" where the answer has tool calls, and make no sense elsewhere."""

FAILED_REASONS = frozenset(
    {"error", "insufficient_system_resource", "network_error", "abort", "cancelled"}
)
"""Words that mean a broken answer (openrouter.ai/docs/api-reference/errors;
api-docs.deepseek.com/api/create-chat-completion; docs.bigmodel.cn; vllm-project/vllm,
`RequestStatus`, 2026-11)."""

_NO_REASONS = frozenset({"", "null", "none"})
"""What stands in the place of a reason while there is none: a text, at DashScope (help.aliyun.com/
zh/model-studio/qwen-api-reference, 2026-11)."""

_PREFIXES = ("finishreason.", "finish_reason_", "stopreason.", "stop_reason_")

_WORD_LIMIT = 80
"""Characters of an unknown word that are shown to the reader."""

_LINE_LIMIT = 300
"""Characters of a server's explanation that are shown to the reader: a sentence or two."""


def word_of(said: object) -> str:
    """Return the word for an end as the tables have it; empty where there is none."""
    if not isinstance(said, str):
        return ""
    word = said.strip().lower()
    for prefix in _PREFIXES:
        word = word.removeprefix(prefix)
    return "" if word in _NO_REASONS else word


def explanation_in(details: object) -> object:
    """Return what `stop_details` say about an end: the explanation, else its category.

    Args:
        details: as they came (anthropic 2.12, types/refusal_stop_details.py: both may be null).
    """
    if not isinstance(details, Mapping):
        return details
    return details.get("explanation") or details.get("category")


def explained(said: object, secret: str | None, *, limit: int = _LINE_LIMIT) -> str:
    """Return a server's explanation as one line that can be shown; empty for what is no text.

    Args:
        said: what stands where an explanation shall.
        secret: the key that was sent; it is taken out.
        limit: characters of the line.
    """
    if not isinstance(said, str):
        return ""
    line = redact(said, secret)
    line = " ".join("".join(c if c.isprintable() else " " for c in line).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def ended(
    word: str,
    usage: Usage | None,
    *,
    secret: str | None,
    calls: bool,
    leaked: bool = False,
    unshown: str = "",
    detail: object = None,
) -> Finished | ProviderError:
    """Return the end that a server's word means: of an answer, or of one that broke off.

    Args:
        word: the word, by `word_of`; empty means that the server called it done.
        usage: what the answer cost.
        secret: the key that was sent; it is taken out of what is shown.
        calls: whether the answer has tool calls.
        leaked: whether it ends with one that stood in its text, which will get no result.
        unshown: what the reader is told of a part that cannot be shown; empty where there is none.
        detail: the server's own explanation, if it gives one.
    """
    if word in FAILED_REASONS:
        return ProviderError(FailureKind.OVERLOADED, f"the server broke off: {word}")
    line = explained(detail, secret)
    reason = FINISH_REASONS.get(word or "stop", "other")
    if unshown and (reason == "stop" or word in CALL_REASONS):
        return Finished("unshown", usage, explained(unshown, secret))
    if word in CALL_REASONS:
        return Finished("stop", usage) if calls else Finished("other", usage, line)
    if reason == "stop":
        return Finished("malformed_call" if leaked else reason, usage)
    if reason == "other":
        line = line or explained(word, secret, limit=_WORD_LIMIT)
    return Finished(reason, usage, line)
