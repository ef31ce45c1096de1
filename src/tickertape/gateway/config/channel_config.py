"""The section `channels` of the operator's file, purely: names, each with a type and its settings.

An error is told as in every other section: one line with the key, the value, and the allowed values
(`tickertape.gateway.config.refusals`). Whether a type exists is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from tickertape.errors import ConfigError
from tickertape.gateway.config.channel_types import ChannelType, channel_type
from tickertape.gateway.config.fields import Section, VariableName
from tickertape.gateway.config.refusals import Unshown, dotted, one_of, refusal

__all__ = ["ENV", "ChannelConfig", "channels_of", "opened_with"]

ENV: Final = "_env"
"""The end of a setting's key if the setting names an environment variable."""

# As the column of the database holds it, and as `access.allow` writes it before an id.
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_NAMES = (
    "names for channels, 1 to 32 of a-z, 0-9, _ and - that begin with a letter, each with a type "
    "and its settings"
)
_SECTION = "a mapping with a type and its settings: {type: telegram, token_env: HOME_BOT_TOKEN}"
_TYPE = "the type of the channel: telegram, matrix, or one that an installed package brings"
_VARIABLE = "the NAME of an environment variable, in capitals"
_VARIABLES: TypeAdapter[str] = TypeAdapter(VariableName)


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """One channel of the gateway."""

    type: str
    """The type, by the name under which a package brings it."""
    settings: Section
    """The settings of the type."""

    @property
    def kind(self) -> ChannelType:
        """The description of the type."""
        return channel_type(self.type)

    @property
    def given(self) -> Mapping[str, object]:
        """The settings by their keys."""
        known = type(self.settings).model_fields
        told = {key: getattr(self.settings, key) for key in known}
        return {**told, **(self.settings.model_extra or {})}

    @property
    def variables(self) -> Iterator[tuple[str, str]]:
        """The environment variables that the settings name, each after its dotted key."""
        return _variables_in(self.given)


def _variables_in(given: Mapping[str, object], at: str = "") -> Iterator[tuple[str, str]]:
    for key, value in given.items():
        if isinstance(value, Section):
            yield from _variables_in(dict(value), f"{at}{key}.")
        elif key.endswith(ENV):
            yield f"{at}{key}", str(value)


def opened_with(given: Mapping[str, object], value_of: Callable[[str], str]) -> dict[str, object]:
    """Return the settings as a channel is opened with them: with values in place of names.

    Args:
        given: the settings by their keys.
        value_of: returns the value of a variable, by its name.
    """
    settings = dict[str, object]()
    for key, value in given.items():
        if isinstance(value, Section):
            settings[key] = opened_with(dict(value), value_of)
        elif key.endswith(ENV):
            settings[key.removesuffix(ENV)] = value_of(str(value))
        else:
            settings[key] = value
    return settings


def channels_of(value: object) -> dict[str, ChannelConfig]:
    """Return the channels of the section `channels`, by their names.

    Raises:
        ConfigError: when something in it cannot be used.
    """
    if not isinstance(value, Mapping):
        raise refusal("channels", value, _NAMES)
    return {_named(name): _channel(name, given) for name, given in value.items()}


def _named(name: object) -> str:
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise refusal("channels", name, _NAMES)
    return name


def _channel(name: str, given: object) -> ChannelConfig:
    if isinstance(given, ChannelConfig):
        return given
    at = ("channels", name)
    if not isinstance(given, Mapping):
        raise refusal(dotted(at), given, _SECTION)
    type_ = given.get("type")
    if type_ is None:
        raise ConfigError(dotted((*at, "type")), Unshown("missing"), _TYPE)
    if not (isinstance(type_, str) and type_):
        raise refusal(dotted((*at, "type")), type_, _TYPE)
    kind = channel_type(type_)
    settings = {key: inner for key, inner in given.items() if key != "type"}
    try:
        channel = ChannelConfig(type_, kind.settings.model_validate(settings))
    except ValidationError as error:
        raise _mistake(at, error.errors(include_url=False)[0], kind) from None
    _check_variables(at, channel)
    return channel


def _check_variables(at: tuple[str, str], channel: ChannelConfig) -> None:
    """Refuse a value that is no name of a variable, for types that do not check it themselves.

    Raises:
        ConfigError: for the first one.
    """
    for key, value in channel.given.items():
        if key.endswith(ENV):
            try:
                _VARIABLES.validate_python(value, strict=True)
            except ValidationError:
                raise refusal(dotted((*at, key)), value, _VARIABLE) from None


def _mistake(at: tuple[str, str], error: ErrorDetails, kind: ChannelType) -> ConfigError:
    """Return the refusal of the error that pydantic found in the settings of a channel."""
    location = error["loc"]
    key = dotted((*at, *location))
    if error["type"] in {"extra_forbidden", "invalid_key"} and kind.settings.model_fields:
        keys = kind.keys_of(tuple(map(str, location[:-1])))
        return refusal(key, error["input"], one_of("keys", keys, location[-1]))
    # Pydantic's words repeat no value.
    allowed = kind.allowed.get(dotted(location), error["msg"])
    if error["type"] == "missing":
        return ConfigError(key, Unshown("missing"), allowed)
    return refusal(key, error["input"], allowed)
