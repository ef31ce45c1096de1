"""`tickertape serve`: the gateway for operators."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tickertape.cli import logs
from tickertape.cli.imports import kept_for_good
from tickertape.cli.signals import stopping
from tickertape.gateway.config import GatewayConfig, Secrets, load, secrets

if TYPE_CHECKING:
    from tickertape.gateway.app import Gateway

__all__ = ["serve"]


def serve(path: Path) -> None:
    """Run the gateway that the file at `path` describes, until a signal ends it.

    Raises:
        ConfigError: when something in the file cannot be used.
        TransportError: when the channel cannot go on.
    """
    config = load(path)
    found = secrets(config, os.environ)
    logs.configure((found.token, found.api_key), environ=os.environ)
    asyncio.run(_serve(config, found))


async def _serve(config: GatewayConfig, found: Secrets) -> None:
    # The gateway brings its adapters, whose imports take seconds: a bad file is refused before.
    with kept_for_good():
        from tickertape.gateway.app import build  # noqa: PLC0415

    asked = asyncio.Event()
    with stopping(asked.set):
        async with build(config, found) as gateway:
            halting = asyncio.create_task(_stop_when(asked, gateway))
            try:
                await gateway.run()
            finally:
                halting.cancel()


async def _stop_when(asked: asyncio.Event, gateway: Gateway) -> None:
    await asked.wait()
    gateway.stop()
