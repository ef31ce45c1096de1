"""Which server wants to be asked in which way: one table, the only place with vendors' names.

    profile_of("chat_completions", "api.mistral.ai", "mistral-small-latest")

Every row whose protocol, host and model fit is applied, from the first to the last. A server that
stands nowhere gets its protocol's plain ways; what it refuses is then learned from what it says
(`tickertape.providers.quirks.workarounds`), so a missing row costs one refused request an hour.

Hosts that need no row, because they speak plainly: Gemini's compatible endpoint (thought
signatures travel in the calls' own fields), Groq, Cerebras, vLLM, llama.cpp, Ollama, LM Studio.
GitHub Copilot (`api.githubcopilot.com`) and the ChatGPT back end want headers that name an editor
or an account (BerriAI/litellm#13256, anomalyco/opencode#1686): those are the user's to set.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias

from tickertape.providers.quirks.profile import Profile

__all__ = ["ROWS", "ProfileRow", "Protocol", "is_local", "is_loopback", "profile_of"]

Protocol: TypeAlias = Literal["chat_completions", "responses", "messages"]
"""The three ways in which models' servers speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRow:
    """Something that is known of servers or models."""

    protocol: Protocol | None = None
    """Which protocol it is about; None for all."""
    host: str = "*"
    """Which hosts, in lower case; `*` stands for anything."""
    model: str = "*"
    """Which models, in lower case; `*` stands for anything."""
    ways: Mapping[str, object]
    """Fields of `Profile` and their values."""
    source: str
    """Where that is said or was seen."""


ROWS: tuple[ProfileRow, ...] = (
    ProfileRow(
        protocol="responses",
        ways={"max_tokens_name": "max_output_tokens"},
        source="platform.openai.com/docs/api-reference/responses/create, 2026-11",
    ),
    ProfileRow(
        protocol="messages",
        ways={"key_header": "x-api-key", "version_header": "2023-06-01"},
        source="docs.anthropic.com/en/api/versioning, 2026-11: what gateways have taken since 2023",
    ),
    ProfileRow(
        protocol="messages",
        host="*.anthropic.com",
        ways={"key_header": "bearer", "version_header": ""},
        source="anthropic 2.12, _client.py: its own server takes what the SDK sends",
    ),
    ProfileRow(
        protocol="chat_completions",
        host="api.openai.com",
        ways={"max_tokens_name": "max_completion_tokens"},
        source="platform.openai.com/docs/api-reference/chat/create: max_tokens is deprecated",
    ),
    ProfileRow(
        protocol="chat_completions",
        host="*.azure.com",
        ways={"max_tokens_name": "max_completion_tokens"},
        source="learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning, 2026-11",
    ),
    ProfileRow(
        protocol="responses",
        host="chatgpt.com",
        ways={
            "max_tokens_name": "",
            "must_stream": True,
            "defaults": {"instructions": "You are a helpful assistant."},
        },
        source="openclaw/openclaw#67740, anomalyco/opencode#1686",
    ),
    ProfileRow(
        protocol="chat_completions",
        host="api.deepseek.com",
        ways={"returns_reasoning": "with_calls"},
        source="api-docs.deepseek.com/guides/thinking_mode, 2026-11",
    ),
    ProfileRow(
        protocol="chat_completions",
        host="api.moonshot.*",
        ways={"returns_reasoning": "with_calls"},
        source="continuedev/continue#11806, bytedance/deer-flow#3043",
    ),
    ProfileRow(
        protocol="chat_completions",
        host="api.mistral.ai",
        ways={"usage_option": False, "call_id_size": 9},
        source="dnakov/anon-kode#53: refused, and usage comes without being asked for; "
        'nearai/ironclaw#1241: "Tool call id was turn1_0 but must be a-z, A-Z, 0-9, with a length '
        'of 9."',
    ),
    ProfileRow(
        # Behind gateways, and by the models' own chat templates on any server.
        model="*mistral*",
        ways={"call_id_size": 9},
        source="openclaw/openclaw#57672; ggml-org/llama.cpp#14349",
    ),
    ProfileRow(
        protocol="chat_completions",
        host="openrouter.ai",
        ways={"returns_reasoning": "with_calls", "reasoning_field": "reasoning"},
        source="openrouter.ai/docs/use-cases/reasoning-tokens, 2026-11",
    ),
)
"""What is known, from the general to the particular."""


def profile_of(protocol: Protocol, host: str, model: str) -> Profile:
    """Return the profile of requests for a server and model.

    Args:
        protocol: how it is spoken to.
        host: its name or address, without port.
        model: the model's name there.
    """
    host, model = host.lower(), model.lower()
    profile = Profile(is_local=is_local(host))
    for row in ROWS:
        if (
            row.protocol in {None, protocol}
            and fnmatchcase(host, row.host)
            and fnmatchcase(model, row.model)
        ):
            profile = replace(profile, **row.ways)  # type: ignore[arg-type]
    return profile


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_local(host: str) -> bool:
    """Return whether a host is local: this machine, a private address, a local network's name.

    Names without a dot are containers' and machines' (`ollama`); `.local` is RFC 6762,
    `.internal` what ICANN keeps for private use (and `host.docker.internal`).
    """
    if is_loopback(host):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".lan", ".home.arpa"))
