"""A suite of the client's tests, held for every way of connecting."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from client_fixtures import OPENED

from tickertape.providers.connections.vendors import open_direct, open_vendor


@pytest.fixture(params=[open_vendor, open_direct], ids=["sdk", "direct"])
def each_way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test ask by the SDKs, and once more without them."""
    token = OPENED.set(request.param)
    yield
    OPENED.reset(token)
