"""Locks of what one program has for itself: a file of SQLite, or a channel of a shared database.

Two programs that answer with the same journal would answer twice. The locks are the system's, or
the server's: they go with the process, however that ends. The empty file of a lock stays.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tickertape.errors import ConfigError
from tickertape.gateway.reasons import reason_of
from tickertape.gateway.storage.database import Database, read_url
from tickertape.gateway.storage.postgres_url import shown
from tickertape.gateway.storage.sqlite_file import fault_of, file_in

__all__ = ["file_of", "is_in_use", "sole_reader", "sole_user"]


@contextmanager
def sole_user(url: str) -> Iterator[None]:
    """Keep other programs from using a database by this function until the block ends.

    A database that is no file is not locked: one in memory belongs to its program, and a server's
    is shared on purpose.

    Args:
        url: the address of the database, as SQLAlchemy takes it.

    Raises:
        ConfigError: when another program uses the database, or its file cannot be locked.
    """
    file = file_of(url)
    # Opening the database tells what is wrong with its folder.
    if file is None or not os.access(file.parent, os.F_OK):
        yield
        return
    from filelock import FileLock, Timeout  # noqa: PLC0415 - few programs lock a database

    lock = FileLock(f"{file}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        allowed = (
            "a database that no other `tickertape serve` uses; stop the other one, "
            "name another file, or use Postgres"
        )
        raise ConfigError("storage.url", shown(read_url(url)), allowed) from None
    except OSError as error:
        why = fault_of(file) or reason_of(error)
        allowed = f"a database with a lock file next to it ({why})"
        raise ConfigError("storage.url", shown(read_url(url)), allowed) from None
    try:
        yield
    finally:
        lock.release()


def is_in_use(url: str) -> bool:
    """Return whether a program keeps others from using a database, as `sole_user` does.

    The lock is held for a moment to find out, and only where its file is there already.

    Args:
        url: the address of the database, as SQLAlchemy takes it.

    Raises:
        OSError: when the file of the lock cannot be opened.
    """
    file = file_of(url)
    if file is None or not (lock_file := Path(f"{file}.lock")).is_file():
        return False
    from filelock import FileLock, Timeout  # noqa: PLC0415 - few programs lock a database

    try:
        with FileLock(lock_file, blocking=False):
            return False
    except Timeout:
        return True


@asynccontextmanager
async def sole_reader(database: Database, channels: Iterable[str]) -> AsyncIterator[None]:
    """Keep other programs from answering in channels of a shared database until the block ends.

    The messages that one of them left unanswered would be answered by the other's bot. The locks go
    with their connection.

    Args:
        database: where what is owed in the channels is kept.
        channels: their names.

    Raises:
        ConfigError: when another program answers in one of them.
    """
    if not database.is_shared:
        yield
        return
    from sqlalchemy import text  # noqa: PLC0415 - few programs share a database

    lock = text("SELECT pg_try_advisory_lock(hashtext('tickertape'), hashtext(:name))")
    async with database.session_of_locks() as connection:
        for name in channels:
            if not await connection.scalar(lock, {"name": name}):
                allowed = (
                    "channels in which no other `tickertape serve` on this database answers; stop "
                    "the other one, or give the channel another name"
                )
                raise ConfigError("channels", name, allowed)
        yield


def file_of(url: str) -> Path | None:
    """Return the file of a database; None if it is none.

    Raises:
        ConfigError: when `url` is no address.
    """
    return file_in(read_url(url))
