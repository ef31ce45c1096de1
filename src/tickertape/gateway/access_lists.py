"""Checks the entries of `access.allow` against the channels that there are, purely."""

from __future__ import annotations

from collections.abc import Mapping

from tickertape.gateway.access import channel_of
from tickertape.gateway.config.channel_config import ChannelConfig

__all__ = ["advice_on"]


def advice_on(entry: str, channels: Mapping[str, ChannelConfig]) -> str:
    """Return how to correct an entry that admits no one; empty if it may admit one."""
    name = channel_of(entry)
    if name and name not in channels:
        return f"no channel has the name before the colon; there is {', '.join(channels)}"
    meant = [channels[name]] if name else channels.values()
    id_ = entry.removeprefix(f"{name}:")
    forms = [channel.kind.ids for channel in meant]
    told = [form.allowed for form in forms if form and not form.pattern.fullmatch(id_)]
    return told[0] if len(told) == len(forms) else ""
