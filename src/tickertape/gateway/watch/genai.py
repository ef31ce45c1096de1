"""What facts are in the words of OpenTelemetry's GenAI conventions, purely.

The conventions are those of semantic-conventions v1.41.0 (docs/gen-ai: spans, agent spans, metrics;
status: Development), the last release before they got a repository of their own. That renames the
metrics in its v0.1.0 and keeps the names of spans and attributes that are used here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from tickertape.conversation import Entry, Step, ToolResult, Utterance
from tickertape.watching.facts import ModelAsked, ToolRan, TurnEnded

__all__ = [
    "DURATIONS",
    "TOKENS",
    "Attributes",
    "ModelHost",
    "attributes_of_model",
    "attributes_of_reply",
    "attributes_of_tool",
    "attributes_of_turn",
]

Attributes: TypeAlias = dict[str, str | int | float | bool | Sequence[str]]
"""The attributes of a span or a measurement."""

DURATIONS: Final = (
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
)  # fmt: skip
"""The bounds of durations in seconds (gen-ai-metrics.md, `gen_ai.client.operation.duration`)."""

TOKENS: Final = (
    1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
)  # fmt: skip
"""The bounds of numbers of tokens (gen-ai-metrics.md, `gen_ai.client.token.usage`)."""

_AGENT: Final = "tickertape"

# The well-known values of gen_ai.provider.name, by the end of the host's name.
_PROVIDERS: Final[Mapping[str, str]] = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
    "api.mistral.ai": "mistral_ai",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.x.ai": "x_ai",
    "api.perplexity.ai": "perplexity",
    "api.cohere.ai": "cohere",
    "api.cohere.com": "cohere",
}
_OF_PROTOCOL: Final[Mapping[str, str]] = {"messages": "anthropic"}
_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ModelHost:
    """A configured model, as far as spans tell of it."""

    model: str
    """The model's name, as its server knows it."""
    provider: str
    """`gen_ai.provider.name`."""
    host: str
    """The host of its server."""
    port: int
    """The port there."""

    @classmethod
    def of(cls, protocol: str, base_url: str, model: str) -> ModelHost:
        """Return what spans tell of a model.

        A server that is not known is named for the protocol that it speaks.
        """
        parts = urlsplit(base_url)
        host = parts.hostname or ""
        known = (
            name for end, name in _PROVIDERS.items() if host == end or host.endswith(f".{end}")
        )
        provider = next(known, _OF_PROTOCOL.get(protocol, "openai"))
        return cls(model, provider, host, parts.port or _PORTS.get(parts.scheme, 443))


def attributes_of_turn(turn: TurnEnded) -> Attributes:
    """Return the attributes of the span `invoke_agent`."""
    told: Attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": _AGENT,
        "gen_ai.conversation.id": _conversation(turn),
    }
    if (usage := turn.usage) is not None:
        told["gen_ai.usage.input_tokens"] = usage.input_tokens
        told["gen_ai.usage.output_tokens"] = usage.output_tokens
        if usage.cached_tokens:
            told["gen_ai.usage.cache_read.input_tokens"] = usage.cached_tokens
    if turn.cost is not None:
        told["tickertape.cost"] = turn.cost
    if turn.content is not None:
        told["gen_ai.input.messages"] = _json([*map(_message, turn.content.told)])
        said = [_spoken(turn.content.text)] if turn.content.text else []
        told["gen_ai.output.messages"] = _json(said)
    return told


def attributes_of_model(asked: ModelAsked, server: ModelHost) -> Attributes:
    """Return the attributes of the span `chat {model}`."""
    told: Attributes = {
        **_base_of_model(server),
        "gen_ai.request.stream": True,
    }
    if asked.first_at is not None:
        told["gen_ai.response.time_to_first_chunk"] = asked.first_at - asked.asked_at
    if asked.is_failed:
        told["error.type"] = str(asked.ended)
    else:
        told["gen_ai.response.finish_reasons"] = (str(asked.ended),)
    if asked.usage is not None:
        told["gen_ai.usage.input_tokens"] = asked.usage.input_tokens
        told["gen_ai.usage.output_tokens"] = asked.usage.output_tokens
        if asked.usage.cached_tokens:
            told["gen_ai.usage.cache_read.input_tokens"] = asked.usage.cached_tokens
    if asked.content is not None:
        system = [one for one in asked.content.told if _is_system(one)]
        rest = [one for one in asked.content.told if not _is_system(one)]
        told["gen_ai.system_instructions"] = _json([_text(one.text) for one in system])
        told["gen_ai.input.messages"] = _json([_message(one) for one in rest])
        if asked.content.said is not None:
            answer = {**_message(asked.content.said), "finish_reason": str(asked.ended)}
            told["gen_ai.output.messages"] = _json([answer])
    return told


def _base_of_model(server: ModelHost) -> Attributes:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": server.provider,
        "gen_ai.request.model": server.model,
        "server.address": server.host,
        "server.port": server.port,
    }


def attributes_of_tool(ran: ToolRan) -> Attributes:
    """Return the attributes of the span `execute_tool {name}`."""
    told: Attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": ran.name,
        "gen_ai.tool.call.id": ran.call_id,
        "gen_ai.tool.type": "function",
    }
    if not ran.ok:
        told["error.type"] = "tool_error"
    if ran.content is not None:
        told["gen_ai.tool.call.arguments"] = ran.content.text
        told["gen_ai.tool.call.result"] = ran.content.result
    return told


def attributes_of_reply(turn: TurnEnded) -> Attributes:
    """Return the attributes of our own span `deliver_reply`."""
    told: Attributes = {
        "tickertape.channel": turn.address.channel,
        "tickertape.outcome": turn.outcome.value,
        "tickertape.characters": turn.characters,
        "tickertape.calls": turn.call_count,
    }
    if turn.way:
        told["tickertape.way"] = turn.way
    if turn.stopped:
        told["tickertape.stopped"] = turn.stopped
    if turn.delays is not None:
        told["tickertape.first_text"] = turn.delays.first_text
        told["tickertape.character_delay"] = turn.delays.delay
        told["tickertape.longest_freeze"] = turn.delays.freeze
    for stall in turn.stalls:
        told[f"tickertape.reader_stall.{stall.speed:g}"] = stall.seconds
    return told


def _conversation(turn: TurnEnded) -> str:
    """Return the name of a conversation: spans, unlike metrics, may tell of one."""
    address = turn.address
    parts = (address.channel, address.chat, address.thread or "")
    return ":".join(part for part in parts if part)


def _is_system(entry: Entry) -> bool:
    return isinstance(entry, Utterance) and entry.role == "system"


def _message(entry: Entry) -> dict[str, object]:
    """Return an entry as the conventions' JSON schema has a message."""
    match entry:
        case Utterance(role=role, text=text):
            return {"role": role, "parts": [_text(text)]}
        case Step():
            return {"role": "assistant", "parts": list(_parts(entry))}
        case ToolResult(call_id=call_id, text=text):
            part = {"type": "tool_call_response", "id": call_id, "response": text}
            return {"role": "tool", "parts": [part]}


def _parts(step: Step) -> Iterator[dict[str, object]]:
    if step.text:
        yield _text(step.text)
    for call in step.calls:
        told = {"type": "tool_call", "id": call.call_id, "name": call.name}
        yield {**told, "arguments": call.arguments}


def _spoken(text: str) -> dict[str, object]:
    return {"role": "assistant", "parts": [_text(text)]}


def _text(text: str) -> dict[str, object]:
    return {"type": "text", "content": text}


def _json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False)
