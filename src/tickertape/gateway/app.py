"""The composition root: makes a gateway of a configuration.

Its channels are opened in `tickertape.gateway.channels`; its agent is made in
`tickertape.gateway.agent`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tickertape.errors import ConfigError, SpeechError
from tickertape.gateway.access_lists import access_of, listed_in, mistyped_ids
from tickertape.gateway.agent import ToolSet, agent_with, tools_of
from tickertape.gateway.channels import open_channels
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets
from tickertape.gateway.config.refusals import masked
from tickertape.gateway.config.sections import SpeechConfig
from tickertape.gateway.custom_commands.assembly import catalog_of
from tickertape.gateway.fleet.bots import bots_of
from tickertape.gateway.fleet.fleet import Fleet
from tickertape.gateway.fleet.no_agent import NoAgent
from tickertape.gateway.fleet.opening import open_fleet
from tickertape.gateway.fleet.role import ProcessRole
from tickertape.gateway.loop import Gateway
from tickertape.gateway.reloading import Reloader
from tickertape.gateway.storage.access_book import AccessBook
from tickertape.gateway.storage.database_journal import DatabaseJournal
from tickertape.gateway.storage.sole_user import sole_user
from tickertape.gateway.storage.store import ConversationStore
from tickertape.gateway.watch.observers import observers_of
from tickertape.gateway.watch.readiness import checks_of
from tickertape.ports import Agent, Channel
from tickertape.speech.engines.by_name import open_engine, words_of_voice
from tickertape.speech.narrator import Narrator
from tickertape.tools.importing import imported

__all__ = ["GatewayParts", "assemble", "build"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GatewayParts:
    """A gateway with what it is made of, and what changes it while it runs."""

    gateway: Gateway
    """The gateway; it does not run yet."""
    channels: Mapping[str, Channel]
    """Its channels, by their names."""
    tools: ToolSet | None
    """The tools of its agent; None if an agent of the operator's answers."""
    reloader: Reloader
    """Changes its configuration."""
    fleet: Fleet | None
    """The process of a fleet that it is; None if it answers alone."""


@asynccontextmanager
async def build(
    config: GatewayConfig, secrets: Secrets, *, agent: Agent | None = None
) -> AsyncIterator[Gateway]:
    """Yield the gateway of a configuration, and close everything at the end; see `assemble`."""
    async with assemble(config, secrets, agent=agent) as parts:
        yield parts.gateway


@asynccontextmanager
async def assemble(
    config: GatewayConfig,
    secrets: Secrets,
    *,
    agent: Agent | None = None,
    role: ProcessRole = ProcessRole.ALL,
) -> AsyncIterator[GatewayParts]:
    """Yield the gateway of a configuration with its parts, and close everything at the end.

    Args:
        config: names its channels, models, tools and database.
        secrets: the values of the variables that `config` names.
        agent: answers instead of the models and tools that `config` names; closing it stays the
            caller's task.
        role: what this process does, where several answer together.

    Raises:
        ConfigError: when something in `config` cannot be used.
        TransportError: when no channel can be opened.
    """
    async with AsyncExitStack() as stack:
        custom = catalog_of(config.commands, secrets, imported)
        stack.enter_context(sole_user(config.storage.url))
        store = await ConversationStore.open(config.storage.url)
        stack.push_async_callback(store.aclose)
        observers = await observers_of(config, store.database, stack)
        watch, models, tools = observers.watch, None, None
        of_models = await stack.enter_async_context(AsyncExitStack())
        if role is ProcessRole.INTAKE:
            agent = NoAgent()
        if agent is None:
            tools = tools_of(config, secrets, stack)
            agent = agent_with(config, secrets, tools, of_models, watch)
            models = {name: model.model for name, model in config.all_models.items()}
        url, bots = config.storage.url, bots_of(config, secrets)
        joining = open_fleet(store.database, url, role, bots)
        fleet = await stack.enter_async_context(joining)
        channels = await open_channels(config.all_channels, secrets, stack, custom.menu)
        book = AccessBook(store.database)
        await _check_access(config, book)
        gateway = Gateway(
            channels,
            agent,
            store,
            access_of(config.access),
            streaming=config.streaming,
            models=models,
            narrator=_narrator(config.speech, secrets, stack),
            voice=config.speech.always,
            journal=DatabaseJournal(store.database),
            queue=config.gateway.queue,
            together=config.gateway.together,
            custom=custom,
            book=book,
            watch=watch,
            fleet=fleet,
        )
        for channel in channels.values():
            # A channel to which people invite the bot is told whose invitations it accepts.
            if (let_in_by := getattr(channel, "let_in_by", None)) is not None:
                let_in_by(gateway.admits)
        checks = checks_of(watch, store.database, gateway.is_stopping, fleet)
        await stack.enter_async_context(observers.pages(checks, secrets, gateway.inbox_depth))
        reloader = Reloader(config, gateway, tools, of_models, stack, watch)
        yield GatewayParts(gateway, channels, tools, reloader, fleet)


async def _check_access(config: GatewayConfig, book: AccessBook) -> None:
    """Warn of entries that admit no one, as a person's name in Telegram, whose ids are numbers."""
    listed = listed_in(config.access)
    if not any(listed.values()) and not config.access.pairing and not (await book.read()).entries:
        _LOG.warning("access.allow is empty: no one is answered")
    for one in mistyped_ids(config):
        _LOG.warning("%s: %s", one.key, one.advice, extra={"id": masked(one.entry)})


def _narrator(config: SpeechConfig, secrets: Secrets, stack: AsyncExitStack) -> Narrator | None:
    """Return the narrator, whose engine `stack` closes; None if speech is off.

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
