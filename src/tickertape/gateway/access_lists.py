"""The access lists of the operator's file, purely."""

from __future__ import annotations

from collections.abc import Mapping

from tickertape.gateway.access import Access, channel_of
from tickertape.gateway.config.channel_config import ChannelConfig
from tickertape.gateway.config.sections import AccessConfig

__all__ = ["access_of", "advice_on", "listed_in"]


def access_of(config: AccessConfig) -> Access:
    """Return the access list of a configuration."""
    return Access(
        frozenset(config.allow),
        admins=frozenset(config.admins),
        groups=frozenset(config.groups),
        pairing=config.pairing,
    )


def listed_in(config: AccessConfig) -> dict[str, tuple[str, ...]]:
    """Return the lists of a configuration, by their keys in the section `access`."""
    return {"allow": config.allow, "admins": config.admins, "groups": config.groups}


def advice_on(entry: str, channels: Mapping[str, ChannelConfig]) -> str:
    """Return how to correct an entry that admits no one; empty if it may admit one.

    Args:
        entry: an id, bare or behind the name of its channel.
        channels: the configured channels, by their names.
    """
    name = channel_of(entry)
    if name and name not in channels:
        return f"no channel has the name before the colon; there is {', '.join(channels)}"
    meant = [channels[name]] if name else channels.values()
    id_ = entry.removeprefix(f"{name}:")
    forms = [channel.kind.ids for channel in meant]
    told = [form.allowed for form in forms if form and not form.pattern.fullmatch(id_)]
    return told[0] if len(told) == len(forms) else ""
