"""One line of the log that says what runs, as soon as all of it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from itertools import repeat
from typing import Final

from tickertape.cli.serving.plan import database_of, models_of, webhooks_of
from tickertape.gateway.app import GatewayParts
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.ports import Channel

__all__ = ["tell_when_running"]

_LOG = logging.getLogger(__name__)

# Seconds after which the line comes even if a channel or a server of tools has not answered yet: as
# long as a call to Telegram may take.
_PATIENCE: Final = 10.0


async def tell_when_running(parts: GatewayParts, config: GatewayConfig, agent: str) -> None:
    """Log what runs: channels with the names of their bots, models, tools, database, people.

    Args:
        parts: the gateway, which runs.
        config: its configuration.
        agent: an agent of the operator's, which answers instead of the models; empty: none.
    """
    tools = parts.tools
    # Of several processes one reads a channel: only that one learns the name of its bot.
    asked = parts.channels.values() if parts.fleet is None else ()
    _, *names = await asyncio.gather(
        asyncio.wait(tools.openings, timeout=_PATIENCE) if tools and tools.openings else _nothing(),
        *(_name_of(channel) for channel in asked),
    )
    fields = {
        "channels": ", ".join(map(_told, parts.channels, names or repeat(""))),
        **({"role": parts.fleet.role} if parts.fleet is not None else {}),
        **webhooks_of(config),
        **models_of(config, agent),
        **({"tools": len(tools.present())} if tools else {}),
        "database": database_of(config),
        "people": len({*config.access.allow, *config.access.admins}),
        **_missing(parts, config),
    }
    _LOG.info("running", extra=fields)


async def _nothing() -> None:
    """Return at once."""


async def _name_of(channel: Channel) -> str | None:
    """Return what people call the bot; empty if channels of its type do not say; None: not yet."""
    if (known_as := getattr(channel, "known_as", None)) is None:
        return ""
    known: Awaitable[str] = known_as()
    try:
        async with asyncio.timeout(_PATIENCE):
            return await known
    except TimeoutError:
        return None


def _told(name: str, bot: object) -> str:
    if bot is None:
        return f"{name} (not reached yet)"
    return f"{name} ({bot})" if bot else name


def _missing(parts: GatewayParts, config: GatewayConfig) -> Mapping[str, object]:
    missing = [name for name in config.all_channels if name not in parts.channels]
    return {"not_opened": ", ".join(missing)} if missing else {}
