"""Which checks there are for a configuration, and how one is run.

A check is left out if a section that it needs has a mistake, if a variable that it needs cannot be
used, or, with `--offline`, if it asks a server. That is told; a check that fails itself is, too.
"""

from __future__ import annotations

import asyncio
import platform
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

from tickertape.cli.doctor import tools, variables
from tickertape.cli.doctor.addresses import address_findings, addresses_of
from tickertape.cli.doctor.clock import clock_finding
from tickertape.cli.doctor.database import database_findings, driver_findings
from tickertape.cli.doctor.findings import Finding, Level, error, ok, skipped, warning
from tickertape.cli.doctor.models import AskedModel, model_finding
from tickertape.cli.doctor.network import SECONDS, ask_account, ask_bot, ask_model, host_of, reach
from tickertape.cli.doctor.servers import Reach, cure_of, obstacle_told
from tickertape.errors import ConfigError, TickertapeError, UnsetVariableError
from tickertape.gateway.access_lists import listed_in, mistyped_ids
from tickertape.gateway.config.channel_config import ChannelConfig
from tickertape.gateway.config.channel_types import TELEGRAM, MatrixConfig, TelegramConfig
from tickertape.gateway.config.gateway_config import GatewayConfig, section_of
from tickertape.gateway.config.loading import Secrets, secrets
from tickertape.gateway.config.sections import McpConfig, ModelConfig
from tickertape.plugins import Group, find

__all__ = ["Check", "SetUp", "checks_of", "outcome_of"]

# Each question has a limit of its own; this one is for what hangs besides, as a library may.
_LONGEST: Final = 2 * SECONDS
# The sections that can name variables.
_NAMING: Final = (TELEGRAM, "channels", "provider", "models", "tools", "speech", "commands", "http")


@dataclass(frozen=True, slots=True)
class Check:
    """Something that can be looked at."""

    subject: str
    """How it is called where it is left out."""
    run: Callable[[], Awaitable[Sequence[Finding]]]
    """Looks."""
    sections: tuple[str, ...] = ()
    """The sections of the configuration that it needs."""
    variables: tuple[str, ...] = ()
    """The environment variables that it needs."""
    is_online: bool = False
    """Whether it asks a server."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """What is checked."""

    config: GatewayConfig
    """The configuration, with defaults in place of its mistakes."""
    environ: Mapping[str, str]
    """The environment variables."""
    agent: str = ""
    """An agent of the operator's, which answers instead of the models; empty: none."""
    broken: frozenset[str] = frozenset()
    """The sections that have a mistake."""
    is_offline: bool = False
    """Whether no server may be asked."""
    reaches: dict[str, asyncio.Task[Reach]] = field(default_factory=dict)
    """Whether servers can be reached, by their addresses: each is asked once."""

    @property
    def usable(self) -> Mapping[str, str]:
        """The variables that can be used."""
        return variables.usable(self.config, self.environ, own_agent=bool(self.agent))

    @property
    def unsure(self) -> frozenset[str]:
        """The sections of which it is not known which variables they name, for their mistakes.

        So is `telegram`, if it is there because the section `channels`, which has one, is empty.
        """
        by_default = "channels" in self.broken and _is_default(self.config)
        return self.broken.intersection(_NAMING) | ({TELEGRAM} if by_default else set())

    def reach(self, url: str, *, through_proxies: bool = True) -> asyncio.Task[Reach]:
        """Return whether a server can be reached, once that is known."""
        server = f"{urlsplit(url).scheme}://{host_of(url)}"
        if server not in self.reaches:
            asking = reach(url, through_proxies=through_proxies)
            self.reaches[server] = asyncio.create_task(asking)
        return self.reaches[server]


async def outcome_of(check: Check, setup: SetUp) -> Sequence[Finding]:
    """Return what a check found, or why there is nothing to say."""
    if mistaken := setup.broken.intersection(check.sections):
        why = f"not checked: the section {min(mistaken)} has a mistake"
        return [skipped(check.subject, why)]
    if lacking := [name for name in check.variables if name not in setup.usable]:
        return [skipped(check.subject, f"not checked: {lacking[0]} cannot be used")]
    if check.is_online and setup.is_offline:
        return [skipped(check.subject, "not checked: --offline asks no server")]
    try:
        async with asyncio.timeout(_LONGEST):
            return await check.run()
    except TimeoutError:
        what = f"no result within {_LONGEST:.0f} s"
        return [error(check.subject, what, "Check this machine's network.")]
    except ModuleNotFoundError as failure:
        cure = "pip install 'tickertape[all]'"
        return [error(check.subject, f"{failure.name} is not installed", cure)]
    except TickertapeError as failure:
        return [error(check.subject, str(failure), "Correct that setting.")]
    except Exception as failure:  # noqa: BLE001 - a fault of ours hides no other finding
        what = f"the check itself failed ({type(failure).__name__})"
        return [error(check.subject, what, "Please report this.")]


def checks_of(setup: SetUp) -> Iterator[Check]:
    """Yield all checks, in the order in which their findings are told."""
    config, agent = setup.config, setup.agent
    yield Check("python", _versions)
    yield Check("variables", lambda: _variables(setup))
    yield Check("access", lambda: _access(config), ("access", "commands", "telegram", "channels"))
    for name, channel in config.all_channels.items():
        yield _channel(name, channel, setup)
    yield from _addresses(config)
    if agent:
        yield Check(f"agent {agent}", lambda: _agent(agent))
    else:
        yield from _models(setup)
        yield Check("tools", lambda: _functions(config), ("tools",))
        for name, server in config.tools.mcp.items():
            yield _server_of_tools(name, server, setup)
    if config.commands:
        yield Check("commands", lambda: _commands(config), ("commands",))
    if config.speech.engine != "off":
        yield from _speech(setup)
    yield from _database(config.storage.url)
    yield Check("clock", lambda: _clock(setup), is_online=True)


async def _versions() -> Sequence[Finding]:
    told = f"Python {platform.python_version()}, Tickertape {version('tickertape')}"
    return [ok("python", f"{told}, SQLite {sqlite3.sqlite_version}")]


async def _variables(setup: SetUp) -> Sequence[Finding]:
    own_agent = bool(setup.agent)
    unsure = setup.unsure
    found = list(variables.findings_of(setup.config, setup.environ, unsure, own_agent=own_agent))
    if not unsure and all(one.level is not Level.ERROR for one in found):
        try:
            secrets(setup.config, setup.environ, own_agent=own_agent)
        except UnsetVariableError as failure:
            cure = f"Set it before the start (it is named by {failure.key})."
            found.append(error(f"variable {failure.value}", "is not set", cure))
        except ConfigError as failure:
            # Each for itself is good: what is left are values that two settings may not share.
            cure = f"It has to be {failure.allowed}"
            found.append(error(f"variable {failure.value}", "cannot be used", cure))
    return found


async def _access(config: GatewayConfig) -> Sequence[Finding]:
    listed = listed_in(config.access)
    if not any(listed.values()) and not config.access.pairing:
        cure = "Write to the bot, and list the ID that the log names then."
        return [warning("access", "access.allow is empty: no one is answered", cure)]
    found = [
        warning("access", f"{one.key} admits no one ({one.advice})", "Correct it.")
        for one in mistyped_ids(config)
    ]
    counts = {f"access.{key}": len(entries) for key, entries in listed.items() if entries}
    told = ", ".join(f"{count} in {key}" for key, count in counts.items())
    pairing = "strangers can ask to be let in" if config.access.pairing else ""
    return found or [ok("access", "; ".join(filter(None, (told, pairing))))]


def _channel(name: str, channel: ChannelConfig, setup: SetUp) -> Check:
    section = setup.config.section_of_channel(name)
    is_default = _is_default(setup.config)
    sections = (TELEGRAM, "channels") if is_default else (section.partition(".")[0],)
    named = tuple(variable for _, variable in channel.variables)
    if isinstance(channel.settings, TelegramConfig):
        subject = f"bot {name}"
        look = partial(_bot, subject, section, channel.settings, setup)
        return Check(subject, look, sections, named, is_online=True)
    if isinstance(channel.settings, MatrixConfig):
        subject = f"account {name}"
        ask = partial(_account, subject, section, channel.settings, setup)
        return Check(subject, ask, sections, named, is_online=True)
    subject = f"channel {name}"
    return Check(subject, partial(_plugin, subject, section, channel), sections, named)


def _is_default(config: GatewayConfig) -> bool:
    """Return whether the channel `telegram` is there because no other one is."""
    return TELEGRAM not in {*config.channels, *config.model_fields_set}


async def _bot(
    subject: str, section: str, settings: TelegramConfig, setup: SetUp
) -> Sequence[Finding]:
    from tickertape.cli.doctor.bots import BotConfig, bot_findings  # noqa: PLC0415 - an extra

    variable, api_base = settings.token_env, settings.api_base
    webhook = settings.webhook.url if settings.webhook is not None else ""
    bot = BotConfig(subject, section, variable, settings.groups, webhook)
    (me, hook), there = await asyncio.gather(
        ask_bot(setup.usable[variable], api_base), setup.reach(api_base, through_proxies=False)
    )
    return list(bot_findings(bot, me, hook, there))


async def _account(
    subject: str, section: str, settings: MatrixConfig, setup: SetUp
) -> Sequence[Finding]:
    from tickertape.cli.doctor.accounts import AccountConfig, account_findings  # noqa: PLC0415

    token, homeserver = setup.usable[settings.token_env], settings.homeserver
    account = AccountConfig(
        subject,
        section,
        settings.user,
        settings.token_env,
        settings.groups,
        settings.messages_per_second,
        lacks_keys=bool(settings.keys) and find_spec("vodozemac") is None,
    )
    whoami, there = await asyncio.gather(
        ask_account(homeserver, settings.user, token),
        setup.reach(homeserver, through_proxies=False),
    )
    return list(account_findings(account, whoami, there))


async def _plugin(subject: str, section: str, channel: ChannelConfig) -> Sequence[Finding]:
    plugin = find(Group.CHANNELS, channel.type, key=f"{section}.type")
    plugin.load(key=f"{section}.type")
    return [ok(subject, f"{channel.type} of {plugin.package} can be imported; it is not asked")]


def _addresses(config: GatewayConfig) -> Iterator[Check]:
    for listen, key in addresses_of(config).items():
        look = partial(address_findings, listen, key, config.storage.url)
        yield Check(key, look, (key.partition(".")[0], "storage"))


async def _agent(agent: str) -> Sequence[Finding]:
    from tickertape.adapters import load  # noqa: PLC0415 - only with --agent

    load(agent)
    return [ok(f"agent {agent}", "can be imported; it is not asked")]


def _models(setup: SetUp) -> Iterator[Check]:
    for name, model in setup.config.all_models.items():
        section = section_of(name)
        subject = f"model {name}"
        asked = AskedModel(subject, section, model.model, model.api_key_env)
        named = filter(None, (model.api_key_env, *model.headers_env.values()))
        sections = (section.partition(".")[0],)
        yield Check(subject, _asking(name, asked, model, setup), sections, tuple(named), True)


def _asking(
    name: str, asked: AskedModel, model: ModelConfig, setup: SetUp
) -> Callable[[], Awaitable[Sequence[Finding]]]:
    async def ask() -> Sequence[Finding]:
        prompt = setup.config.provider.system_prompt
        there = setup.reach(model.base_url)
        failure = await ask_model(name, model, Secrets(setup.usable), prompt)
        return [model_finding(asked, model.protocol, failure, await there)]

    return ask


async def _functions(config: GatewayConfig) -> Sequence[Finding]:
    return list(tools.function_findings(config.tools))


async def _commands(config: GatewayConfig) -> Sequence[Finding]:
    return list(tools.command_findings(config.commands))


def _server_of_tools(name: str, server: McpConfig, setup: SetUp) -> Check:
    subject = f"MCP server {name}"
    if server.url is None:

        async def look() -> Sequence[Finding]:
            return [tools.program_finding(name, server)]

        return Check(subject, look, ("tools",), server.env_from)
    key, named = f"tools.mcp.{name}.url", tuple(server.headers_env.values())
    return Check(subject, _reaching(subject, key, server.url, setup), ("tools",), named, True)


def _speech(setup: SetUp) -> Iterator[Check]:
    config = setup.config.speech
    named = (config.key_env,) if config.key_env else ()

    async def look() -> Sequence[Finding]:
        return [await tools.speech_finding(config, setup.usable.get(config.key_env, ""))]

    yield Check("speech", look, ("speech",), named)
    if config.engine == "openai":
        reaching = _reaching("speech server", "speech.base_url", config.base_url, setup)
        yield Check("speech server", reaching, ("speech",), named, True)


def _reaching(
    subject: str, key: str, url: str, setup: SetUp
) -> Callable[[], Awaitable[Sequence[Finding]]]:
    async def look() -> Sequence[Finding]:
        there = await setup.reach(url)
        if there.obstacle is None:
            return [ok(subject, f"{there.host} can be reached; it is not asked")]
        what = obstacle_told(there.obstacle, there.host)
        return [error(subject, what, cure_of(there.obstacle, key))]

    return look


def _database(url: str) -> Iterator[Check]:
    if url.startswith("sqlite"):
        yield Check("database", lambda: database_findings(url), ("storage",))
    else:
        yield Check("database driver", lambda: driver_findings(url), ("storage",))
        yield Check("database", lambda: database_findings(url), ("storage",), is_online=True)


async def _clock(setup: SetUp) -> Sequence[Finding]:
    # The other checks have begun: theirs are the servers that are asked anyway.
    return [clock_finding(await asyncio.gather(*setup.reaches.values()))]
