"""Postgres' notifications: the owner of a chat is told at once that it has more mail.

They are fast, and may be lost: owners look by themselves each second.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.gateway.fleet.outages import Outages

__all__ = ["listen", "tell"]

_LOG = logging.getLogger(__name__)

# Seconds from the loss of a connection to the next attempt.
_PAUSE: Final = 0.5


async def tell(session: AsyncSession, owner: str, channel: str, chat: str) -> None:
    """Notify a process, once the transaction of `session` is committed, that its chat has mail."""
    note = json.dumps([channel, chat])
    await session.execute(select(func.pg_notify(_name(owner), note)))


async def listen(address: str, worker: str, heard: Callable[[str, str], None]) -> None:
    """Call `heard` for each notification to a process, until this is cancelled.

    Args:
        address: the database, as its own programs read it.
        worker: the process.
        heard: called with the channel and the id of a chat.
    """
    from psycopg import AsyncConnection, Error, sql  # noqa: PLC0415 - only a fleet has it

    listening = sql.SQL("LISTEN {}").format(sql.Identifier(_name(worker)))
    outages = Outages(_LOG)
    while True:
        try:
            async with await AsyncConnection.connect(address, autocommit=True) as connection:
                await connection.execute(listening)
                outages.over()
                async for note in connection.notifies():
                    heard(*json.loads(note.payload))
        except (Error, OSError) as error:
            outages.failed("notifications are not heard: mail is looked for each second", error)
        await asyncio.sleep(_PAUSE)


def _name(worker: str) -> str:
    """Return the name under which a process is notified; Postgres takes 63 letters."""
    return f"tickertape_{worker}"
