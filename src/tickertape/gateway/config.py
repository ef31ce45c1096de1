"""The operator's file, as typed values. Its keys are stable.

Whatever is wrong with the file ends in a `ConfigError` of one line that names the key, the value
and what is allowed. A value that may be a secret (a key pasted where the name of a variable
belongs, say) is never repeated in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import ConfigError
from tickertape.gateway.document import mapping_of
from tickertape.gateway.refusals import Unshown, masked, refusal

__all__ = [
    "AccessConfig",
    "GatewayConfig",
    "ProviderConfig",
    "Secrets",
    "StorageConfig",
    "TelegramConfig",
    "load",
    "parse",
    "secrets",
    "template",
]

# Capitals only: a pasted key has small letters, and then it is refused instead of being looked up
# and repeated in an error.
_VARIABLE = r"[A-Z_][A-Z0-9_]{0,63}"
# The form of a bot's token: the bot's number, a colon, and what proves it
# (core.telegram.org/bots/api, "Authorizing your bot", 2026-11).
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")

_ALLOWED = {
    "provider.protocol": "chat_completions, responses or messages",
    "provider.base_url": "an http:// or https:// address without user, password, query or fragment",
    "provider.model": "the name of a model, 1 to 200 characters in one line",
    "provider.api_key_env": (
        'the NAME of an environment variable, in capitals (OPENAI_API_KEY), or ""'
    ),
    "provider.system_prompt": "a text",
    "telegram.token_env": "the NAME of an environment variable, in capitals (TELEGRAM_BOT_TOKEN)",
    "telegram.api_base": "an http:// or https:// address without user, password, query or fragment",
    "telegram.groups": "mention, all or off",
    "access.allow": "a list of whole numbers other than 0: [123456789]",
    "storage.url": "a database's address for SQLAlchemy: sqlite+aiosqlite:///tickertape.db",
}


def _web_address(text: str) -> str:
    """Pass an http(s) address with a host and nothing that hides a secret."""
    parts = urlsplit(text)
    odd = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme not in {"http", "https"} or not parts.hostname or odd or not text.isprintable():
        raise ValueError(text)
    _ = parts.port  # raises ValueError when it is not a number from 0 to 65535
    if " " in text:
        raise ValueError(text)
    return text


def _database_address(text: str) -> str:
    """Pass what has the form of a database's address."""
    scheme, separator, _ = text.partition("://")
    if not separator or not re.fullmatch(r"[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)?", scheme):
        raise ValueError(text)
    return text


_VariableName = Annotated[str, StringConstraints(pattern=f"^{_VARIABLE}$")]
_VariableNameOrNone = Annotated[str, StringConstraints(pattern=f"^({_VARIABLE})?$")]
_WebAddress = Annotated[str, AfterValidator(_web_address)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class ProviderConfig(_Section):
    """Which model answers."""

    protocol: Literal["chat_completions", "responses", "messages"] = "chat_completions"
    """The wire protocol of the model's server."""
    base_url: _WebAddress = "https://api.openai.com/v1"
    """Where the server is, as the vendor's SDK takes it."""
    model: Annotated[str, StringConstraints(pattern=r"^[^\r\n]{1,200}$")] = "gpt-5-mini"
    """The model's name, as its server knows it."""
    api_key_env: _VariableNameOrNone = "OPENAI_API_KEY"
    """The name of the environment variable that holds the key; empty where none is needed."""
    system_prompt: str = "You are a helpful assistant in a chat. Answer briefly, in plain text."
    """What the model is told before every conversation; empty tells it nothing."""


class TelegramConfig(_Section):
    """Which bot people write to."""

    token_env: _VariableName = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - a name, not a token
    """The name of the environment variable that holds the bot's token."""
    api_base: _WebAddress = "https://api.telegram.org"
    """The Bot API server."""
    groups: Literal["mention", "all", "off"] = "mention"
    """When the bot answers in groups."""


class AccessConfig(_Section):
    """Who is answered."""

    allow: Annotated[tuple[Annotated[int, Field(strict=True)], ...], Field(strict=False)] = ()
    """Persons by their number; the negative number of a channel admits its posts."""

    @field_validator("allow", mode="after")
    @classmethod
    def _no_zero(cls, allow: tuple[int, ...]) -> tuple[int, ...]:
        if 0 in allow:
            raise ValueError(allow)
        return allow


class StorageConfig(_Section):
    """Where conversations are remembered."""

    url: Annotated[str, AfterValidator(_database_address)] = "sqlite+aiosqlite:///tickertape.db"
    """The database's address, as SQLAlchemy takes it."""


class GatewayConfig(_Section):
    """The whole file."""

    provider: ProviderConfig = ProviderConfig()
    """Which model answers."""
    telegram: TelegramConfig = TelegramConfig()
    """Which bot people write to."""
    access: AccessConfig = AccessConfig()
    """Who is answered."""
    streaming: StreamingConfig = StreamingConfig()
    """How replies stream."""
    storage: StorageConfig = StorageConfig()
    """Where conversations are remembered."""

    @model_validator(mode="before")
    @classmethod
    def _empty_sections_are_defaults(cls, values: object) -> object:
        # A section whose keys are all commented out is None in YAML.
        if isinstance(values, dict):
            return {key: {} if value is None else value for key, value in values.items()}
        return values

    @field_validator("streaming", mode="plain")
    @classmethod
    def _streaming(cls, value: object) -> StreamingConfig:
        if isinstance(value, StreamingConfig):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(value)
        try:
            return StreamingConfig.from_dict(value)
        except ConfigError as error:
            raise refusal(f"streaming.{masked(error.key)}", error.value, error.allowed) from None


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the named environment variables hold; never shown by `repr`."""

    api_key: str = field(repr=False)
    """The key for the model's server; empty where none is needed."""
    token: str = field(repr=False)
    """The bot's token."""


def template() -> str:
    """Give the commented file that holds every key with its default."""
    return resources.files("tickertape.gateway").joinpath("template.yaml").read_text("utf-8")


def load(path: Path) -> GatewayConfig:
    """Read the file at `path`; a relative SQLite file in it lies in the folder of `path`.

    Raises:
        ConfigError: when the file cannot be read or something in it cannot be used.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(
            "--config", str(path), "a file that exists; `tickertape init` writes one"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError("--config", str(path), "a text file in UTF-8") from None
    except OSError as error:
        reason = Unshown(f"{path}: {error.strerror or 'unreadable'}")
        raise ConfigError("--config", reason, "a file that can be read") from None
    config = parse(text, str(path))
    url = _located(config.storage.url, path.resolve().parent)
    return config.model_copy(update={"storage": StorageConfig(url=url)})


def parse(text: str, name: str = "tickertape.yaml") -> GatewayConfig:
    """Read the text of a configuration file; `name` is what errors call it.

    Raises:
        ConfigError: when something in it cannot be used.
    """
    values = mapping_of(text, name, "a mapping with the keys " + _keys_of(()))
    try:
        return GatewayConfig.model_validate(values)
    except ValidationError as error:
        raise _first_error(error.errors(include_url=False)[0]) from None


def secrets(config: GatewayConfig, environ: Mapping[str, str]) -> Secrets:
    """Look up what the configuration names.

    Raises:
        ConfigError: when a variable is not set, or the token has not the form of one.
    """
    token = _variable("telegram.token_env", config.telegram.token_env, environ)
    if not _TOKEN.fullmatch(token):
        allowed = "a variable that holds a bot's token (123456:ABC..., from @BotFather)"
        raise ConfigError("telegram.token_env", config.telegram.token_env, allowed)
    name = config.provider.api_key_env
    api_key = _variable("provider.api_key_env", name, environ) if name else ""
    return Secrets(api_key=api_key, token=token)


def _variable(key: str, name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise ConfigError(key, name, "the name of an environment variable that is set")
    if not (value.isascii() and value.isprintable()):
        raise ConfigError(key, name, "a variable that holds printable ASCII characters only")
    return value


def _located(url: str, folder: Path) -> str:
    """Anchor a relative SQLite file at `folder`."""
    scheme, _, rest = url.partition(":///")
    file, mark, options = rest.partition("?")
    in_memory = file in {"", ":memory:"} or file.startswith("file:")
    if not scheme.startswith("sqlite") or in_memory:
        return url
    return f"{scheme}:///{folder / file}{mark}{options}"


def _first_error(error: ErrorDetails) -> ConfigError:
    location = error["loc"]
    if error["type"] in {"extra_forbidden", "invalid_key"}:
        names = location[:-1] if error["type"] == "extra_forbidden" else location[:1]
        section = tuple(str(name) for name in names if str(name) in GatewayConfig.model_fields)
        key = _dotted(location[: len(section) + 1])
        return refusal(key, error["input"], "one of the keys " + _keys_of(section))
    key = _dotted(location)
    allowed = _ALLOWED.get(_dotted(location[:2]))
    if allowed is None:
        allowed = "a mapping with the keys " + _keys_of((str(location[0]),))
    return refusal(key, error["input"], allowed)


def _keys_of(section: tuple[str, ...]) -> str:
    model: type[BaseModel] = GatewayConfig
    if section == ("streaming",):
        return ", ".join(StreamingConfig().to_dict())
    if section:
        found = GatewayConfig.model_fields[section[0]].annotation
        if isinstance(found, type) and issubclass(found, BaseModel):
            model = found
    return ", ".join(model.model_fields)


def _dotted(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = masked(part)
            text += ("." if text else "") + (name if name.isidentifier() else repr(name))
    return text
