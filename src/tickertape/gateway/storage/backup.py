"""Copies a database of SQLite while it is used, by SQLite's online backup (sqlite.org/backup.html).

1. The copy is the database at one moment: all pages are read in one transaction. Writers do not
   wait for it, as the database has a write-ahead log.
2. It has its name only when it is whole, checked and on the disk.
3. It is one file, which its owner alone can read.
4. A file that is there is never replaced.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from tickertape.errors import BackupError
from tickertape.gateway.reasons import reason_of

__all__ = ["copy_database"]


def copy_database(source: Path, target: Path) -> int:
    """Copy the database at `source` to `target`; return the bytes of the copy.

    Raises:
        BackupError: when there is no copy; then nothing is at `target` that was not there before.
    """
    if target.exists():
        raise BackupError(f"{target} is there already: name another file, or move it away")
    if not source.is_file():
        raise BackupError(f"there is no database at {source}: start the gateway once")
    try:
        number, name = tempfile.mkstemp(".part", f".{target.name}.", target.absolute().parent)
        os.close(number)
    except OSError as error:
        raise BackupError(
            f"nothing can be written in {target.absolute().parent} ({error.strerror})"
        ) from None
    part = Path(name)
    try:
        _copy(source, part)
        size = part.stat().st_size
        _publish(part, target)
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied ({reason_of(error)})") from None
    except OSError as error:
        raise BackupError(f"{target} cannot be written ({error.strerror})") from None
    finally:
        part.unlink(missing_ok=True)
    return size


def _copy(source: Path, part: Path) -> None:
    with (
        closing(_opened(source)) as database,
        closing(sqlite3.connect(part, isolation_level=None)) as copy,
    ):
        database.backup(copy)
        # The copy says that it has a log, as the source does; with one it would be two files.
        copy.execute("PRAGMA journal_mode=DELETE")
        (told,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if told != "ok":
            raise sqlite3.DatabaseError(str(told).splitlines()[-1])
    with part.open("rb") as file:
        os.fsync(file.fileno())


def _opened(source: Path) -> sqlite3.Connection:
    # Never made by being opened; and only read where no more is allowed.
    mode = "rw" if os.access(source, os.W_OK) else "ro"
    return sqlite3.connect(
        f"file:{quote(str(source.absolute()))}?mode={mode}", uri=True, timeout=30
    )


def _publish(part: Path, target: Path) -> None:
    """Rename a finished copy, unless another file has taken it meanwhile."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise BackupError(f"{target} is there already: name another file") from None
    except OSError:  # some file systems have no second names
        if target.exists():
            raise BackupError(f"{target} is there already: name another file") from None
        part.rename(target)
    with suppress(OSError):  # Windows cannot open folders, and needs no such call
        folder = os.open(target.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
