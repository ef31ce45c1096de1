"""The operator's file, read; and the secrets that it names, looked up.

Every error in the file is a `ConfigError` of one line that names the key, the value and the allowed
values. A value that may be a secret (for example a key that was pasted in place of a variable's
name) is never repeated in it. The sections are in `tickertape.gateway.config.sections`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from tickertape.errors import ConfigError, ConfigFileError, UnsetVariableError
from tickertape.gateway.config.channel_config import ENV, ChannelConfig
from tickertape.gateway.config.channel_types import MATRIX, TELEGRAM
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.mistakes import first_mistake
from tickertape.gateway.config.refusals import Unshown
from tickertape.gateway.config.review import config_of, review, values_of
from tickertape.gateway.config.sections import SpeechConfig, StorageConfig
from tickertape.gateway.config.variables import variables_of_agent

__all__ = [
    "Secrets",
    "agent_secrets",
    "identity_of",
    "load",
    "located",
    "parse",
    "secrets",
    "speech_key",
    "template",
    "text_of",
]


@dataclass(frozen=True, slots=True)
class Secrets:
    """The values of the named environment variables; never shown by `repr`."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables that the file names, with their values."""

    def value_of(self, name: str) -> str:
        """Return the value of the variable `name`; empty if the name is empty.

        Raises:
            KeyError: for a variable that the configuration did not name.
        """
        return self.variables[name] if name else ""

    @property
    def values(self) -> tuple[str, ...]:
        """All values, which no log may show."""
        return tuple(self.variables.values())


def template(channels: Collection[str] = (TELEGRAM,)) -> str:
    """Return the commented file that holds every key with its default.

    Args:
        channels: the types of the channels that it has.
    """
    text = _file("template.yaml")
    if MATRIX in channels:
        text = text.replace("channels: {}\n", _file("template_matrix.yaml"))
    if TELEGRAM not in channels:
        before, _, rest = text.partition("telegram:\n")
        text = before + _file("template_channels.yaml") + rest.partition("channels:\n")[2]
    return text


def _file(name: str) -> str:
    return resources.files("tickertape.gateway.config").joinpath(name).read_text("utf-8")


def load(path: Path) -> GatewayConfig:
    """Return the configuration in the file at `path`.

    Relative files in it lie in the folder of `path`; see `located`.

    Raises:
        ConfigFileError: when something in the file cannot be used; its text has a line for each.
        ConfigError: when the file cannot be read.
    """
    text = text_of(path)
    try:
        config = parse(text, str(path))
    except ConfigError as error:
        mistakes = review(text, str(path)).mistakes
        raise ConfigFileError(error, [one.told(path.name) for one in mistakes]) from None
    return located(config, path.resolve().parent)


def text_of(path: Path) -> str:
    """Return the text of the file at `path`.

    Raises:
        ConfigError: when it cannot be read.
    """
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(
            "--config", str(path), "a file that exists; `tickertape init` writes one"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError("--config", str(path), "a text file in UTF-8") from None
    except OSError as error:
        reason = Unshown(f"{path}: {error.strerror or 'unreadable'}")
        raise ConfigError("--config", reason, "a file that can be read") from None


def parse(text: str, name: str = "tickertape.yaml") -> GatewayConfig:
    """Return the configuration in a text; errors call it `name`.

    Raises:
        ConfigError: when something in it cannot be used.
    """
    try:
        return config_of(values_of(text, name))
    except ValidationError as error:
        raise first_mistake(error.errors(include_url=False)[0]) from None


def secrets(
    config: GatewayConfig, environ: Mapping[str, str], *, own_agent: bool = False
) -> Secrets:
    """Return the values of the variables that the configuration names.

    Args:
        config: names the variables.
        environ: the variables.
        own_agent: whether an agent of the operator's answers: then the variables of models and
            tools are not looked up.

    Raises:
        ConfigError: when a variable is not set, a token has not the form of one, or two channels
            are the same bot.
    """
    variables = _of_channels(config, environ)
    if not own_agent:
        variables |= agent_secrets(config, environ).variables
    for name, command in config.commands.items():
        for number, variable in enumerate(command.env_from):
            key = f"commands.{name}.env_from[{number}]"
            variables[variable] = _variable(key, variable, environ)
    if key := speech_key(config.speech, environ):
        variables[config.speech.key_env] = key
    if name := config.http.token_env:
        variables[name] = _variable("http.token_env", name, environ)
    return Secrets(variables)


def _of_channels(config: GatewayConfig, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the values of the channels' variables, by their names."""
    found: dict[str, str] = {}
    owners: dict[tuple[object, ...], str] = {}
    for name, channel in config.all_channels.items():
        section, forms = config.section_of_channel(name), channel.kind.secrets
        # `tickertape init` writes the section; with `channels` it may not be wanted any more.
        other = f"; or delete the section {section}" if config.channels and section == name else ""
        for key, variable in channel.variables:
            value = found[variable] = _variable(f"{section}.{key}", variable, environ, other)
            if key in forms and not forms[key].pattern.fullmatch(value):
                raise ConfigError(f"{section}.{key}", variable, forms[key].allowed)
        identity = identity_of(channel, found)
        if identity and (owner := owners.setdefault(identity, section)) != section:
            key = channel.kind.identity[-1]
            other_one = "a variable with another value" if key.endswith(ENV) else "another account"
            allowed = f"{other_one}: {owner} has this one already"
            raise ConfigError(f"{section}.{key}", getattr(channel.settings, key), allowed)
    return found


def identity_of(channel: ChannelConfig, found: Mapping[str, str]) -> tuple[object, ...]:
    """Return the values that no other channel may share, by which its bot is known; empty: any may.

    Args:
        channel: the channel.
        found: the values of the variables that its settings name.
    """
    told = [getattr(channel.settings, key) for key in channel.kind.identity]
    named = {variable for _, variable in channel.variables}
    values = [found[one] if one in named else _server_of(one) for one in told]
    return (channel.type, *values) if values else ()


def _server_of(setting: object) -> object:
    """Return an address in one spelling; any other setting as it is."""
    if not isinstance(setting, str) or "://" not in setting:
        return setting
    address = urlsplit(setting)
    return f"{address.scheme.lower()}://{address.netloc.lower()}{address.path.rstrip('/')}"


def speech_key(config: SpeechConfig, environ: Mapping[str, str]) -> str:
    """Return the key of the speech server; empty if none is needed.

    Raises:
        ConfigError: when the variable is not set.
    """
    return _variable("speech.api_key_env", name, environ) if (name := config.key_env) else ""


def agent_secrets(config: GatewayConfig, environ: Mapping[str, str]) -> Secrets:
    """Return the values of the variables of models and tools alone.

    Raises:
        ConfigError: when a variable is not set.
    """
    named = variables_of_agent(config)
    return Secrets({name: _variable(key, name, environ) for key, name in named})


def _variable(key: str, name: str, environ: Mapping[str, str], other: str = "") -> str:
    """Return the value of a variable.

    Args:
        key: the setting that names it.
        name: its name.
        environ: the variables.
        other: the end of the error for one that is not set: another way to go on.
    """
    value = environ.get(name, "").strip()
    if not value:
        raise UnsetVariableError(key, name, other)
    if not (value.isascii() and value.isprintable()):
        raise ConfigError(key, name, "a variable that holds printable ASCII characters only")
    return value


def located(config: GatewayConfig, folder: Path) -> GatewayConfig:
    """Return a configuration whose relative files lie in `folder`.

    That is where SQLite's file lies, and the folders of channels. A voice of Piper's, or the folder
    of an MCP server or a command, is looked for there first, and then in the current folder.
    """
    storage = StorageConfig(url=_located(config.storage.url, folder))
    voice = _found(config.speech.voice, folder) if config.speech.engine == "piper" else None
    servers, commands = (
        {
            name: one.model_copy(update={"cwd": _found(one.cwd, folder) or one.cwd})
            for name, one in section.items()
        }
        for section in (config.tools.mcp, config.commands)
    )
    changed = {
        "storage": storage,
        "channels": {name: _with_folders(one, folder) for name, one in config.channels.items()},
        "commands": commands,
        "tools": config.tools.model_copy(update={"mcp": servers}),
        "speech": config.speech.model_copy(update={"voice": voice or config.speech.voice}),
    }
    return config.model_copy(update=changed)


def _with_folders(channel: ChannelConfig, folder: Path) -> ChannelConfig:
    paths = {key: getattr(channel.settings, key) for key in channel.kind.folders}
    found = {key: str(folder / path) for key, path in paths.items() if path}
    return replace(channel, settings=channel.settings.model_copy(update=found))


def _found(path: str | None, folder: Path) -> str | None:
    """Return where a path leads if it begins in `folder`; None if nothing is there."""
    there = folder / path if path else None
    return str(there) if there is not None and there.exists() else None


def _located(url: str, folder: Path) -> str:
    """Return a database's address with a relative SQLite file anchored at `folder`."""
    scheme, _, rest = url.partition(":///")
    file, mark, options = rest.partition("?")
    in_memory = file in {"", ":memory:"} or file.startswith("file:")
    if not scheme.startswith("sqlite") or in_memory:
        return url
    return f"{scheme}:///{folder / file}{mark}{options}"
