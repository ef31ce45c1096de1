"""Opens the channels of a gateway: each by the function that its type names.

A channel that cannot be opened stops no other: the error is logged with its name.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import cast

from tickertape.errors import ConfigError
from tickertape.gateway import commands
from tickertape.gateway.config.channel_config import ChannelConfig, opened_with
from tickertape.gateway.config.loading import Secrets
from tickertape.gateway.config.refusals import Unshown
from tickertape.gateway.reasons import crash_of, failure_of
from tickertape.plugins import Group, find
from tickertape.ports import Channel

__all__ = ["open_channels"]

_LOG = logging.getLogger(__name__)


async def open_channels(
    wanted: Mapping[str, ChannelConfig],
    secrets: Secrets,
    stack: AsyncExitStack,
    custom: Sequence[tuple[str, str]] = (),
) -> dict[str, Channel]:
    """Return the opened channels by their names; of several, those that can be opened.

    Args:
        wanted: their types and settings, by their names.
        secrets: the values of the variables that their settings name.
        stack: closes them at its end.
        custom: names and descriptions of the operator's commands, for the menus.

    Raises:
        ConfigError: when settings, or a type, cannot be used.
        Exception: that of the last channel, when none can be opened.
    """
    channels: dict[str, Channel] = {}
    failed: list[Exception] = []
    for name, config in wanted.items():
        opening = _opening(name, config, secrets)
        try:
            channels[name] = opening()
        except ConfigError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a package raises costs its own channel
            failed.append(error)
            told = "a channel cannot be opened: fix the error and restart to use it"
            _LOG.error(told, extra={"channel": name, **failure_of(error)})
        else:
            stack.push_async_callback(_close, channels[name])
            _offer_commands(name, channels[name], (*commands.COMMANDS, *custom), stack)
    if not channels:
        raise failed[-1]
    return channels


def _opening(name: str, config: ChannelConfig, secrets: Secrets) -> Callable[[], Channel]:
    """Return the function that opens a channel, bound to its settings.

    Raises:
        ConfigError: when the type cannot be imported, or does not take the settings.
    """
    key = f"channels.{name}"
    opener = find(Group.CHANNELS, config.type, key=f"{key}.type").load(key=f"{key}.type")
    settings = opened_with(config.given, secrets.value_of)
    try:
        # What is refused here says the names of settings, and never a value.
        inspect.signature(cast("Callable[..., Channel]", opener)).bind(name=name, **settings)
    except TypeError as error:
        allowed = f"settings that the type {config.type} takes ({error})"
        raise ConfigError(key, Unshown("a mapping"), allowed) from None
    return partial(cast("Callable[..., Channel]", opener), name=name, **settings)


async def _close(channel: Channel) -> None:
    if (aclose := getattr(channel, "aclose", None)) is not None:
        await aclose()


def _offer_commands(
    name: str, channel: Channel, menu: Sequence[tuple[str, str]], stack: AsyncExitStack
) -> None:
    """Start filling the channel's menu of commands, where it has one.

    In a task of its own: a server that does not answer holds up neither the start nor the other
    channels.
    """
    if (offer := getattr(channel, "set_commands", None)) is None:
        return

    async def fill() -> None:
        try:
            await offer(menu)
        except Exception as error:  # noqa: BLE001 - whatever a channel raises
            told = "the menu of commands was not set"
            _LOG.warning(told, extra={"channel": name, **crash_of(error)})

    filling = asyncio.create_task(fill())

    async def leave() -> None:
        filling.cancel()
        await asyncio.wait({filling})

    stack.push_async_callback(leave)
