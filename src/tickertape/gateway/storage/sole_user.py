"""The lock of a database that one program has for itself: a file of SQLite.

Two programs that answer with the same journal would answer twice. The lock is the system's: it goes
with the process, however that ends. Its empty file stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tickertape.errors import ConfigError
from tickertape.gateway.reasons import reason_of
from tickertape.gateway.storage.database import read_url
from tickertape.gateway.storage.postgres_url import shown
from tickertape.gateway.storage.sqlite_file import fault_of, file_in

__all__ = ["file_of", "is_in_use", "sole_user"]


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


def file_of(url: str) -> Path | None:
    """Return the file of a database; None if it is none.

    Raises:
        ConfigError: when `url` is no address.
    """
    return file_in(read_url(url))
