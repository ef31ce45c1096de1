"""The composition root: the only place of the gateway that names a channel.

Who answers is put together in `tickertape.gateway.agent.app`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, cast

from tickertape.errors import ConfigError, SpeechError
from tickertape.gateway import commands
from tickertape.gateway.access import Access
from tickertape.gateway.agent.app import agent_of
from tickertape.gateway.config import GatewayConfig, Secrets, SpeechConfig
from tickertape.gateway.loop import Gateway
from tickertape.gateway.refusals import masked
from tickertape.gateway.storage.store import ConversationStore
from tickertape.plugins import Group, find
from tickertape.ports import Agent
from tickertape.speech.client import open_engine, words_of_voice
from tickertape.speech.notes.consumer import Narrator

if TYPE_CHECKING:
    from tickertape.channels.telegram.transport import TelegramTransport

__all__ = ["Gateway", "build"]

_LOG = logging.getLogger(__name__)
# What the channel is called in addresses, in the database, and before ids in `access.allow`.
_TELEGRAM = "telegram"


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
        store = await ConversationStore.open(config.storage.url, channel=_TELEGRAM)
        stack.push_async_callback(store.aclose)
        channel = _opener()(
            token=secrets.token,
            name=_TELEGRAM,
            api_base=config.telegram.api_base,
            groups=config.telegram.groups,
        )
        stack.push_async_callback(channel.aclose)
        await channel.set_commands(commands.COMMANDS)
        _check_access(config.access.allow)
        access = Access(frozenset(config.access.allow))
        yield Gateway(
            channel,
            agent,
            store,
            access,
            streaming=config.streaming,
            models=models,
            narrator=_narrator(config.speech, secrets, stack),
            voice=config.speech.always,
        )


def _opener() -> Callable[..., TelegramTransport]:
    """Return what opens the channel, found as every channel is."""
    plugin = find(Group.CHANNELS, _TELEGRAM, key=_TELEGRAM)
    return cast("Callable[..., TelegramTransport]", plugin.load(key=_TELEGRAM))


def _check_access(allow: Sequence[str]) -> None:
    """Warn of what admits nobody: ids of Telegram are numbers, a person's name is none."""
    if not allow:
        _LOG.warning("access.allow is empty: nobody is answered")
    for one in allow:
        id_ = one.removeprefix(f"{_TELEGRAM}:")
        if ":" not in id_ and not re.fullmatch(r"-?\d+", id_):
            advice = "no id of Telegram: list the number that the log names when they write"
            _LOG.warning("access.allow: %s", advice, extra={"id": masked(one)})


def _narrator(config: SpeechConfig, secrets: Secrets, stack: AsyncExitStack) -> Narrator | None:
    """Make who reads answers aloud; `stack` closes the engine.

    Raises:
        ConfigError: when the engine cannot be used as it is configured.
    """
    if config.engine == "off":
        return None
    settings = config.settings(secrets.value_of(config.key_env))
    try:
        engine = open_engine(config.engine, settings)
    except SpeechError as error:
        raise ConfigError(
            "speech.voice", config.voice, f"a voice of the engine ({error})"
        ) from None
    stack.push_async_callback(engine.aclose)
    words = words_of_voice(config.engine, config.voice)
    return Narrator(engine, phrases=words, longest=config.longest)
