"""An emulated Telegram, and a person at its page."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from gateway_http import Reader

from tickertape.emulator.server import EmulatorServer


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorServer]:
    """Run an emulated Telegram."""
    async with EmulatorServer() as server:
        yield server


@pytest.fixture
async def reader(emulator: EmulatorServer) -> AsyncIterator[Reader]:
    """Open its page."""
    async with httpx.AsyncClient(base_url=emulator.url, timeout=20) as http:
        yield Reader(http)
