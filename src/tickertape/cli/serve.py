"""`tickertape serve`: the gateway for operators."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from tickertape.cli import logs
from tickertape.cli.config_file import need_config
from tickertape.cli.garbage import collect_in_silence, look_briefly
from tickertape.cli.imports import gc_paused
from tickertape.cli.serving.plan import plan_of
from tickertape.cli.signals import hangups_ignored, reloading, stopping
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, load, secrets

if TYPE_CHECKING:
    from tickertape.gateway.loop import Gateway
    from tickertape.ports import Agent

__all__ = ["serve"]

_LOG = logging.getLogger(__name__)


def serve(config: Path | None, agent: str = "") -> None:
    """Run the gateway that a file describes, until a signal ends it.

    Args:
        config: the path of the file; None: it is looked for.
        agent: answers instead of the configured models, as `module:object`; empty: they answer.

    Raises:
        ConfigError: when something in the file, or the agent, cannot be used.
        TransportError: when the channel cannot go on.
    """
    hangups_ignored()
    path = need_config(config, os.environ)
    settings = load(path)
    found = secrets(settings, os.environ, own_agent=bool(agent))
    logs.configure(found.values, environ=os.environ)
    own = _loaded(agent) if agent else None
    # What comes next takes seconds on a small machine.
    started = {"version": version("tickertape"), "config": str(path.absolute())}
    _LOG.info("starting", extra={**started, **plan_of(settings, agent)})
    asyncio.run(_serve(path, settings, found, agent, own))


def _loaded(agent: str) -> Agent:
    from tickertape.adapters import load as load_agent  # noqa: PLC0415 - only with --agent

    return load_agent(agent)


async def _serve(
    path: Path, config: GatewayConfig, found: Secrets, agent: str, own: Agent | None
) -> None:
    asked, hung_up = asyncio.Event(), asyncio.Event()
    with stopping(asked.set), reloading(hung_up.set, asked.set):
        # The gateway brings everything that it is made of: a bad file is refused before.
        with gc_paused():
            from tickertape.cli.serving.reload import reload_when  # noqa: PLC0415
            from tickertape.cli.serving.summary import tell_when_running  # noqa: PLC0415
            from tickertape.gateway.app import assemble  # noqa: PLC0415

        async with assemble(config, found, agent=own) as parts:
            look_briefly()
            gateway = parts.gateway
            with _meanwhile(
                _stop_when(asked, gateway),
                collect_in_silence(gateway.is_answering),
                tell_when_running(parts, config, agent),
                reload_when(hung_up, path, parts.reloader, found),
            ):
                await gateway.run()


@contextmanager
def _meanwhile(*works: Coroutine[object, object, None]) -> Iterator[None]:
    """Do other work, each in a task of its own, as long as the block runs."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


async def _stop_when(asked: asyncio.Event, gateway: Gateway) -> None:
    await asked.wait()
    gateway.stop()
