"""SIGHUP: reads the configuration again, applies what can be applied, and says what cannot."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeAlias

from tickertape.errors import ConfigError
from tickertape.gateway.access_lists import mistyped_ids
from tickertape.gateway.config.changes import Changes
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, agent_secrets, load
from tickertape.gateway.config.refusals import masked
from tickertape.gateway.reloading import Reloader

__all__ = ["Hide", "reload_when"]

_LOG = logging.getLogger(__name__)

Hide: TypeAlias = Callable[[Collection[str]], None]
"""Keeps these values, and no others, out of every line of the log."""


async def reload_when(
    asked: asyncio.Event, path: Path, reloader: Reloader, secrets: Secrets, hide: Hide
) -> None:
    """Reload the configuration each time that `asked` is set, until this is cancelled.

    Args:
        asked: set when a reload is wanted; cleared here.
        path: the file.
        reloader: changes the gateway.
        secrets: the values that the log redacts so far.
        hide: redacts more of them.
    """
    hidden = set(secrets.values)
    while True:
        await asked.wait()
        asked.clear()
        try:
            # In a thread: words of running answers do not wait for it.
            wanted = await asyncio.to_thread(load, path)
            if not reloader.has_own_agent:
                hidden |= set(agent_secrets(wanted, os.environ).values)
            hide(hidden)
            _tell(await reloader.apply(wanted, os.environ))
            _warn(wanted)
        except ConfigError as error:
            for line in error.lines:
                told = "not reloaded, nothing is changed: fix this and send SIGHUP again"
                _LOG.error(told, extra={"error": line})


def _tell(changes: Changes) -> None:
    _LOG.info("reloaded", extra={"changed": ", ".join(changes.applied) or "nothing"})
    if changes.waiting:
        keys = ", ".join(changes.waiting)
        _LOG.warning("these changes need a restart", extra={"keys": keys})


def _warn(wanted: GatewayConfig) -> None:
    """Warn of entries that admit no one, as a start does."""
    for one in mistyped_ids(wanted):
        _LOG.warning("%s: %s", one.key, one.advice, extra={"id": masked(one.entry)})
