"""`tickertape serve`: the gateway for operators."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tickertape.cli import logs
from tickertape.cli.config_file import need_config
from tickertape.cli.garbage import collect_in_silence, look_briefly
from tickertape.cli.imports import gc_paused
from tickertape.cli.serving.plan import plan_of
from tickertape.cli.signals import reloading, stopping
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, load, secrets
from tickertape.gateway.fleet.role import ProcessRole

if TYPE_CHECKING:
    from tickertape.cli.serving.reload import Hide
    from tickertape.gateway.loop import Gateway
    from tickertape.ports import Agent

__all__ = ["serve"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Start:
    """What the command line said."""

    path: Path
    """The configuration."""
    agent: str = ""
    """An agent that answers instead of the configured models, as `module:object`; empty: none."""
    outlives_terminal: bool = False
    """Whether the gateway goes on when its terminal goes away."""
    role: ProcessRole = ProcessRole.ALL
    """What the process does, where several answer together."""


def serve(
    config: Path | None,
    agent: str = "",
    *,
    outlives_terminal: bool = False,
    role: ProcessRole = ProcessRole.ALL,
) -> None:
    """Run the gateway that a file describes, until a signal ends it.

    Args:
        config: the path of the file; None: it is looked for.
        agent: see `Start`.
        outlives_terminal: see `Start`.
        role: see `Start`.

    Raises:
        ConfigError: when something in the file, or the agent, cannot be used.
        TransportError: when the channel cannot go on.
    """
    start = Start(need_config(config, os.environ), agent, outlives_terminal, role)
    settings = load(start.path)
    has_models = not agent and role is not ProcessRole.INTAKE
    found = secrets(settings, os.environ, own_agent=not has_models)
    if agent and not _seems_there(agent):
        _loaded(agent)  # what is not there is refused by one line
    level = logging.getLevelNamesMapping()[settings.log.level.upper()]
    form = settings.log.format
    hide = partial(logs.configure, environ=os.environ, level=level, form=form)
    hide(found.values)
    # What comes next takes seconds on a small machine.
    fields = {"version": version("tickertape"), "config": str(start.path.absolute())}
    _LOG.info("starting", extra={**fields, **plan_of(settings, agent)})
    own = _loaded(agent) if agent else None
    asyncio.run(_serve(start, settings, found, own, hide))


def _seems_there(agent: str) -> bool:
    """Return whether the module of an agent can be found; nothing is imported."""
    module, colon, _ = agent.partition(":")
    top = module.partition(".")[0]
    if not colon or not top:
        return False
    return find_spec(top) is not None or Path(f"{top}.py").is_file() or Path(top).is_dir()


def _loaded(agent: str) -> Agent:
    from tickertape.adapters import load as load_agent  # noqa: PLC0415 - only with --agent

    return load_agent(agent)


async def _serve(
    start: Start, config: GatewayConfig, found: Secrets, own: Agent | None, hide: Hide
) -> None:
    asked, hung_up = asyncio.Event(), asyncio.Event()
    hanging_up = reloading(hung_up.set, asked.set, outlives_terminal=start.outlives_terminal)
    with stopping(asked.set), hanging_up:
        # The gateway brings everything that it is made of: a bad file is refused before.
        with gc_paused():
            from tickertape.cli.serving.reload import reload_when  # noqa: PLC0415
            from tickertape.cli.serving.summary import tell_when_running  # noqa: PLC0415
            from tickertape.gateway.app import assemble  # noqa: PLC0415

        is_lost = True
        while is_lost and not asked.is_set():
            async with assemble(config, found, agent=own, role=start.role) as parts:
                look_briefly()
                gateway = parts.gateway
                with _meanwhile(
                    _stop_when(asked, gateway),
                    collect_in_silence(gateway.is_answering),
                    tell_when_running(parts, config, start.agent),
                    reload_when(hung_up, start.path, parts.reloader, found, hide),
                ):
                    await gateway.run()
            # What other processes took from this one, as it was stopped for seconds, is theirs.
            is_lost = parts.fleet is not None and parts.fleet.is_lost


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
