"""The section `channels` of the operator's file, purely: names, each with a type and its settings.

What is wrong with it is said as of every other section: one line with the key, the value, and what
is allowed; see `tickertape.gateway.refusals`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tickertape.errors import ConfigError
from tickertape.gateway.channel_types import ChannelType, channel_types
from tickertape.gateway.fields import Section
from tickertape.gateway.refusals import Unshown, dotted, one_of, refusal

__all__ = ["ChannelConfig", "channels_of"]

# As the column of the database holds it, and as `access.allow` writes it before an id.
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_NAMES = "names for channels, 1 to 32 of a-z, 0-9, _ and - that begin with a letter, each with a"
_SECTION = "type and its settings"


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """One channel of the gateway."""

    type: str
    """The type, by its name in `channel_types`."""
    settings: Section
    """What the type takes."""

    @property
    def kind(self) -> ChannelType:
        """The type itself."""
        return channel_types()[self.type]

    @property
    def variables(self) -> Iterator[tuple[str, str]]:
        """The environment variables that the settings name, each after its key."""
        for key in type(self.settings).model_fields:
            match getattr(self.settings, key):
                case str(name) if key.endswith("_env") and name:
                    yield key, name
                case Mapping() as names if key.endswith("_env"):
                    yield from ((f"{key}.{inner}", name) for inner, name in names.items())
                case _:
                    pass


def channels_of(value: object) -> dict[str, ChannelConfig]:
    """Read the section `channels`.

    Raises:
        ConfigError: when something in it cannot be used.
    """
    if not isinstance(value, Mapping):
        raise refusal("channels", value, f"{_NAMES} {_SECTION}")
    return {_named(name): _channel(name, given) for name, given in value.items()}


def _named(name: object) -> str:
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise refusal("channels", name, f"{_NAMES} {_SECTION}")
    return name


def _channel(name: str, given: object) -> ChannelConfig:
    if isinstance(given, ChannelConfig):
        return given
    types = channel_types()
    at = ("channels", name)
    if not isinstance(given, Mapping):
        allowed = f"a mapping with a {_SECTION}; types: {', '.join(types)}"
        raise refusal(dotted(at), given, allowed)
    type_ = given.get("type")
    if type_ is None:
        raise ConfigError(dotted((*at, "type")), Unshown("missing"), one_of("types", types))
    if not (isinstance(type_, str) and type_ in types):
        raise refusal(dotted((*at, "type")), type_, one_of("types", types, type_))
    kind = types[type_]
    settings = {key: inner for key, inner in given.items() if key != "type"}
    try:
        return ChannelConfig(type_, kind.settings.model_validate(settings))
    except ValidationError as error:
        raise _mistake(at, error.errors(include_url=False)[0], kind) from None


def _mistake(at: tuple[str, str], error: ErrorDetails, kind: ChannelType) -> ConfigError:
    """Return the refusal of what pydantic found in the settings of a channel."""
    location = error["loc"]
    key = dotted((*at, *location))
    if error["type"] in {"extra_forbidden", "invalid_key"} and len(location) == 1:
        keys = ("type", *kind.settings.model_fields)
        return refusal(key, error["input"], one_of("keys", keys, location[0]))
    if error["type"] == "missing":
        return ConfigError(key, Unshown("missing"), _allowed(error, kind))
    return refusal(key, error["input"], _allowed(error, kind))


def _allowed(error: ErrorDetails, kind: ChannelType) -> str:
    """Return what the type says about a setting; else pydantic's words, which repeat no value."""
    return kind.allowed.get(str(error["loc"][0]), error["msg"])
