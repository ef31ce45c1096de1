"""`tickertape demo`: everything at once, without keys or accounts.

Here are the beginnings that can be refused or take long: who may talk to the bot, and the model.
What is heavy to import is in `tickertape.cli.demo.stage`, and is imported while the model loads.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import platformdirs

from tickertape.cli import logs
from tickertape.errors import ConfigError, ModelUnavailableError
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, secrets
from tickertape.gateway.config.sections import AccessConfig, ProviderConfig, StorageConfig
from tickertape.local.server import LocalServer
from tickertape.local.store import ModelStore

__all__ = ["demo"]

_STAGE = "tickertape.cli.demo.stage"


def demo(port: int, *, scripted: bool) -> None:
    """Run the demo until a signal ends it.

    Raises:
        ConfigError: when the real Telegram is asked for, and `access.allow` is empty.
        TransportError: when no port is free, or Telegram does not know the token.
    """
    real = _real_telegram(os.environ)
    hidden = real[1].values if real is not None else ()
    logs.configure(hidden, environ=os.environ, level=logging.WARNING)
    asyncio.run(_demo(port, None if scripted else _model_file(), real))


def _real_telegram(environ: Mapping[str, str]) -> tuple[GatewayConfig, Secrets] | None:
    """Prepare for the real Telegram, if the environment asks for it."""
    if not environ.get("TELEGRAM_BOT_TOKEN", "").strip():
        return None
    allow = environ.get("TICKERTAPE_ALLOW", "")
    try:
        numbers = tuple(int(part) for part in allow.replace(",", " ").split())
    except ValueError:
        numbers = ()
    if not numbers or 0 in numbers:
        allowed = (
            "the numbers of those who may talk to your bot, with commas between "
            "(TELEGRAM_BOT_TOKEN is set; @userinfobot tells you yours)"
        )
        raise ConfigError("TICKERTAPE_ALLOW", allow, allowed)
    folder = platformdirs.user_cache_path("tickertape", ensure_exists=True)
    config = GatewayConfig(
        provider=ProviderConfig(api_key_env=""),
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
    print(f"No model: {error}. A canned text streams instead.", file=sys.stderr, flush=True)


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
