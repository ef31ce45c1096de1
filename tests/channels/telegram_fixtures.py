"""What the tests of channels share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from scripted_api import ScriptedApi


@pytest.fixture
async def api() -> AsyncIterator[ScriptedApi]:
    """A scripted Bot API on a port of its own."""
    async with ScriptedApi() as server:
        yield server
