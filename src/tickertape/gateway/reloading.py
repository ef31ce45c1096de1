"""Applies a configuration that was read again to a running gateway, as far as that is possible.

What is replaced is built first, so that a configuration that cannot be used changes nothing. Then
all of it is swapped at once (`tickertape.gateway.reloadable`). The tools stay as they are: their
servers run on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace

from tickertape.gateway.access_lists import access_of
from tickertape.gateway.agent import ToolSet, agent_with
from tickertape.gateway.config.changes import OF_MODELS, Changes, changes_of, merged
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import agent_secrets
from tickertape.gateway.loop import Gateway
from tickertape.gateway.reloadable import AnswerSettings, Reloadable
from tickertape.gateway.watch.observers import prices_of
from tickertape.gateway.watch.watch import Watch
from tickertape.ports import Agent

__all__ = ["Reloader"]


class Reloader:
    """Knows with what a gateway runs, and changes that."""

    def __init__(
        self,
        config: GatewayConfig,
        gateway: Gateway,
        tools: ToolSet | None,
        models: AsyncExitStack,
        stack: AsyncExitStack,
        watch: Watch,
    ) -> None:
        """Make ready; nothing changes.

        Args:
            config: with what the gateway was built.
            gateway: the gateway.
            tools: what its agent may call; None if an agent of the operator's answers.
            models: closes the models of its agent.
            stack: closes, at its end, the models that are opened here.
            watch: told of every request to a model, and of prices.
        """
        self._watch = watch
        self._running = config
        self._gateway = gateway
        self._tools = tools
        self._models = models
        self._stack = stack
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def running(self) -> GatewayConfig:
        """The configuration that holds at present."""
        return self._running

    @property
    def has_own_agent(self) -> bool:
        """Whether an agent of the operator's answers: then models cannot change."""
        return self._tools is None

    async def apply(self, wanted: GatewayConfig, environ: Mapping[str, str]) -> Changes:
        """Change what can be changed to what `wanted` says; return what differs.

        Args:
            wanted: the configuration that was read again.
            environ: holds the variables that it names.

        Raises:
            ConfigError: when something in `wanted` cannot be used; then nothing is changed.
        """
        changes = changes_of(self._running, wanted, own_agent=self.has_own_agent)
        config = merged(self._running, wanted)
        former, models = self._models, self._models
        agent = self._gateway.settings.agent
        if self._tools is not None and _concerns_models(changes):
            models = await self._stack.enter_async_context(AsyncExitStack())
            secrets = agent_secrets(config, environ)
            agent = agent_with(config, secrets, self._tools, models, self._watch)
            self._watch.prices = prices_of(config)
        self._gateway.reload(
            Reloadable(
                access_of(config.access), self._answers(config, agent), config.gateway.together
            ),
            close=lambda: self._close(former) if former is not models else None,
        )
        self._running, self._models = config, models
        return changes

    def _answers(self, config: GatewayConfig, agent: Agent) -> AnswerSettings:
        choices = self._gateway.settings.choices
        voice = choices.voice if choices.voice is None else config.speech.always
        choices = replace(
            choices,
            reasoning=config.streaming.reasoning,
            voice=voice,
            queue=config.gateway.queue,
        )
        if self._tools is not None:
            named = {name: model.model for name, model in config.all_models.items()}
            choices = replace(choices, models=named)
        return AnswerSettings(agent, choices, config.streaming)

    def _close(self, models: AsyncExitStack) -> None:
        closing = asyncio.get_running_loop().create_task(models.aclose())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


def _concerns_models(changes: Changes) -> bool:
    return any(key.startswith(OF_MODELS) for key in changes.applied)
