"""A whole gateway before the emulated Telegram, in one process and in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tickertape.channels.telegram import TelegramTransport
from tickertape.channels.telegram.calls import Answer, ApiCall
from tickertape.channels.telegram.inbound import Groups
from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.chats import Bot as BotAccount
from tickertape.emulator.chats import StoredMessage
from tickertape.emulator.scene import BEN, YOU, furnished_world
from tickertape.emulator.world import World
from tickertape.gateway.access import Access
from tickertape.gateway.loop import Gateway
from tickertape.gateway.storage.memory import PassingMemory
from tickertape.ports import Agent
from tickertape.simulation.network import SimulatedNetwork
from tickertape.simulation.simulated_client import SimulatedClient

__all__ = ["Town", "town"]


class _PatientClient(SimulatedClient):
    """Asks for updates three times a second: a poll does not wait in the world."""

    async def call(self, call: ApiCall, seconds: float) -> Answer:
        """Make one call."""
        if call.method == "getUpdates":
            await asyncio.sleep(0.3)
        return await super().call(call, seconds)


@dataclass
class Town:
    """The world, and the gateway that serves it."""

    world: World
    """The emulated Telegram."""
    memory: PassingMemory
    """What the gateway remembers."""

    @property
    def now(self) -> float:
        """Seconds on the world's clock."""
        return asyncio.get_running_loop().time()

    def bot_says(self, chat_id: int) -> list[str]:
        """Give the texts of the bot's messages in a chat, oldest first."""
        return [message.content.text.text for message in self.messages(chat_id)]

    def messages(self, chat_id: int) -> list[StoredMessage]:
        """Give the bot's messages in a chat, oldest first."""
        shown = self.world.screen(chat_id).messages
        return [message for message in shown if isinstance(message.sender, BotAccount)]

    async def settle(self, seconds: float = 6.0) -> None:
        """Let what was sent be answered."""
        await asyncio.sleep(seconds)


@asynccontextmanager
async def town(
    agent: Agent,
    *,
    groups: Groups = "mention",
    memory: PassingMemory | None = None,
    world: World | None = None,
    allow: frozenset[int] = frozenset({YOU, BEN}),
    streaming: StreamingConfig | None = None,
) -> AsyncIterator[Town]:
    """Run a gateway, and stop it at the end."""
    world = world or furnished_world()
    memory = memory or PassingMemory()
    bot = _PatientClient(SimulatedNetwork(world))
    channel = TelegramTransport(bot, groups=groups, stop_buttons=True)
    gateway = Gateway(
        {"telegram": channel},
        agent,
        memory,
        Access(frozenset(map(str, allow))),
        streaming=streaming,
    )
    task = asyncio.create_task(gateway.run())
    try:
        yield Town(world, memory)
    finally:
        gateway.stop()
        await task
        await channel.aclose()
