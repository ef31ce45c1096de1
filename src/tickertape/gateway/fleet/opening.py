"""Makes a process of a fleet, where the database is one that several processes can share."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

from tickertape.errors import ConfigError
from tickertape.gateway.fleet.engine import WakeEngine
from tickertape.gateway.fleet.fleet import Fleet
from tickertape.gateway.fleet.notifications import listen
from tickertape.gateway.fleet.role import ProcessRole
from tickertape.gateway.fleet.signals import PostgresSignals
from tickertape.gateway.storage.bot_shares import BotShareBook
from tickertape.gateway.storage.claims import Claims
from tickertape.gateway.storage.database import Database, read_url
from tickertape.gateway.storage.database_journal import DatabaseJournal
from tickertape.gateway.storage.engines import connection_address
from tickertape.gateway.storage.mailbox import Mailbox
from tickertape.gateway.storage.postgres_url import shown

__all__ = ["open_fleet"]


@asynccontextmanager
async def open_fleet(
    database: Database,
    url: str,
    role: ProcessRole,
    bots: Mapping[str, str],
) -> AsyncIterator[Fleet | None]:
    """Yield the fleet's process that this one is; None where the database is for one alone.

    Args:
        database: keeps the chats.
        url: its address.
        role: what this process does.
        bots: what tells the bot of each channel from others, by the channels' names.

    Raises:
        ConfigError: when a database for one process is to be shared, or a process of the fleet
            answers with another bot in a channel of the same name.
    """
    if not database.is_shared:
        if role is not ProcessRole.ALL:
            allowed = f"a Postgres database, as a process with the role {role} works with others"
            raise ConfigError("storage.url", shown(read_url(url)), allowed)
        yield None
        return
    address = connection_address(database.url)
    async with AsyncExitStack() as stack:
        engine = WakeEngine(database, address)
        await engine.open()
        stack.push_async_callback(engine.aclose)
        heart = await Database.open_beside(url)
        stack.push_async_callback(heart.aclose)
        claims = Claims(database, _name(), PostgresSignals(engine), bots, heart)
        for name in await claims.with_other_bots():
            allowed = (
                "a name by which every process on this database means the same bot: another one "
                "answers with another bot here. Give the channel another name, or stop that one"
            )
            raise ConfigError("channels", name, allowed)
        database.guard = claims.fence
        mailbox = Mailbox(database, DatabaseJournal(database), claims)
        carriers = _Carriers(engine, address, claims.worker)
        shares = BotShareBook(database)
        yield Fleet(claims, mailbox, carriers, shares, role=role)


def _name() -> str:
    """Return the name of this process, which no other has or had: it tells where it runs.

    A name has 63 letters at the most, that of its notifications included (`notifications`).
    """
    host = re.sub(r"[^A-Za-z0-9.]", "", platform.node())[:16]
    return f"{host}-{os.getpid()}-{uuid4().hex[:16]}"


class _Carriers:
    """Brings wake-ups by the engine, and notes by notifications. Implements `Carriers`."""

    def __init__(self, engine: WakeEngine, address: str, worker: str) -> None:
        self._engine = engine
        self._address = address
        self._worker = worker

    async def woken(self, claim: Callable[[str, str], Awaitable[None]]) -> None:
        """Call `claim` for each chat that sleeps and has mail; see `Carriers`."""
        await self._engine.run(claim)

    async def noted(self, heard: Callable[[str, str], None]) -> None:
        """Call `heard` for each chat of the process that has more mail; see `Carriers`."""
        await listen(self._address, self._worker, heard)
