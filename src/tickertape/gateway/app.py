"""The composition root: the only place of the gateway that names a channel.

Who answers is put together in `tickertape.gateway.agent.app`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tickertape.channels.telegram.transport import TelegramTransport
from tickertape.gateway import commands
from tickertape.gateway.access import Access
from tickertape.gateway.agent.app import agent_of
from tickertape.gateway.config import GatewayConfig, Secrets
from tickertape.gateway.loop import Gateway
from tickertape.gateway.store import ConversationStore
from tickertape.ports import Agent

__all__ = ["Gateway", "build"]

_LOG = logging.getLogger(__name__)


@asynccontextmanager
async def build(
    config: GatewayConfig, secrets: Secrets, *, agent: Agent | None = None
) -> AsyncIterator[Gateway]:
    """Put the gateway together as `config` says, and close everything at the end.

    Args:
        config: what to build.
        secrets: the values of the variables that `config` names.
        agent: answers instead of the models and tools that `config` names; it stays the caller's.

    Raises:
        ConfigError: when something in `config` cannot be used.
    """
    async with AsyncExitStack() as stack:
        models = None
        if agent is None:
            agent = agent_of(config, secrets, stack).agent
            models = {name: model.model for name, model in config.all_models.items()}
        store = await ConversationStore.open(config.storage.url, channel="telegram")
        stack.push_async_callback(store.aclose)
        channel = TelegramTransport.open(
            secrets.token, api_base=config.telegram.api_base, groups=config.telegram.groups
        )
        stack.push_async_callback(channel.aclose)
        await channel.set_commands(commands.COMMANDS)
        if not config.access.allow:
            _LOG.warning("access.allow is empty: nobody is answered")
        access = Access(frozenset(config.access.allow))
        yield Gateway(channel, agent, store, access, streaming=config.streaming, models=models)
