"""The access lists of the operator's file, purely."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tickertape.gateway.access import Access, AccessRole, channel_of
from tickertape.gateway.config.channel_config import ChannelConfig
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.sections import AccessConfig

__all__ = ["MistypedId", "access_of", "advice_on", "listed_in", "mistyped_ids"]


@dataclass(frozen=True, slots=True)
class MistypedId:
    """An entry of a list that admits no one, as a person's name where ids are numbers."""

    key: str
    """Where it stands: `access.allow[0]`."""
    entry: str
    """What stands there; perhaps a secret, in the wrong place."""
    advice: str
    """How to correct it."""


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


def mistyped_ids(config: GatewayConfig) -> Iterator[MistypedId]:
    """Yield the entries that admit no one, of all lists of people, in the order of their keys."""
    for key, entries in listed_in(config.access).items():
        yield from _mistyped(f"access.{key}", entries, config)
    for name, command in config.commands.items():
        key = f"commands.{name}.allow"
        yield from _mistyped(key, command.allow, config, roles={AccessRole.ADMIN})


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


def _mistyped(
    key: str, entries: tuple[str, ...], config: GatewayConfig, *, roles: Collection[str] = ()
) -> Iterator[MistypedId]:
    for number, entry in enumerate(entries):
        if entry not in roles and (advice := advice_on(entry, config.all_channels)):
            yield MistypedId(f"{key}[{number}]", entry, advice)
