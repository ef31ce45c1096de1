"""What the tests of the simulation share."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def quiet() -> Iterator[None]:
    """Thousands of refusals are the point here; writing them down takes most of the time."""
    log = logging.getLogger("tickertape")
    before = log.level
    log.setLevel(logging.CRITICAL)
    yield
    log.setLevel(before)
