"""A whole gateway over HTTP: the emulated Telegram, a person at its page, a scripted model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
from databases import database_in

from tickertape.emulator.scene import CHANNEL, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.gateway.app import build
from tickertape.gateway.config.channel_types import TelegramConfig
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets
from tickertape.gateway.config.sections import AccessConfig, ProviderConfig, StorageConfig
from tickertape.gateway.loop import Gateway
from tickertape.ports import Agent
from tickertape.testing.model_script import ScriptedAnswer, Stall
from tickertape.testing.model_server import ModelServer

STOPPED = "⏹ Stopped."
QUICK = ScriptedAnswer(pieces=("An answer", " in two pieces."))
# Says its first words at once, and then nothing for longer than any test lasts.
ENDLESS = ScriptedAnswer(pieces=("Once upon a time", " ..."), fault=Stall(after=1))
SECRETS = Secrets({"TELEGRAM_BOT_TOKEN": TOKEN, "KEY": "sk-tape"})
NO_MODEL = "http://127.0.0.1:9/v1"


@dataclass
class Reader:
    """A person at the emulator's page: writes, presses, and waits for what the chat shows."""

    http: httpx.AsyncClient
    """The page's connection."""
    frames: dict[int, list[str]] = field(default_factory=dict)
    """Every text that a draft had, by chat."""

    async def write(self, chat_id: int, text: str, **more: object) -> None:
        """Write a message."""
        answer = await self.http.post("/view/send", json={"chat_id": chat_id, "text": text, **more})
        answer.raise_for_status()

    async def press_stop(self, chat_id: int, draft_id: int) -> None:
        """Press the stop button under a draft."""
        body = {"chat_id": chat_id, "draft_id": draft_id}
        (await self.http.post("/view/stop", json=body)).raise_for_status()

    async def press_button(self, chat_id: int, message_id: int, data: str, **more: object) -> None:
        """Press a button under a message."""
        body = {"chat_id": chat_id, "message_id": message_id, "data": data, **more}
        (await self.http.post("/view/press", json=body)).raise_for_status()

    async def screen(self, chat_id: int) -> dict[str, Any]:
        """Read what the chat shows."""
        answer = await self.http.get(f"/view/chats/{chat_id}")
        answer.raise_for_status()
        shown: dict[str, Any] = answer.json()
        return shown

    async def until(self, chat_id: int, seen: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the chat shows what `seen` looks for; look again at each change."""
        async with (
            asyncio.timeout(20),
            self.http.stream("GET", "/view/events", params={"since": 0}) as events,
        ):
            if seen(shown := await self.screen(chat_id)):
                return shown
            async for line in events.aiter_lines():
                if not line.startswith("data:"):
                    continue
                event = json.loads(line.removeprefix("data:"))
                if event["type"] == "draft":
                    draft = event["draft"]
                    self.frames.setdefault(draft["chat_id"], []).append(draft["text"])
                if event["type"] in ("message", "draft", "draft_gone") and seen(
                    shown := await self.screen(chat_id)
                ):
                    return shown
        raise AssertionError("the stream of events ended")

    async def answers(self, chat_id: int, *texts: str) -> list[dict[str, Any]]:
        """Wait until the bot's messages in the chat are exactly `texts`."""
        shown = await self.until(chat_id, lambda screen: said_by_bot(screen) == list(texts))
        return [message for message in shown["messages"] if message["from"]["is_bot"]]


def texts_of(screen: dict[str, Any]) -> list[str]:
    """Give the texts of all messages."""
    return [message["text"] for message in screen["messages"]]


def said_by_bot(screen: dict[str, Any]) -> list[str]:
    """Give the texts of the bot's messages."""
    return [m["text"] for m in screen["messages"] if m["from"]["is_bot"]]


@asynccontextmanager
async def serving(
    emulator: EmulatorServer, folder: Path, model: ModelServer, **more: object
) -> AsyncIterator[Gateway]:
    """Run the gateway for you and the channel, and stop it at the end."""
    async with served(configured(emulator, folder, model.base_url, **more)) as gateway:
        yield gateway


@asynccontextmanager
async def served(config: GatewayConfig, agent: Agent | None = None) -> AsyncIterator[Gateway]:
    """Run a gateway as `config` says, and stop it at the end."""
    async with build(config, SECRETS, agent=agent) as gateway:
        task = asyncio.create_task(gateway.run())
        try:
            yield gateway
        finally:
            gateway.stop()
            async with asyncio.timeout(20):
                await task


def configured(
    emulator: EmulatorServer, folder: Path, base_url: str, **more: object
) -> GatewayConfig:
    """Make a configuration whose model is at `base_url`."""
    config = GatewayConfig(
        provider=ProviderConfig(base_url=base_url, api_key_env="KEY", system_prompt="be kind"),
        telegram=TelegramConfig(api_base=emulator.url),
        access=AccessConfig(allow=(str(YOU), str(CHANNEL))),
        storage=StorageConfig(url=database_in(folder)),
    )
    return config.model_copy(update=more)


def asked(model: ModelServer) -> list[list[str]]:
    """Give what was said in each conversation that a Chat Completions server was asked about."""
    bodies = [cast("dict[str, Any]", request.body) for request in model.requests]
    return [[message["content"] for message in body["messages"]] for body in bodies]
