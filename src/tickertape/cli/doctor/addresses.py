"""Looks whether the gateway can listen at its addresses: each is opened for a moment."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Mapping, Sequence

from tickertape.cli.doctor.findings import Finding, error, ok, warning
from tickertape.gateway.config.channel_types import TelegramConfig
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.storage.sole_user import file_of, is_in_use
from tickertape.listening import Listen, why_not

__all__ = ["address_findings", "addresses_of"]


def addresses_of(config: GatewayConfig) -> Mapping[Listen, str]:
    """Return each address at which a gateway listens, with the key that names it first."""
    found: dict[Listen, str] = {}
    for name, channel in config.all_channels.items():
        settings = channel.settings
        if isinstance(settings, TelegramConfig) and settings.webhook is not None:
            key = f"{config.section_of_channel(name)}.webhook.listen"
            found.setdefault(Listen.of(settings.webhook.listen), key)
    if config.http.address is not None:
        found.setdefault(config.http.address, "http.listen")
    return found


async def address_findings(listen: Listen, key: str, database: str) -> Sequence[Finding]:
    """Return whether the gateway can listen at an address.

    Args:
        listen: the address.
        key: the setting that names it.
        database: the address of the database: one that is in use tells of a gateway that runs.
    """
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(asyncio.Protocol, listen.host, listen.port)
    except OSError as failure:
        is_taken = failure.errno == errno.EADDRINUSE
        if is_taken and is_in_use(database):
            return [ok(key, f"{listen}: a gateway runs, and listens there")]
        why, cure = why_not(failure)
        told = f"{listen}: {why}"
        if is_taken and file_of(database) is None:  # whether a gateway runs is not known
            return [warning(key, told, f"If that is not this gateway, {cure}.")]
        return [error(key, told, f"{cure.capitalize()}.")]
    server.close()
    return [ok(key, f"the gateway can listen at {listen}")]
