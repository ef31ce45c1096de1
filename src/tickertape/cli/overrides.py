"""What the command line changes about a configured agent: its model, its words, its options."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import JsonValue

from tickertape.cli.agent_choice import AgentChoice
from tickertape.errors import UsageError, did_you_mean
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.sections import ModelConfig, ProviderConfig
from tickertape.gateway.settings import DEFAULT_MODEL

__all__ = ["Overrides", "options_of", "overridden"]

SYSTEM_PROMPT: Final = (
    "You are a helpful assistant in a terminal. Answer briefly, in Markdown; put commands and code "
    "into fenced blocks."
)
"""Instead of the bot's own default, which speaks of a chat."""

_BOTS_OWN: Final = ProviderConfig().system_prompt
_LENGTH: Final = "max_tokens"


@dataclass(frozen=True, slots=True)
class Overrides:
    """What was asked for on the command line, or by a template."""

    model: str = ""
    """The model, by its name in the configuration or at its server; empty: the default."""
    system: str | None = None
    """The system prompt; None: as configured."""
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    """Fields of each request to the model, such as `temperature`."""
    model_before: str = ""
    """The model that answered before, if none is asked for: it answers if it is still there."""


def options_of(written: Sequence[str]) -> dict[str, JsonValue]:
    """Return options that were written as `name=value`; a value that is JSON is taken as such.

    Raises:
        UsageError: when one has no name or no value.
    """
    found: dict[str, JsonValue] = {}
    for one in written:
        name, equals, value = one.partition("=")
        if not name.strip() or not equals:
            raise UsageError(f"-o {one}: write -o NAME VALUE, such as -o temperature 0.2")
        try:
            found[name.strip()] = json.loads(value)
        except ValueError:
            found[name.strip()] = value
    return found


def overridden(choice: AgentChoice, wanted: Overrides) -> tuple[AgentChoice, str]:
    """Return the choice with what was asked for, and the name of the model that answers.

    An agent of one's own has no models, no system prompt and no options that could be changed.

    Raises:
        UsageError: when the model is not known, or an option is none.
    """
    if choice.agent:
        if wanted.system is not None or wanted.options:
            raise UsageError("an agent of your own (--agent) takes no -s and no -o")
        return choice, wanted.model
    config, name = _of_model(choice, wanted.model or _still_there(choice, wanted.model_before))
    system = wanted.system
    if system is None and config.provider.system_prompt == _BOTS_OWN:
        system = SYSTEM_PROMPT
    if system is not None:
        config = config.model_copy(
            update={"provider": config.provider.model_copy(update={"system_prompt": system})}
        )
    if wanted.options:
        config = _with_options(config, name, wanted.options)
    return replace(choice, config=config), name


def _of_model(choice: AgentChoice, wanted: str) -> tuple[GatewayConfig, str]:
    """Return the configuration that has the wanted model, and the model's name in it."""
    config, known = choice.config, choice.config.all_models
    if not wanted or wanted in known:
        return config, wanted or DEFAULT_MODEL
    for name, model in known.items():
        if model.model == wanted:
            return config, name
    if choice.is_any_model:
        provider = config.provider.model_copy(update={"model": wanted})
        return config.model_copy(update={"provider": provider}), DEFAULT_MODEL
    near = did_you_mean(wanted, [*known, *(model.model for model in known.values())])
    listed = ", ".join(f"{name} ({model.model})" for name, model in known.items())
    raise UsageError(f"no model is called {wanted!r}{near}; there are: {listed}")


def _still_there(choice: AgentChoice, before: str) -> str:
    """Return the model that answered before; empty if it is not known any more."""
    models = choice.config.all_models
    names = {*models, *(model.model for model in models.values())}
    return before if before in names or choice.is_any_model else ""


def _with_options(
    config: GatewayConfig, name: str, options: Mapping[str, JsonValue]
) -> GatewayConfig:
    """Return the configuration in which a model is asked with `options`, too."""
    model: ModelConfig = config.all_models[name]
    rest = {key: value for key, value in options.items() if key != _LENGTH}
    update: dict[str, object] = {"parameters": {**model.parameters, **rest}}
    if (length := options.get(_LENGTH)) is not None:
        if not isinstance(length, int) or isinstance(length, bool) or length < 1:
            raise UsageError(f"-o {_LENGTH} {length}: write a whole number, 1 or more")
        update[_LENGTH] = length
    changed = model.model_copy(update=update)
    if name == DEFAULT_MODEL:
        return config.model_copy(update={"provider": changed})
    return config.model_copy(update={"models": {**config.models, name: changed}})
