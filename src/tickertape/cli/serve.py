"""`tickertape serve`: the gateway for operators."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tickertape.cli import logs
from tickertape.cli.garbage import collect_in_silence, look_briefly
from tickertape.cli.imports import gc_paused
from tickertape.cli.signals import stopping
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, load, secrets

if TYPE_CHECKING:
    from tickertape.gateway.loop import Gateway
    from tickertape.ports import Agent

__all__ = ["serve"]


def serve(path: Path, agent: str = "") -> None:
    """Run the gateway that the file at `path` describes, until a signal ends it.

    Raises:
        ConfigError: when something in the file, or the agent, cannot be used.
        TransportError: when the channel cannot go on.
    """
    config = load(path)
    found = secrets(config, os.environ, own_agent=bool(agent))
    logs.configure(found.values, environ=os.environ)
    asyncio.run(_serve(config, found, _loaded(agent) if agent else None))


def _loaded(agent: str) -> Agent:
    from tickertape.adapters import load as load_agent  # noqa: PLC0415 - only with --agent

    return load_agent(agent)


async def _serve(config: GatewayConfig, found: Secrets, agent: Agent | None) -> None:
    # The gateway brings everything that it is made of: a bad file is refused before.
    with gc_paused():
        from tickertape.gateway.app import build  # noqa: PLC0415

    asked = asyncio.Event()
    with stopping(asked.set):
        async with build(config, found, agent=agent) as gateway:
            look_briefly()
            halting = asyncio.create_task(_stop_when(asked, gateway))
            tidying = asyncio.create_task(collect_in_silence(gateway.is_answering))
            try:
                await gateway.run()
            finally:
                halting.cancel()
                tidying.cancel()


async def _stop_when(asked: asyncio.Event, gateway: Gateway) -> None:
    await asked.wait()
    gateway.stop()
