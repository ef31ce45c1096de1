"""Which environment variables a configuration names, and by which settings, purely.

A setting whose key ends in `_env` names one, or, as a mapping, one for each of its keys; `env_from`
lists several. So it is in every section, also in those that come later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import BaseModel

from tickertape.gateway.config.channel_config import ENV
from tickertape.gateway.config.gateway_config import GatewayConfig, section_of

__all__ = ["named_variables", "variables_of_agent"]

_OF_AN_AGENT: Final = ("provider", "models", "tools")
# What these name depends on more than their keys.
_APART: Final = ("telegram", "channels", "speech")


def named_variables(config: GatewayConfig, *, own_agent: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the key of each setting that names a variable, and the name.

    Args:
        config: names the variables.
        own_agent: whether an agent of the operator's answers: then those of models and tools are
            left out.
    """
    for name, channel in config.all_channels.items():
        section = config.section_of_channel(name)
        for key, variable in channel.variables:
            yield f"{section}.{key}", variable
    if not own_agent:
        yield from variables_of_agent(config)
    if config.speech.key_env:
        yield "speech.api_key_env", config.speech.key_env
    for name in type(config).model_fields:
        if name not in {*_OF_AN_AGENT, *_APART}:
            yield from _within(getattr(config, name), name)


def variables_of_agent(config: GatewayConfig) -> Iterator[tuple[str, str]]:
    """Yield the same for the settings of models and tools alone."""
    for name, model in config.all_models.items():
        yield from _within(model, section_of(name))
    yield from _within(config.tools, "tools")


def _within(value: object, at: str) -> Iterator[tuple[str, str]]:
    """Yield the variables that a section names, with their dotted keys."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _within(inner, f"{at}.{name}")
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _named_by(name, getattr(value, name), f"{at}.{name}")


def _named_by(name: str, value: object, key: str) -> Iterator[tuple[str, str]]:
    match value:
        case str() if name.endswith(ENV) and value:
            yield key, value
        case Mapping() if name.endswith(ENV):
            yield from ((f"{key}.{inner}", str(variable)) for inner, variable in value.items())
        case tuple() if name == "env_from":
            yield from ((f"{key}[{at}]", str(variable)) for at, variable in enumerate(value))
        case _:
            yield from _within(value, key)
