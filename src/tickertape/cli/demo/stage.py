"""Where the demo plays: a model or its stand-in, a Telegram, and the gateway between them."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from contextlib import AsyncExitStack, suppress
from typing import Any

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.cli.demo.canned import TEXT
from tickertape.cli.demo.steps import tell
from tickertape.cli.embedded import KEY, embedded
from tickertape.cli.signals import stopping
from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.scene import BEN, CHANNEL, TOKEN, YOU
from tickertape.emulator.server import AddressError, EmulatorServer
from tickertape.errors import TransportError
from tickertape.gateway.agent import warm
from tickertape.gateway.app import GatewayParts, assemble
from tickertape.gateway.config.channel_types import TelegramConfig
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets
from tickertape.gateway.config.sections import (
    AccessConfig,
    ProviderConfig,
    StorageConfig,
    ToolsConfig,
)
from tickertape.gateway.settings import DEFAULT_MODEL
from tickertape.local.model import DEMO_PROMPT, MAX_TOKENS
from tickertape.local.server import LocalServer
from tickertape.testing.providers import ScriptedProvider

__all__ = ["play_emulated", "play_real"]

log = logging.getLogger(__name__)

# Tokens of a conversation with its answer: of the 4,096 that each of two answers at once has. It
# leaves the history under 3,000 next to the answer's 512, the system's words and two tools: a
# prompt of 2,000 takes the model 15 to 34 s to read when nothing of it is known
# (Qwen2.5-Coder-0.5B-Instruct on two cores, November 2026).
_WINDOW = 3_800
# Ports that are tried after the wanted one, when that is taken.
_NEXT_PORTS = 20
# What the small model makes on two cores, about.
_TOKENS_PER_SECOND = 25.0


async def play_emulated(model: LocalServer | None, port: int) -> None:
    """Run in the emulator until a signal comes; its people and its channel may talk to the bot.

    Raises:
        TransportError: when no port is free.
    """
    async with AsyncExitStack() as stack:
        emulator = await _open_emulator(stack, port)
        tell(f"Started a Telegram of its own at {emulator.url}.")
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tickertape-"))
        config = GatewayConfig(
            provider=ProviderConfig(api_key_env=""),
            tools=ToolsConfig(builtin=()),  # the small model calls them for a joke, too
            telegram=TelegramConfig(api_base=emulator.url),
            access=AccessConfig(allow=(str(YOU), str(BEN), str(CHANNEL))),
            streaming=StreamingConfig(rich="auto"),
            storage=StorageConfig(url=f"sqlite+aiosqlite:///{folder}/demo.db"),
        )
        await _play(model, config, Secrets({config.telegram.token_env: TOKEN}), emulator.url)


async def play_real(model: LocalServer | None, config: GatewayConfig, secrets: Secrets) -> None:
    """Run in the real Telegram until a signal comes.

    Raises:
        TransportError: when Telegram does not know the token.
    """
    await _play(model, config, secrets, None)


async def _play(
    model: LocalServer | None, config: GatewayConfig, secrets: Secrets, address: str | None
) -> None:
    """Run the bot until a signal comes; tell where it can be written to.

    Args:
        model: what answers; None: the canned text.
        config: the rest of the configuration.
        secrets: the values of the variables that `config` names.
        address: the page; None: the bot is at Telegram's own.
    """
    agent = None
    if model is None:
        provider = ScriptedProvider.from_text(TEXT, tokens_per_second=_TOKENS_PER_SECOND)
        agent = ModelAgent([Model(DEFAULT_MODEL, provider)])
    else:
        small = embedded(model, window=_WINDOW, answer=MAX_TOKENS)
        small = small.model_copy(update={"system_prompt": DEMO_PROMPT})
        config = config.model_copy(update={"provider": small})
        secrets = Secrets({**secrets.variables, KEY: model.api_key})
    tell("Starting the bot ...")
    async with assemble(config, secrets, agent=agent) as parts:
        gateway, asked = parts.gateway, asyncio.Event()

        def end() -> None:
            asked.set()
            gateway.stop()

        with stopping(end):
            if agent is None:
                tell("The model reads its instructions; on a slow machine this takes a minute ...")
                await _warmed(config, secrets, asked)
            telling = asyncio.create_task(_tell_address(parts, address, asked))
            await gateway.run()
            telling.cancel()


async def _tell_address(parts: GatewayParts, address: str | None, asked: asyncio.Event) -> None:
    """Print where the bot can be written to: of a real one, when it was reached."""
    if address is None:
        channel: Any = next(iter(parts.channels.values()))
        address = f"https://t.me/{(await channel.known_as()).removeprefix('@')}"
    if not asked.is_set():
        print(f"Tickertape demo: {address}  (Ctrl-C ends it)", flush=True)


async def _warmed(config: GatewayConfig, secrets: Secrets, asked: asyncio.Event) -> None:
    """Warm the model, which may take minutes, unless the end is requested before."""
    warming = asyncio.create_task(warm(config, secrets))
    ending = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({warming, ending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        warming.cancel()
        ending.cancel()
        await asyncio.wait({warming, ending})
    if not warming.cancelled() and (failed := warming.result()) is not None:
        log.warning("the model was not warmed", extra={"error": str(failed.error)})


async def _open_emulator(stack: AsyncExitStack, port: int) -> EmulatorServer:
    """Start the emulator at `port`, or at the next port that is free."""
    last = min(port + _NEXT_PORTS, 65_535)
    for number in range(port, last):
        with suppress(AddressError):
            return await stack.enter_async_context(EmulatorServer(port=number))
        tell(f"Port {number} is in use; trying {number + 1}.")
    try:
        return await stack.enter_async_context(EmulatorServer(port=last))
    except AddressError as error:
        raise TransportError(str(error)) from None
