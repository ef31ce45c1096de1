"""The whole of the operator's file, as one typed value, purely: its sections fit each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator, model_validator

from tickertape.agent.models import LEAST_WINDOW
from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import ConfigError, did_you_mean
from tickertape.gateway.config.channel_config import ChannelConfig, channels_of
from tickertape.gateway.config.channel_types import TELEGRAM, TelegramConfig
from tickertape.gateway.config.command_config import MOST, CommandConfig, CommandName, checked
from tickertape.gateway.config.fields import Section, without_none
from tickertape.gateway.config.refusals import masked, refusal
from tickertape.gateway.config.sections import (
    AccessConfig,
    ModelConfig,
    ProviderConfig,
    QueueConfig,
    SpeechConfig,
    StorageConfig,
    ToolsConfig,
)
from tickertape.gateway.config.watch_sections import HttpConfig, LogConfig, OpenTelemetryConfig
from tickertape.gateway.config.webhooks import check_webhooks
from tickertape.gateway.settings import DEFAULT_MODEL

__all__ = ["GatewayConfig", "section_of"]

_ModelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,31}$")]


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
    gateway: QueueConfig = QueueConfig()
    """What becomes of messages that come before others are answered."""
    streaming: StreamingConfig = StreamingConfig()
    """How replies stream."""
    commands: dict[CommandName, CommandConfig] = Field(default_factory=dict, max_length=MOST)
    """Commands of the operator's own, by their names."""
    speech: SpeechConfig = SpeechConfig()
    """How answers become voice notes."""
    storage: StorageConfig = StorageConfig()
    """The database of conversations."""
    http: HttpConfig = HttpConfig()
    """The pages for those who watch."""
    opentelemetry: OpenTelemetryConfig = OpenTelemetryConfig()
    """Traces and metrics by OpenTelemetry."""
    log: LogConfig = LogConfig()
    """The log."""

    @model_validator(mode="before")
    @classmethod
    def _empty_sections_are_defaults(cls, values: object) -> object:
        # A section whose keys are all commented out is None in YAML.
        return without_none(values)

    @field_validator("channels", mode="plain")
    @classmethod
    def _channels(cls, value: object) -> dict[str, ChannelConfig]:
        return channels_of(value)

    @field_validator("commands", mode="after")
    @classmethod
    def _commands_fit(cls, commands: dict[str, CommandConfig]) -> dict[str, CommandConfig]:
        checked(commands)
        return commands

    @model_validator(mode="after")
    def _channels_differ(self) -> GatewayConfig:
        if TELEGRAM in self.channels and TELEGRAM in self.model_fields_set:
            allowed = f"another name: the section {TELEGRAM} makes the channel of this name"
            raise refusal("channels", TELEGRAM, allowed)
        return self

    @model_validator(mode="after")
    def _webhooks_fit(self) -> GatewayConfig:
        channels = self.all_channels.items()
        check_webhooks({self.section_of_channel(name): one.settings for name, one in channels})
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

    @model_validator(mode="after")
    def _strangers_bring_a_token(self) -> GatewayConfig:
        where = self.http.address
        if where is not None and not where.is_loopback and not self.http.token_env:
            allowed = (
                "a loopback address (127.0.0.1:8080), or any other together with http.token_env: "
                "the NAME of the variable that holds the token which requests must bring"
            )
            raise refusal("http.listen", self.http.listen, allowed)
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
