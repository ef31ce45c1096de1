"""Where the demo plays: a model or its stand-in, a Telegram, and the gateway between them."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from tickertape.cli.canned import TEXT
from tickertape.cli.signals import stopping
from tickertape.emulator.scene import BEN, CHANNEL, TOKEN, YOU
from tickertape.emulator.server import AddressError, EmulatorServer
from tickertape.errors import TransportError
from tickertape.gateway.app import build
from tickertape.gateway.config import (
    AccessConfig,
    GatewayConfig,
    ProviderConfig,
    Secrets,
    StorageConfig,
    TelegramConfig,
)
from tickertape.local.model import MAX_TOKENS, SYSTEM_PROMPT
from tickertape.local.server import LocalServer
from tickertape.ports import Provider
from tickertape.providers.client import ChatCompletionsProvider
from tickertape.testing.providers import ScriptedProvider

__all__ = ["play_emulated", "play_real"]

# Ports that are tried after the wanted one, when that is taken.
_NEXT_PORTS = 20
# What the small model makes on two cores, about.
_TOKENS_PER_SECOND = 25.0


async def play_emulated(model: LocalServer | None, port: int) -> None:
    """Play in the emulator until a signal comes; its people and its channel may talk to the bot.

    Args:
        model: what answers; a canned text where None.
        port: where the page is; the next free one if it is taken.

    Raises:
        TransportError: when no port is free.
    """
    async with AsyncExitStack() as stack:
        emulator = await _open_emulator(stack, port)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tickertape-"))
        config = GatewayConfig(
            provider=ProviderConfig(api_key_env="", system_prompt=SYSTEM_PROMPT),
            telegram=TelegramConfig(api_base=emulator.url),
            access=AccessConfig(allow=(YOU, BEN, CHANNEL)),
            storage=StorageConfig(url=f"sqlite+aiosqlite:///{folder}/demo.db"),
        )
        await _play(model, config, Secrets(api_key="", token=TOKEN), emulator.url)


async def play_real(model: LocalServer | None, config: GatewayConfig, secrets: Secrets) -> None:
    """Play in the real Telegram until a signal comes.

    Args:
        model: what answers; a canned text where None.
        config: how the gateway is built.
        secrets: the bot's token.

    Raises:
        TransportError: when Telegram does not know the token.
    """
    await _play(model, config, secrets, "https://t.me - write to your bot")


async def _play(
    model: LocalServer | None, config: GatewayConfig, secrets: Secrets, address: str
) -> None:
    async with (
        _provider(model) as provider,
        build(config, secrets, provider=provider) as gateway,
    ):
        with stopping(gateway.stop):
            print(f"Tickertape demo: {address}  (Ctrl-C ends it)", flush=True)
            await gateway.run()


@asynccontextmanager
async def _provider(model: LocalServer | None) -> AsyncIterator[Provider]:
    if model is None:
        yield ScriptedProvider.from_text(TEXT, tokens_per_second=_TOKENS_PER_SECOND)
        return
    provider = ChatCompletionsProvider(
        base_url=model.base_url,
        api_key=model.api_key,
        model=model.model,
        parameters={"max_tokens": MAX_TOKENS},
    )
    try:
        yield provider
    finally:
        await provider.aclose()


async def _open_emulator(stack: AsyncExitStack, port: int) -> EmulatorServer:
    """Start the emulator at `port`, or at the next port that is free."""
    last = min(port + _NEXT_PORTS, 65_535)
    for number in range(port, last):
        with suppress(AddressError):
            return await stack.enter_async_context(EmulatorServer(port=number))
    try:
        return await stack.enter_async_context(EmulatorServer(port=last))
    except AddressError as error:
        raise TransportError(str(error)) from None
