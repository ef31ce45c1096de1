"""The agent that a configuration describes: its models and its tools, put together.

It does not depend on a channel: the bot's gateway and the terminal's commands have the same agent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.conversation import Utterance, sound
from tickertape.errors import ConfigError
from tickertape.events import Failed
from tickertape.gateway.config.gateway_config import GatewayConfig, section_of
from tickertape.gateway.config.loading import Secrets
from tickertape.gateway.config.refusals import refusal
from tickertape.gateway.config.sections import McpConfig, ModelConfig, ToolsConfig
from tickertape.gateway.settings import DEFAULT_MODEL
from tickertape.ports import Observer, Prompt, Tool
from tickertape.providers.model_provider import Endpoint, ModelProvider
from tickertape.tools.functions import installed, load
from tickertape.tools.mcp.endpoints import McpHttp, McpStdio
from tickertape.tools.toolbox import toolbox

if TYPE_CHECKING:
    from tickertape.tools.mcp.servers import McpServer

__all__ = ["Assembled", "ToolSet", "agent_of", "agent_with", "provider_of", "tools_of", "warm"]

# Tokens that are kept free for an answer whose limit is left to the server, at most: what a long
# answer in a chat has. A quarter of a smaller window.
_ANSWER = 4_096
_ANSWER_SHARE = 4


@dataclass(frozen=True, slots=True)
class Assembled:
    """An agent with its models and tools."""

    agent: ModelAgent
    """It answers at once, though the tools of servers may be missing at first."""
    openings: tuple[asyncio.Task[None], ...] = ()
    """One for each server of tools: it ends when the server runs, or could not be started."""


@dataclass(frozen=True, slots=True)
class ToolSet:
    """The tools that an agent may call."""

    present: Callable[[], Sequence[Tool]]
    """Returns those that can be called at present."""
    openings: tuple[asyncio.Task[None], ...] = ()
    """One for each server of tools: it ends when the server runs, or could not be started."""


def agent_of(
    config: GatewayConfig,
    secrets: Secrets,
    stack: AsyncExitStack,
    observer: Observer | None = None,
) -> Assembled:
    """Return the agent of a configuration, with its models and tools.

    Args:
        config: names the models and tools.
        secrets: the values of the variables that `config` names.
        stack: closes them at its end.
        observer: told of every request to a model; None: no one is.

    Raises:
        ConfigError: when something in `config` cannot be used.
    """
    tools = tools_of(config, secrets, stack)
    return Assembled(agent_with(config, secrets, tools, stack, observer), tools.openings)


def agent_with(
    config: GatewayConfig,
    secrets: Secrets,
    tools: ToolSet,
    stack: AsyncExitStack,
    observer: Observer | None = None,
) -> ModelAgent:
    """Return the agent of a configuration, with tools that are there already.

    Args:
        config: names the models.
        secrets: the values of the variables that `config` names.
        tools: what it may call.
        stack: closes the models at its end.
        observer: told of every request to a model; None: no one is.

    Raises:
        ConfigError: when something in `config` cannot be used.
    """
    models = []
    for name, model in config.all_models.items():
        provider = provider_of(name, model, secrets)
        stack.push_async_callback(provider.aclose)
        free = min(_ANSWER, model.context_window // _ANSWER_SHARE)
        answer = model.max_tokens or free
        models.append(Model(name, provider, window=model.context_window, answer=answer))
    return ModelAgent(
        models,
        fallbacks=config.fallback,
        tools=tools.present,
        system_prompt=config.provider.system_prompt,
        max_steps=config.tools.max_steps,
        tool_timeout=config.tools.timeout,
        observer=observer,
    )


def tools_of(config: GatewayConfig, secrets: Secrets, stack: AsyncExitStack) -> ToolSet:
    """Return the tools of a configuration; their servers are being opened.

    Args:
        config: names the tools.
        secrets: the values of the variables that `config` names.
        stack: closes the servers at its end.

    Raises:
        ConfigError: when something in `config` cannot be used.
    """
    servers, openings = _servers(config.tools, secrets, stack)
    return ToolSet(_tools(config.tools, servers), openings)


def provider_of(name: str, model: ModelConfig, secrets: Secrets) -> ModelProvider:
    """Return the provider of a configured model; it is the caller's to close.

    Raises:
        ConfigError: when something in its settings cannot be used.
    """
    headers = {header: secrets.value_of(named) for header, named in model.headers_env.items()}
    try:
        endpoint = Endpoint(
            protocol=model.protocol,
            base_url=model.base_url,
            model=model.model,
            api_key=secrets.value_of(model.api_key_env) or None,
            parameters=model.parameters,
            headers=headers,
            max_tokens=model.max_tokens,
            first_byte_timeout=model.first_byte_timeout,
            idle_timeout=model.idle_timeout,
        )
    except ConfigError as error:
        # An endpoint calls its settings as the section `provider` does.
        key = f"{section_of(name)}.{error.key.removeprefix('provider.')}"
        raise refusal(key, error.value, error.allowed) from None
    return ModelProvider(endpoint)


async def warm(config: GatewayConfig, secrets: Secrets) -> Failed | None:
    """Make the default model's server read the beginning of every conversation.

    A server that keeps what it has read begins its first answer sooner then. It is asked for one
    token, with the system's words and the built-in tools.

    Returns:
        The failure; None when there was none.

    Raises:
        ConfigError: when something in `config` cannot be used.
    """
    fixed = _fixed_tools(config.tools)
    tools = tuple(tool.spec for tool in toolbox(fixed))
    entries = sound([Utterance("system", config.provider.system_prompt), Utterance("user", "Hi")])
    model = config.provider.model_copy(update={"max_tokens": 1})
    provider = provider_of(DEFAULT_MODEL, model, secrets)
    try:
        async with aclosing(provider.stream(Prompt(entries, tools))) as events:
            ends = [event async for event in events if isinstance(event, Failed)]
    finally:
        await provider.aclose()
    return ends[0] if ends else None


def _tools(config: ToolsConfig, servers: Mapping[str, McpServer]) -> Callable[[], Sequence[Tool]]:
    """Return the function that lists the tools that can be called at present."""
    fixed = _fixed_tools(config)

    def present() -> Sequence[Tool]:
        return toolbox({**fixed, **{name: server.tools() for name, server in servers.items()}})

    return present


def _servers(
    config: ToolsConfig, secrets: Secrets, stack: AsyncExitStack
) -> tuple[dict[str, McpServer], tuple[asyncio.Task[None], ...]]:
    """Start opening the servers of tools; `stack` closes them.

    None of them holds up the start: the tools of one that does not answer are missing until then.

    Returns:
        The servers by their names, and the tasks that open them.
    """
    if not config.mcp:
        return {}, ()
    from tickertape.tools.mcp.servers import McpServer  # noqa: PLC0415 - a second, and an extra

    servers = {
        name: McpServer(name, _place(server, secrets)) for name, server in config.mcp.items()
    }
    openings = tuple(
        asyncio.create_task(server.open(), name="tickertape mcp") for server in servers.values()
    )
    stack.push_async_callback(_close, list(servers.values()), openings)
    return servers, openings


def _fixed_tools(config: ToolsConfig) -> dict[str, Sequence[Tool]]:
    """Return the tools that are always there, by their source."""
    named = [installed(name, key=f"tools.builtin[{at}]") for at, name in enumerate(config.builtin)]
    return {"builtin": named, "functions": _functions(config)}


def _functions(config: ToolsConfig) -> Sequence[Tool]:
    return [load(path) for path in config.functions]


def _place(server: McpConfig, secrets: Secrets) -> McpStdio | McpHttp:
    if server.url is not None:
        headers = {name: secrets.value_of(of) for name, of in server.headers_env.items()}
        return McpHttp(server.url, headers)
    passed: Mapping[str, str] = {name: secrets.value_of(name) for name in server.env_from}
    return McpStdio(server.command or "", server.args, {**server.env, **passed}, server.cwd)


async def _close(servers: Sequence[McpServer], openings: Sequence[asyncio.Task[None]]) -> None:
    """Close all servers at once: a program may take seconds to end."""
    for opening in openings:
        opening.cancel()
    await asyncio.wait(openings)
    await asyncio.gather(*(server.aclose() for server in servers))
