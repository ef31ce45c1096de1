"""The sections of the operator's file, as typed values, purely. Their keys are stable.

A value that may be a secret (for example a key that was pasted in place of a variable's name) is
never repeated in a refusal; see `tickertape.gateway.config.refusals`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    JsonValue,
    StringConstraints,
    field_validator,
    model_validator,
)

from tickertape.agent.models import LEAST_WINDOW
from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import ConfigError
from tickertape.gateway.config.channel_config import ChannelConfig, channels_of
from tickertape.gateway.config.channel_types import TELEGRAM, TelegramConfig
from tickertape.gateway.config.fields import Section, VariableName, VariableNameOrNone, WebAddress
from tickertape.gateway.config.refusals import did_you_mean, masked, refusal
from tickertape.gateway.settings import DEFAULT_MODEL
from tickertape.speech.ports import SpeechSettings

__all__ = [
    "AccessConfig",
    "ChannelConfig",
    "GatewayConfig",
    "McpConfig",
    "ModelConfig",
    "ProviderConfig",
    "SpeechConfig",
    "StorageConfig",
    "TelegramConfig",
    "ToolsConfig",
    "section_of",
]

# What a header's name may consist of (RFC 9110, 5.6.2, "token").
_HEADER = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"

# Engines that ask no server, and get no key.
_WITHOUT_SERVER = frozenset({"off", "espeak", "piper"})

# An id, bare or behind the name of its channel: no blanks, and no number before a colon, as a bot's
# token has. The longest id that is known is one of Matrix (255 bytes).
_ID = re.compile(r"(?!\d+:)\S{1,300}")


def _database_address(text: str) -> str:
    """Return a text that has the form of a database's address.

    Raises:
        ValueError: for any other.
    """
    scheme, separator, _ = text.partition("://")
    if not separator or not re.fullmatch(r"[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)?", scheme):
        raise ValueError(text)
    return text


def _id(value: object) -> str:
    """Return an id as a text; one that is a number may stand in the file without quotes.

    Raises:
        ValueError: for 0, a bot's token, or anything else that is no id.
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not (isinstance(text, str) and text != "0" and _ID.fullmatch(text) and text.isprintable()):
        raise ValueError(value)
    return text


def _without_none(values: object) -> object:
    if isinstance(values, dict):
        return {key: value for key, value in values.items() if value is not None}
    return values


_Id = Annotated[str, BeforeValidator(_id)]
_HeaderName = Annotated[str, StringConstraints(pattern=_HEADER)]
_ModelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,31}$")]
_PluginName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
_ServerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
_FunctionPath = Annotated[
    str, StringConstraints(pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*$")
]
_Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class ModelConfig(Section):
    """A model that can answer."""

    protocol: Literal["chat_completions", "responses", "messages"] = "chat_completions"
    """The wire protocol of the model's server."""
    base_url: WebAddress = "https://api.openai.com/v1"
    """The address of the server, as the vendor's SDK takes it."""
    model: Annotated[str, StringConstraints(pattern=r"^[^\r\n]{1,200}$")] = "gpt-5-mini"
    """The model's name, as its server knows it."""
    api_key_env: VariableNameOrNone = "OPENAI_API_KEY"
    """The name of the environment variable that holds the key; empty if none is needed."""
    headers_env: dict[_HeaderName, VariableName] = Field(default_factory=dict)
    """More headers of each request: their names, each with the variable that holds its value."""
    context_window: Annotated[int, Field(ge=1_000, le=100_000_000)] = 32_768
    """Tokens that the model can read and write in one request."""
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    """The most tokens of an answer; None leaves it to the server."""
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    """More fields of each request, sent as they are."""
    first_byte_timeout: _Seconds | None = None
    """Seconds from a request to the first byte of its answer; None suits the server."""
    idle_timeout: _Seconds | None = None
    """Seconds that may pass without a byte after that; None suits the server."""


class ProviderConfig(ModelConfig):
    """The model that answers in chats that chose none."""

    system_prompt: str = "You are a helpful assistant in a chat. Answer briefly."
    """The instructions of every model, before every conversation; empty for none."""


class McpConfig(Section):
    """A server of tools: a program that is started here, or an address."""

    command: Annotated[str, StringConstraints(min_length=1)] | None = None
    """The program; None if the server is at an address."""
    args: tuple[str, ...] = Field(default=(), strict=False)
    """The program's arguments."""
    env: dict[str, str] = Field(default_factory=dict)
    """Variables that the program gets, with their values."""
    env_from: tuple[VariableName, ...] = Field(default=(), strict=False)
    """Names of our own variables that the program gets too."""
    cwd: Annotated[str, StringConstraints(min_length=1)] | None = None
    """The folder in which the program runs; None: ours."""
    url: WebAddress | None = None
    """The server's address; None if a program is started."""
    headers_env: dict[_HeaderName, VariableName] = Field(default_factory=dict)
    """Headers of each request: their names, each with the variable that holds its value."""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> McpConfig:
        local = bool(self.args or self.env or self.env_from or self.cwd)
        if (self.command is None) == (self.url is None):
            raise ValueError
        if (self.url is not None and local) or (self.command is not None and self.headers_env):
            raise ValueError
        return self


class ToolsConfig(Section):
    """The tools that models may call."""

    builtin: tuple[_PluginName, ...] = Field(default=("current_time", "calculate"), strict=False)
    """Tools by their names: those of Tickertape, and of packages that are installed."""
    functions: tuple[_FunctionPath, ...] = Field(default=(), strict=False)
    """Python functions, as `module:function`."""
    mcp: dict[_ServerName, McpConfig] = Field(default_factory=dict)
    """Servers of tools, by a name of their own."""
    max_steps: Annotated[int, Field(ge=1, le=100)] = 8
    """Requests to a model for one answer, at most: each round of tool calls costs one."""
    timeout: _Seconds = 60.0
    """Seconds that a call may take."""

    @model_validator(mode="before")
    @classmethod
    def _empty_keys_are_defaults(cls, values: object) -> object:
        return _without_none(values)


class AccessConfig(Section):
    """The people who are answered."""

    allow: Annotated[tuple[_Id, ...], Field(strict=False)] = ()
    """Ids of persons and, for posts without a sender, of chats, as texts; see `Access.allow`."""


class SpeechConfig(Section):
    """How answers become voice notes, in chats that chose that."""

    engine: _PluginName = "off"
    """The engine: none (`off`), espeak-ng, Piper, a server with OpenAI's `/v1/audio/speech`, or one
    of a package that is installed."""
    voice: str = ""
    """Its voice: espeak-ng's name for it, the path of Piper's `.onnx` file, the server's name for
    it; empty: the engine's own, but for Piper, which has none."""
    base_url: WebAddress = "https://api.openai.com/v1"
    """The server's address."""
    model: Annotated[str, StringConstraints(pattern=r"^[^\r\n]{1,200}$")] = "gpt-4o-mini-tts"
    """The server's model."""
    api_key_env: VariableNameOrNone = "OPENAI_API_KEY"
    """The name of the environment variable that holds the server's key; empty: none is needed."""
    always: bool = False
    """Whether voice notes follow answers in chats that did not choose."""
    longest: _Seconds = 900.0
    """Seconds of the longest voice note; a longer answer is cut at a sentence."""

    @property
    def key_env(self) -> str:
        """The name of the variable that holds the engine's key; empty if it gets none."""
        return "" if self.engine in _WITHOUT_SERVER else self._told("api_key_env")

    def settings(self, api_key: str) -> SpeechSettings:
        """Return the engine's settings; `api_key` is the value of `key_env`."""
        return SpeechSettings(self.voice, self._told("base_url"), self._told("model"), api_key)

    def _told(self, name: str) -> str:
        """Return a setting of the server; its default is OpenAI's, and for that engine alone."""
        value = str(getattr(self, name))
        is_ours = self.engine == "openai" or value != SpeechConfig.model_fields[name].default
        return value if is_ours else ""


class StorageConfig(Section):
    """The database of conversations."""

    url: Annotated[str, AfterValidator(_database_address)] = "sqlite+aiosqlite:///tickertape.db"
    """The database's address, as SQLAlchemy takes it."""


class GatewayConfig(Section):
    """The whole file."""

    provider: ProviderConfig = ProviderConfig()
    """The model that answers in chats that chose none; its name is `default`."""
    models: dict[_ModelName, ModelConfig] = Field(default_factory=dict)
    """More models, by the names by which people choose them."""
    fallback: tuple[_ModelName, ...] = Field(default=(), strict=False)
    """Names of models that are tried, in this order, when the chosen one fails."""
    tools: ToolsConfig = ToolsConfig()
    """The tools that models may call."""
    telegram: TelegramConfig = TelegramConfig()
    """The channel of this name, if it is the only one or the section is in the file."""
    channels: dict[str, ChannelConfig] = Field(default_factory=dict)
    """More channels, or others, by names of their own."""
    access: AccessConfig = AccessConfig()
    """The people who are answered."""
    streaming: StreamingConfig = StreamingConfig()
    """How replies stream."""
    speech: SpeechConfig = SpeechConfig()
    """How answers become voice notes."""
    storage: StorageConfig = StorageConfig()
    """The database of conversations."""

    @model_validator(mode="before")
    @classmethod
    def _empty_sections_are_defaults(cls, values: object) -> object:
        # A section whose keys are all commented out is None in YAML.
        return _without_none(values)

    @field_validator("channels", mode="plain")
    @classmethod
    def _channels(cls, value: object) -> dict[str, ChannelConfig]:
        return channels_of(value)

    @model_validator(mode="after")
    def _channels_differ(self) -> GatewayConfig:
        if TELEGRAM in self.channels and TELEGRAM in self.model_fields_set:
            allowed = f"another name: the section {TELEGRAM} makes the channel of this name"
            raise refusal("channels", TELEGRAM, allowed)
        return self

    @field_validator("models", mode="after")
    @classmethod
    def _default_is_taken(cls, models: dict[str, ModelConfig]) -> dict[str, ModelConfig]:
        if DEFAULT_MODEL in models:
            allowed = f"another name: {DEFAULT_MODEL} is the model of the section provider"
            raise refusal("models", DEFAULT_MODEL, allowed)
        return models

    @model_validator(mode="after")
    def _fallbacks_are_known(self) -> GatewayConfig:
        names = (*self.models, DEFAULT_MODEL)
        for number, name in enumerate(self.fallback):
            if name not in names or name in self.fallback[:number]:
                allowed = f"names of models, each once: {', '.join(names)}"
                raise refusal(f"fallback[{number}]", name, allowed)
        return self

    @model_validator(mode="after")
    def _answers_fit(self) -> GatewayConfig:
        for name, model in self.all_models.items():
            window = model.context_window
            most = max(window // 2, window - LEAST_WINDOW)
            if model.max_tokens is not None and model.max_tokens > most:
                allowed = f"at most {most}, for a context_window of {window}"
                raise refusal(f"{section_of(name)}.max_tokens", model.max_tokens, allowed)
        return self

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
            keys = StreamingConfig().to_dict()
            near = "" if error.key in keys else did_you_mean(error.key, keys)
            key = f"streaming.{masked(error.key)}"
            raise refusal(key, error.value, error.allowed + near) from None

    @property
    def all_channels(self) -> dict[str, ChannelConfig]:
        """Every channel by its name."""
        if self.channels and TELEGRAM not in self.model_fields_set:
            return dict(self.channels)
        return {TELEGRAM: ChannelConfig(TELEGRAM, self.telegram), **self.channels}

    def section_of_channel(self, name: str) -> str:
        """Return the key of a channel's section."""
        return f"channels.{name}" if name in self.channels else name

    @property
    def all_models(self) -> dict[str, ModelConfig]:
        """Every model by its name, the default first."""
        return {DEFAULT_MODEL: self.provider, **self.models}


def section_of(name: str) -> str:
    """Return the key of the section of the model `name`."""
    return "provider" if name == DEFAULT_MODEL else f"models.{name}"
