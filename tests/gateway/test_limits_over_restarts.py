"""A gateway that is started again honours what its chats asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from databases import database_in
from gateway_stage import ANNA, PRIVATE, FakeChannel, GatedAgent

from tickertape.delivery.actions import Post, Throttled
from tickertape.events import Finished, TextDelta
from tickertape.gateway.access import Access
from tickertape.gateway.loop import Gateway
from tickertape.gateway.storage.store import ConversationStore

pytestmark = pytest.mark.anyio


async def test_a_long_ban_is_honoured_over_a_restart(tmp_path: Path) -> None:
    """What was refused for hours is not tried again by the next process."""
    url = database_in(tmp_path)
    for attempts in (1, 0):
        store = await ConversationStore.open(url)
        channel, agent, asked = FakeChannel(), GatedAgent(), asyncio.Event()
        channel.script.append(Throttled(9_000.0))
        channel.on_action = lambda _, asked=asked: asked.set()
        gateway = Gateway(
            {PRIVATE.channel: channel}, agent, store, Access(frozenset({ANNA.id})), grace=0.3
        )
        run = asyncio.create_task(gateway.run())
        channel.write("hi")
        _, say = await agent.turn()
        say(TextDelta("hello"))
        say(Finished())
        async with asyncio.timeout(10):
            if attempts:
                await asked.wait()
            gateway.stop()
            await run
        assert sum(isinstance(action, Post) for action in channel.actions) == attempts
        assert channel.texts(PRIVATE) == []
        await store.aclose()
