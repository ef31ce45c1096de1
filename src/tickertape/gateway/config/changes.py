"""What differs between the running configuration and a file that was read again, purely.

Only what `RELOADABLE` lists changes in a running gateway; every other key needs a restart, also one
that a later version adds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from tickertape.delivery.streaming import StreamingConfig
from tickertape.gateway.config.channel_config import ChannelConfig
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.refusals import dotted

__all__ = ["OF_MODELS", "RELOADABLE", "Changes", "changes_of", "merged"]

OF_MODELS: Final = ("provider", "models", "fallback")
"""Sections that count only where the configured models answer."""

RELOADABLE: Final = (*OF_MODELS, "access", "gateway", "streaming", "speech.always")
"""Sections, and keys of sections, that a running gateway can change."""

_UNUSED_BY_AN_OWN_AGENT: Final = (*OF_MODELS, "tools")


@dataclass(frozen=True, slots=True)
class Changes:
    """The dotted keys whose values differ."""

    applied: tuple[str, ...] = ()
    """Those that a running gateway changes."""
    waiting: tuple[str, ...] = ()
    """Those that need a restart."""


def changes_of(
    running: GatewayConfig, wanted: GatewayConfig, *, own_agent: bool = False
) -> Changes:
    """Return what differs.

    Args:
        running: what the gateway runs with.
        wanted: what the file says.
        own_agent: whether an agent of the operator's answers: then models and tools do not count.
    """
    keys = list(_differences(_plain(running), _plain(wanted), ()))
    if own_agent:
        keys = [key for key in keys if not _is_in(key, _UNUSED_BY_AN_OWN_AGENT)]
    return Changes(
        tuple(key for key in keys if _is_in(key, RELOADABLE)),
        tuple(key for key in keys if not _is_in(key, RELOADABLE)),
    )


def merged(running: GatewayConfig, wanted: GatewayConfig) -> GatewayConfig:
    """Return `running` with all that can be reloaded from `wanted`."""
    updated: dict[str, object] = {}
    for path in RELOADABLE:
        section, _, key = path.partition(".")
        value = getattr(wanted, section)
        if key:
            value = getattr(running, section).model_copy(update={key: getattr(value, key)})
        updated[section] = value
    return running.model_copy(update=updated)


def _is_in(key: str, paths: tuple[str, ...]) -> bool:
    return any(key == path or key.startswith((f"{path}.", f"{path}[")) for path in paths)


def _plain(config: GatewayConfig) -> dict[str, object]:
    """Return the sections as plain values; the channels are those that there are, by their keys."""
    sections = {name: _values(getattr(config, name)) for name in type(config).model_fields}
    channels = {config.section_of_channel(name): one for name, one in config.all_channels.items()}
    told = {"telegram": None, **{key: _values(one) for key, one in channels.items()}}
    return {name: value for name, value in sections.items() if name != "channels"} | told


def _values(section: object) -> object:
    match section:
        case StreamingConfig():
            return section.to_dict()
        case ChannelConfig():
            return {
                "type": section.type,
                **{key: _values(one) for key, one in section.given.items()},
            }
        case BaseModel():
            names = type(section).model_fields
            extra = section.model_extra or {}
            values = {**{name: getattr(section, name) for name in names}, **extra}
            return {name: _values(value) for name, value in values.items()}
        case Mapping():
            return {name: _values(value) for name, value in section.items()}
        case _:
            return section


def _differences(one: object, other: object, at: tuple[str, ...]) -> Iterator[str]:
    """Yield the keys whose values differ; where one of both has no mapping, the key of that."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in dict.fromkeys((*one, *other)):
            yield from _differences(one.get(name), other.get(name), (*at, str(name)))
    elif one != other:
        yield dotted(at)
