"""Databases that several processes have opened once, for all tests of a module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from databases import PostgresServer, emptied
from fleet_stage import POSTGRES, RecordedSignals, Stores
from sqlalchemy import delete

from tickertape.gateway.moves import Moves
from tickertape.gateway.storage.store import ConversationStore
from tickertape.gateway.storage.tables import TABLES

_OPENED = 3


@pytest.fixture
def signals() -> RecordedSignals:
    """What processes were told."""
    return RecordedSignals()


@pytest.fixture(scope="module", params=["sqlite", *POSTGRES])
async def opened(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_servers: Callable[[str], PostgresServer],
) -> AsyncIterator[Stores]:
    """A database of each kind, as several processes have opened it."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('fleet') / 't.db'}"
    else:
        url = (await emptied(postgres_servers(request.param))).url
    async with AsyncExitStack() as stack:
        stores = []
        for _ in range(_OPENED):
            store = await ConversationStore.open(url)
            stack.push_async_callback(store.aclose)
            stores.append(store)
        yield stores


@pytest.fixture
async def stores(opened: Stores) -> Stores:
    """The same, empty, with processes that know nothing."""
    async with opened[0].database.write() as session:
        for table in TABLES:
            await session.execute(delete(table))
    for store in opened:
        store.database.guard = None
        store.database.moves = Moves()
    return [ConversationStore(store.database) for store in opened]
