"""`tickertape demo`: everything at once, without keys or accounts.

Here are the beginnings that can be refused or take long: who may talk to the bot, and the model.
What is heavy to import is in `tickertape.cli.demo.stage`, and is imported while the model loads.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import platformdirs

from tickertape.cli import logs
from tickertape.cli.demo.steps import tell
from tickertape.errors import ModelUnavailableError, UsageError
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, secrets
from tickertape.gateway.config.sections import (
    AccessConfig,
    ProviderConfig,
    StorageConfig,
    ToolsConfig,
)
from tickertape.local.server import LocalServer
from tickertape.local.store import ModelStore

__all__ = ["demo"]

_STAGE = "tickertape.cli.demo.stage"


def demo(port: int, *, scripted: bool, is_real: bool = False) -> None:
    """Run the demo until a signal ends it.

    Args:
        port: where the emulator listens; if it is taken, at one of the next.
        scripted: whether a canned text stands in for the model.
        is_real: whether the bot of the environment's token answers, in the real Telegram.

    Raises:
        UsageError: when the real Telegram is asked for without a token, or without people.
        TransportError: when no port is free, or Telegram does not know the token.
    """
    real = _real_telegram(os.environ) if is_real else None
    hidden = real[1].values if real is not None else ()
    logs.configure(hidden, environ=os.environ, level=logging.WARNING)
    if real is None and os.environ.get("TELEGRAM_BOT_TOKEN", "").strip():
        tell("TELEGRAM_BOT_TOKEN is set, and not used here: --real would answer as your bot.")
    asyncio.run(_demo(port, None if scripted else _model_file(), real))


def _real_telegram(environ: Mapping[str, str]) -> tuple[GatewayConfig, Secrets]:
    """Prepare for the real Telegram."""
    if not environ.get("TELEGRAM_BOT_TOKEN", "").strip():
        raise UsageError("set TELEGRAM_BOT_TOKEN: @BotFather gives you the token of your bot")
    allow = environ.get("TICKERTAPE_ALLOW", "")
    try:
        numbers = tuple(int(part) for part in allow.replace(",", " ").split())
    except ValueError:
        numbers = ()
    if not numbers or 0 in numbers:
        raise UsageError(
            "set TICKERTAPE_ALLOW to the user ids of those who may talk to your bot, with commas "
            "between; @userinfobot tells you yours"
        )
    folder = platformdirs.user_cache_path("tickertape", ensure_exists=True)
    config = GatewayConfig(
        provider=ProviderConfig(api_key_env=""),
        tools=ToolsConfig(builtin=()),
        access=AccessConfig(allow=tuple(map(str, numbers))),
        storage=StorageConfig(url=f"sqlite+aiosqlite:///{folder / 'demo.db'}"),
    )
    return config, secrets(config, environ)


def _model_file() -> Path | None:
    try:
        return ModelStore().fetch()
    except ModelUnavailableError as error:
        _do_without(error)
        return None


def _do_without(error: ModelUnavailableError) -> None:
    tell(f"No model: {error}. A canned text streams instead.")


async def _demo(port: int, path: Path | None, real: tuple[GatewayConfig, Secrets] | None) -> None:
    importing = asyncio.create_task(asyncio.to_thread(importlib.import_module, _STAGE))
    async with _model(path) as model:
        stage = await importing
        if real is None:
            await stage.play_emulated(model, port)
        else:
            await stage.play_real(model, *real)


@asynccontextmanager
async def _model(path: Path | None) -> AsyncIterator[LocalServer | None]:
    """Run the model for as long as the block; None where there is none."""
    if path is None:
        yield None
        return
    tell(f"Loading the model ({path.name}) ...")
    server = LocalServer(path)
    try:
        await server.__aenter__()
    except ModelUnavailableError as error:
        _do_without(error)
        yield None
        return
    try:
        yield server
    finally:
        await server.__aexit__(None, None, None)
