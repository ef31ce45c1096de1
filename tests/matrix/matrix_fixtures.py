"""A homeserver that lives as long as the tests, and accounts on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
from benchmarks.matrix.people import Account, Person, lift_limits, new_account, person
from benchmarks.matrix.reader import Screens, reader
from benchmarks.matrix.synapse import Synapse, shared_synapse


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests that may start a server more time: its 3 s are a minute on a busy machine."""
    for item in items:
        if "synapse" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(300), append=False)


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Synapse]:
    """A homeserver; all processes that test at the same time share it."""
    base = tmp_path_factory.getbasetemp()
    run = base if worker_id == "master" else base.parent
    with shared_synapse(run / "synapse") as server:
        yield server


@pytest.fixture
async def admin(synapse: Synapse) -> Account:
    """Somebody who may change limits."""
    return await new_account(synapse, "admin", is_admin=True)


@pytest.fixture
async def bot(synapse: Synapse) -> Account:
    """The account of a bot, with the limits that the server has by default."""
    return await new_account(synapse, "bot")


@pytest.fixture
async def free_bot(synapse: Synapse, admin: Account, bot: Account) -> Account:
    """The same account, without limits."""
    await lift_limits(synapse, admin, bot.user_id)
    return bot


@pytest.fixture
async def ann(synapse: Synapse, admin: Account) -> AsyncIterator[Person]:
    """Somebody who writes, as much as she likes."""
    account = await new_account(synapse, "ann")
    await lift_limits(synapse, admin, account.user_id)
    async with person(synapse, account) as program:
        yield program


@pytest.fixture
async def screens(synapse: Synapse, ann: Person) -> AsyncIterator[Screens]:
    """What she sees."""
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(reader(synapse, ann.account))
