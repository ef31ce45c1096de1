"""A gateway behind a webhook: real requests come in, a real database keeps them, memory shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from databases import database_in
from gateway_stage import FakeChannel

from tickertape.channels.telegram import TelegramTransport
from tickertape.chat import Address, ChatKind, Inbound, Message
from tickertape.emulator.scene import TOKEN
from tickertape.emulator.server import EmulatorServer
from tickertape.events import Event, Finished, TextDelta
from tickertape.gateway.access import Access
from tickertape.gateway.loop import Gateway
from tickertape.gateway.storage.database_journal import DatabaseJournal
from tickertape.gateway.storage.store import ConversationStore
from tickertape.ports import Turn
from webhook_wire import SECRET, Answer, Wire, free_port, post, update

__all__ = ["Echo", "HeldJournal", "Served", "place", "served"]


def place(chat: int) -> Address:
    """Return the address of a private chat."""
    return Address("telegram", str(chat), ChatKind.PRIVATE)


class Echo:
    """An agent that says what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        """The chats and the texts, in order."""

    async def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Yield the question and the end."""
        self.asked.append((turn.address.chat, turn.text))
        yield TextDelta(f"re: {turn.text}")
        yield Finished()


class HookedChannel(FakeChannel):
    """Hears by a real webhook of Telegram, and shows in memory."""

    def __init__(self, telegram: TelegramTransport) -> None:
        super().__init__()
        self._telegram = telegram

    def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield what is posted to the webhook."""
        return self._telegram.messages()

    def decline(self, inbound: Inbound) -> bool:
        """Decline it as Telegram's channel does."""
        return self._telegram.decline(inbound)


class HeldJournal(DatabaseJournal):
    """A journal that may be held up, or fail, before it takes a message."""

    def __init__(self, store: ConversationStore) -> None:
        super().__init__(store.database)
        self.may_take = asyncio.Event()
        self.may_take.set()
        self.offered = asyncio.Event()
        self.fails: Literal["", "before", "behind"] = ""

    async def take(self, message: Message) -> Message | None:
        """Take a message once it may; fail before it is recorded, or behind that."""
        self.offered.set()
        await self.may_take.wait()
        if self.fails == "before":
            raise OSError("the disk is full")
        taken = await super().take(message)
        if self.fails == "behind":
            raise OSError("the connection is gone")
        return taken


@dataclass
class Served:
    """A gateway that runs."""

    port: int
    """Where its webhook listens."""
    channel: HookedChannel
    """What its people see."""
    agent: Echo
    """What answers."""
    journal: HeldJournal
    """What keeps messages."""
    gateway: Gateway
    """The gateway."""
    run: asyncio.Task[None]
    """It runs as long as this."""

    def posts(self, number: int, text: str, chat: int = 1001) -> asyncio.Task[Answer]:
        """Let Telegram post an update."""
        return asyncio.create_task(Wire.ask(self.port, post(update(number, text, chat))))

    async def comes(self, number: int, text: str, chat: int = 1001) -> None:
        """Let Telegram post an update until it is taken, as it does."""
        while (await self.posts(number, text, chat)).status != 200:
            pass


@asynccontextmanager
async def served(
    emulator: EmulatorServer, folder: Path, agent: Echo, *, chats: frozenset[str]
) -> AsyncIterator[Served]:
    """Run a gateway that answers in `chats`, and stop it at the end."""
    port = free_port()
    hook = {"url": f"http://127.0.0.1:{port}/tape", "listen": f"127.0.0.1:{port}"}
    telegram = TelegramTransport.open(
        TOKEN, api_base=emulator.url, webhook={**hook, "secret": SECRET}
    )
    channel = HookedChannel(telegram)
    store = await ConversationStore.open(database_in(folder))
    journal = HeldJournal(store)
    gateway = Gateway({"telegram": channel}, agent, store, Access(chats), journal=journal)
    run = asyncio.create_task(gateway.run())
    try:
        async with asyncio.timeout(20):
            while emulator.world.bots[0].webhook is None:
                await emulator.changed()
        yield Served(port, channel, agent, journal, gateway, run)
    finally:
        gateway.stop()
        async with asyncio.timeout(20):
            await run
        await telegram.aclose()
        await store.aclose()
