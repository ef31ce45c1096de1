"""The composition root: the only place of the gateway that names a channel.

Who answers is put together in `tickertape.gateway.agent.app`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import cast

from tickertape.channels.telegram.transport import TelegramTransport
from tickertape.errors import ConfigError, SpeechError, TransportError
from tickertape.gateway import commands
from tickertape.gateway.access import Access, channel_of
from tickertape.gateway.agent.app import agent_of
from tickertape.gateway.channel_config import ChannelConfig
from tickertape.gateway.channel_types import TelegramConfig
from tickertape.gateway.config import GatewayConfig, Secrets, SpeechConfig
from tickertape.gateway.loop import Gateway
from tickertape.gateway.reasons import crash_of
from tickertape.gateway.refusals import masked
from tickertape.gateway.storage.store import ConversationStore
from tickertape.ports import Agent, Channel
from tickertape.speech.client import open_engine, words_of_voice
from tickertape.speech.notes.consumer import Narrator

__all__ = ["Gateway", "build", "open_telegram"]

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
        TransportError: when no channel can be opened.
    """
    async with AsyncExitStack() as stack:
        models = None
        if agent is None:
            agent = agent_of(config, secrets, stack).agent
            models = {name: model.model for name, model in config.all_models.items()}
        store = await ConversationStore.open(config.storage.url)
        stack.push_async_callback(store.aclose)
        channels = await _opened(config.all_channels, secrets, stack)
        _check_access(config)
        yield Gateway(
            channels,
            agent,
            store,
            Access(frozenset(config.access.allow)),
            streaming=config.streaming,
            models=models,
            narrator=_narrator(config.speech, secrets, stack),
            voice=config.speech.always,
        )


async def _opened(
    wanted: Mapping[str, ChannelConfig], secrets: Secrets, stack: AsyncExitStack
) -> dict[str, Channel]:
    """Open the channels, by their names; of several, those that can be opened.

    Raises:
        TransportError: when none can be opened.
    """
    channels: dict[str, Channel] = {}
    failed: list[TransportError] = []
    for name, channel in wanted.items():
        opening = _opener(channel)(name, channel.settings, secrets.variables)
        try:
            channels[name] = await stack.enter_async_context(opening)
        except TransportError as error:
            failed.append(error)
            told = "a channel cannot be opened: fix the error and restart to use it"
            _LOG.error(told, extra={"channel": name, "error": str(error)})
    if not channels:
        raise failed[-1]
    return channels


def _opener(channel: ChannelConfig) -> Callable[..., AbstractAsyncContextManager[Channel]]:
    """Import what opens channels of a type."""
    module, _, name = channel.kind.opener.partition(":")
    opener = getattr(import_module(module), name)
    return cast("Callable[..., AbstractAsyncContextManager[Channel]]", opener)


@asynccontextmanager
async def open_telegram(
    name: str, settings: TelegramConfig, secrets: Mapping[str, str]
) -> AsyncIterator[TelegramTransport]:
    """Open a channel of Telegram for as long as the block.

    Args:
        name: what it is called in addresses.
        settings: which bot it is.
        secrets: the values of the variables that `settings` names.

    Raises:
        TransportError: when the token does not have the shape of one.
        ConfigError: when `api_base` is no address.
    """
    channel = TelegramTransport.open(
        secrets[settings.token_env],
        name=name,
        api_base=settings.api_base,
        groups=settings.groups,
    )
    # A server that does not answer holds up neither the start nor the other channels.
    menu = asyncio.create_task(_offer_commands(name, channel))
    try:
        yield channel
    finally:
        menu.cancel()
        await asyncio.wait({menu})
        await channel.aclose()


async def _offer_commands(name: str, channel: TelegramTransport) -> None:
    """Fill the menu of commands; it is a courtesy."""
    try:
        await channel.set_commands(commands.COMMANDS)
    except Exception as error:  # noqa: BLE001 - whatever a client raises
        told = "the menu of commands was not set"
        _LOG.warning(told, extra={"channel": name, **crash_of(error)})


def _check_access(config: GatewayConfig) -> None:
    """Warn of what admits nobody: ids of Telegram are numbers, a person's name is none."""
    if not config.access.allow:
        _LOG.warning("access.allow is empty: nobody is answered")
    for entry in config.access.allow:
        if advice := _advice(entry, config.all_channels):
            _LOG.warning("access.allow: %s", advice, extra={"id": masked(entry)})


def _advice(entry: str, channels: Mapping[str, ChannelConfig]) -> str:
    """Return what to do about an entry that admits nobody; empty where it may admit somebody."""
    name = channel_of(entry)
    if name and name not in channels:
        return f"no channel has the name before the colon; there is {', '.join(channels)}"
    meant = [channels[name]] if name else channels.values()
    id_ = entry.removeprefix(f"{name}:")
    forms = [channel.kind.ids for channel in meant]
    told = [form.allowed for form in forms if form and not form.pattern.fullmatch(id_)]
    return told[0] if len(told) == len(forms) else ""


def _narrator(config: SpeechConfig, secrets: Secrets, stack: AsyncExitStack) -> Narrator | None:
    """Make who reads answers aloud; `stack` closes the engine.

    Raises:
        ConfigError: when the engine cannot be used as it is configured.
    """
    if config.engine == "off":
        return None
    is_server = config.engine == "openai"
    try:
        engine = open_engine(
            config.engine,
            voice=config.voice,
            base_url=config.base_url,
            model=config.model,
            api_key=secrets.value_of(config.api_key_env) if is_server else "",
        )
    except SpeechError as error:
        raise ConfigError(
            "speech.voice", config.voice, f"a voice of the engine ({error})"
        ) from None
    stack.push_async_callback(engine.aclose)
    words = words_of_voice(config.engine, config.voice)
    return Narrator(engine, phrases=words, longest=config.longest)
