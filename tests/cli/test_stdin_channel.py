"""What is typed at a terminal comes in as from every channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tickertape.cli.chat.stdin_channel import HERE, StdinChannel
from tickertape.testing.conformance import ChannelStage, check_source


@pytest.mark.anyio
async def test_it_is_a_source() -> None:
    """To the letter, in order, under keys of their own; nothing comes twice."""

    @asynccontextmanager
    async def open_stage() -> AsyncIterator[ChannelStage]:
        channel = StdinChannel()

        @asynccontextmanager
        async def open_channel() -> AsyncIterator[StdinChannel]:
            yield channel

        async def write(text: str) -> None:
            channel.write(text)

        yield ChannelStage(open_channel, HERE, write, redelivers=False)

    await check_source(open_stage)
