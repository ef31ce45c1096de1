"""Looks at the database: its file and folder, its revision, whether it is whole.

Nothing is written into it. What SQLite can do in its folder is tried with a file of its own.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from tickertape.cli.doctor.disk import disk_finding
from tickertape.cli.doctor.findings import Finding, Level, error, ok, warning
from tickertape.errors import ConfigError
from tickertape.gateway.reasons import reason_of
from tickertape.gateway.storage.database import read_url
from tickertape.gateway.storage.engines import (
    DRIVERS,
    DriverMissingError,
    DriverUnfitError,
    make_engine,
)
from tickertape.gateway.storage.postgres_failures import cure_for
from tickertape.gateway.storage.postgres_url import shown
from tickertape.gateway.storage.sole_user import file_of, is_in_use
from tickertape.gateway.storage.sqlite_file import RESTORE, fault_in, fault_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["database_findings", "driver_findings"]

_SUBJECT: Final = "database"
# Seconds for looking through the file: what a server has to answer. A gigabyte is read in that.
_CHECKING: Final = 10.0


async def database_findings(url: str) -> Sequence[Finding]:
    """Return what there is to say of the database at `url`, as SQLAlchemy takes it."""
    if unfit := await driver_findings(url):
        return unfit
    if read_url(url).get_backend_name() != "sqlite":
        return [await _server(url)]
    file = file_of(url)
    if file is None:
        what = "is in memory: conversations are lost when the gateway ends"
        return [warning(_SUBJECT, what, "Name a file in storage.url.")]
    return await asyncio.to_thread(lambda: list(_file(file, url)))


async def driver_findings(url: str) -> Sequence[Finding]:
    """Return why the driver that an address names cannot be used; nothing if it can."""
    try:
        address = read_url(url)
    except ConfigError as failure:
        return [error(_SUBJECT, failure.problem, f"Name {failure.allowed}.")]
    try:
        make_engine(address)
    except DriverMissingError as failure:
        return [error(_SUBJECT, f"its driver {failure.driver} is not installed", failure.cure)]
    except DriverUnfitError:
        what = f"{shown(address)} names no driver that the gateway can use"
        cure = f"Begin storage.url with {': or '.join(DRIVERS)}:"
        return [error(_SUBJECT, what, cure)]
    return []


def _file(file: Path, url: str) -> Iterator[Finding]:
    if (fault := fault_of(file)) is not None:
        yield error(_SUBJECT, fault.what, fault.cure)
        return
    folder = file.parent
    size = file.stat().st_size if file.is_file() else 0
    yield disk_finding(str(folder), shutil.disk_usage(folder).free, size)
    found = _unfit_folder(folder)
    if found is None and size:
        found = _unfit_content(file, url)
    if found is not None:
        yield found
    elif not size:
        yield ok(_SUBJECT, f"{file} will be made at the first start")
    if size and (mode := stat.S_IMODE(file.stat().st_mode)) & 0o077 and _can_enter(folder):
        what = f"others on this machine can read the conversations (mode {mode:o})"
        yield warning(_SUBJECT, what, f"chmod 600 {file}")


def _unfit_folder(folder: Path) -> Finding | None:
    """Return why SQLite cannot work in a folder; None if it can."""
    try:
        with tempfile.TemporaryDirectory(prefix="tickertape-doctor-", dir=folder) as place:
            connection = sqlite3.connect(Path(place) / "trial.db")
            try:
                (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
                connection.execute("CREATE TABLE trial (word TEXT)")
            finally:
                connection.close()
    except (OSError, sqlite3.Error) as failure:
        what = f"nothing can be written in {folder} ({reason_of(failure)})"
        return error(_SUBJECT, what, "Check the folder's rights, and the disk.")
    if mode != "wal":
        what = f"{folder} allows no write-ahead log"
        return error(_SUBJECT, what, "Put it on a disk of this machine: network disks will not do.")
    return None


def _unfit_content(file: Path, url: str) -> Finding:
    """Return what there is to say of a file that can be read and written."""
    try:
        return _content(file, url)
    except Exception as failure:  # noqa: BLE001 - SQLite's and SQLAlchemy's alike
        fault = fault_in(file, failure)
        return error(_SUBJECT, fault.what, fault.cure)


def _content(file: Path, url: str) -> Finding:
    from sqlalchemy import create_engine  # noqa: PLC0415 - takes a while
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    damage = _damage(file)
    if damage:
        return error(_SUBJECT, f"{file} is damaged ({damage})", RESTORE)
    engine = create_engine("sqlite://", creator=lambda: _opened(file), poolclass=NullPool)
    with engine.connect() as connection:
        finding = _revision(connection, str(file))
    if finding.level is Level.OK and is_in_use(url):
        return ok(_SUBJECT, f"{file}: a gateway runs with it")
    return finding


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file))}?mode=rw", uri=True, timeout=1)


def _damage(file: Path) -> str:
    """Return what SQLite finds to be wrong in a file; empty if nothing, or if it takes too long."""
    deadline = time.monotonic() + _CHECKING
    connection = _opened(file)
    try:
        # Each so many steps of SQLite's machine, which take milliseconds.
        connection.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
        (told,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as failure:
        if "interrupted" not in str(failure):
            raise
        told = "ok"
    finally:
        connection.close()
    return "" if told == "ok" else str(told).splitlines()[-1]


def _revision(connection: Connection, name: str) -> Finding:
    """Return what there is to say of the tables of an open database."""
    from sqlalchemy import inspect  # noqa: PLC0415 - takes a while

    from tickertape.gateway.storage.migrations import (  # noqa: PLC0415
        NewerDatabaseError,
        lacks,
    )
    from tickertape.gateway.storage.tables import EntryRow  # noqa: PLC0415

    tables = set(inspect(connection).get_table_names())
    if tables and EntryRow.__tablename__ not in tables:
        what = f"{name} has tables of another program ({', '.join(sorted(tables)[:3])})"
        return warning(_SUBJECT, what, "Name another database in storage.url.")
    try:
        missing = lacks(connection)
    except NewerDatabaseError:
        what = f"a newer Tickertape made {name}"
        return error(_SUBJECT, what, "Upgrade: pip install --upgrade tickertape.")
    if missing and tables:
        what = f"{name} is of an older version: the next start brings it up to date"
        return warning(_SUBJECT, what, "Run `tickertape backup` before: there is no way back.")
    return ok(_SUBJECT, f"{name} is whole and up to date" if tables else f"{name} is empty")


async def _server(url: str) -> Finding:
    """Return what there is to say of a database server."""
    read = read_url(url)
    address = shown(read)
    try:
        engine = make_engine(read)
        try:
            async with asyncio.timeout(_CHECKING), engine.connect() as connection:
                return await connection.run_sync(_revision, address)
        finally:
            await engine.dispose()
    except TimeoutError:
        what = f"{address} did not answer within {_CHECKING:.0f} s"
        return error(_SUBJECT, what, cure_for(TimeoutError("timed out")))
    except Exception as failure:  # noqa: BLE001 - drivers raise what they like
        what = f"{address} cannot be opened ({reason_of(failure)})"
        return error(_SUBJECT, what, cure_for(failure))


def _can_enter(folder: Path) -> bool:
    """Return whether other users can reach what is in a folder."""
    return all(stat.S_IMODE(one.stat().st_mode) & 0o011 for one in (folder, *folder.parents))
