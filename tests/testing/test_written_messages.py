"""What people write comes in from Telegram as the conformance suite demands of every channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

import pytest

from tickertape.channels.telegram import TelegramTransport
from tickertape.chat import Address, ChatKind, Message
from tickertape.emulator.scene import CHANNEL, FORUM, GROUP, IDEAS, SUPERGROUP, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.testing.conformance import Stage, check_key, check_order, check_written_address

pytestmark = pytest.mark.anyio

NAME = "telegram-acme"
PLACES = [
    (YOU, ChatKind.PRIVATE, None),
    (GROUP, ChatKind.GROUP, None),
    (SUPERGROUP, ChatKind.GROUP, None),
    (FORUM, ChatKind.GROUP, IDEAS),
    (CHANNEL, ChatKind.CHANNEL, None),
]


class Phone:
    """A person in one place of an emulated Telegram, and a bot that restarts after each message."""

    def __init__(self, emulator: EmulatorServer, chat_id: int, thread_id: int | None) -> None:
        self._emulator = emulator
        self._chat_id = chat_id
        self._thread_id = thread_id

    def channel(self) -> TelegramTransport:
        """Open the bot's channel by a name of its own."""
        url = self._emulator.url
        return TelegramTransport.open(TOKEN, name=NAME, api_base=url, groups="all")

    async def write(self, text: str) -> Sequence[Message]:
        """Write; return what two programs hear that do not confirm it to the server by then."""
        self._emulator.world.person_writes(
            self._chat_id, text, self._emulator.now(), thread_id=self._thread_id
        )
        async with AsyncExitStack() as stack:
            reports: list[Message] = []
            for _ in range(2):
                channel = self.channel()
                stack.push_async_callback(channel.aclose)  # confirms what it has heard
                reports.append(await _next(channel))
            return reports


async def _next(channel: TelegramTransport) -> Message:
    async with asyncio.timeout(20), aclosing(channel.inbound()) as inbound:
        message = await anext(inbound)
    assert isinstance(message, Message)
    return message


@pytest.mark.parametrize(("chat_id", "kind", "thread_id"), PLACES)
async def test_what_is_written_can_be_told_apart(
    chat_id: int, kind: ChatKind, thread_id: int | None
) -> None:
    """Everywhere: the address that answers go to, a key for each message, and a growing order."""
    thread = None if thread_id is None else str(thread_id)
    address = Address(NAME, str(chat_id), kind, thread)

    @asynccontextmanager
    async def open_stage() -> AsyncIterator[Stage]:
        async with EmulatorServer(port=0) as emulator:
            phone = Phone(emulator, chat_id, thread_id)
            channel = phone.channel()
            yield Stage(channel, address, write=phone.write)
            await channel.aclose()

    for check in (check_written_address, check_key, check_order):
        await check(open_stage)
