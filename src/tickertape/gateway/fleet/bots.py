"""What tells the bots of a fleet apart: a channel has the same one in every process.

The name of a channel is part of the address of each of its chats. Two processes that give one name
to two bots would answer in each other's chats.
"""

from __future__ import annotations

import hashlib

from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, identity_of

__all__ = ["bots_of"]


def bots_of(config: GatewayConfig, secrets: Secrets) -> dict[str, str]:
    """Return a mark of the bot of each channel, by its name; a token cannot be read from it.

    Channels whose bots cannot be told apart are left out.
    """
    known = {
        name: identity_of(channel, secrets.variables)
        for name, channel in config.all_channels.items()
    }
    return {name: _mark(identity) for name, identity in known.items() if identity}


def _mark(identity: tuple[object, ...]) -> str:
    return hashlib.sha256(repr(identity).encode()).hexdigest()
