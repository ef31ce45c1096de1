"""What every test shares."""

from __future__ import annotations

import pytest
from hypothesis import settings

# Promises are about what happens, never about how fast this machine is at the moment.
settings.register_profile("tickertape", deadline=None)
settings.load_profile("tickertape")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, the loop that the project's libraries are made for."""
    return "asyncio"
