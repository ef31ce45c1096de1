"""What every test shares."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

pytest_plugins = ["forked_workers"]

# Promises are about what happens, never about how fast this machine is at the moment. A machine
# that only says yes or no tries the same examples each time; a developer's tries others.
settings.register_profile("tickertape", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("tickertape")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, the loop that the project's libraries are made for."""
    return "asyncio"
