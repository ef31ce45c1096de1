"""`tickertape backup`: a copy of the database, also while the gateway runs."""

from __future__ import annotations

import os
import shlex
from datetime import datetime
from pathlib import Path

from tickertape.cli.config_file import need_config
from tickertape.errors import BackupError
from tickertape.gateway.config.loading import load
from tickertape.gateway.storage.backup import copy_database
from tickertape.gateway.storage.database import read_url
from tickertape.gateway.storage.postgres_url import libpq_address
from tickertape.gateway.storage.sole_user import file_of

__all__ = ["backup"]


def backup(config: Path | None, target: str = "") -> None:
    """Copy the database that a configuration names, and print where the copy is.

    Args:
        config: the path of the configuration; None: it is looked for.
        target: the file to write, or the folder for it; empty: the current folder.

    Raises:
        ConfigError: when the configuration cannot be used.
        BackupError: when there is no copy.
    """
    url = load(need_config(config, os.environ)).storage.url
    database = file_of(url)
    if database is None:
        raise BackupError(_instead(url, Path(target) if target else None))
    path = _named(target, database)
    size = copy_database(database, path)
    print(f"Wrote {path} ({size / 1e6:.1f} MB), a copy of {database}.")


def _named(target: str, database: Path) -> Path:
    """Return the path of the copy; the time is that of this machine, as people read it.

    Raises:
        BackupError: when it names a folder that is not there.
    """
    if target and not Path(target).is_dir():
        if target.endswith(os.sep):
            raise BackupError(f"{target} is not there: make the folder first")
        return Path(target)
    moment = datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
    return Path(target) / f"{database.stem}-{moment}{database.suffix or '.db'}"


def _instead(url: str, target: Path | None) -> str:
    """Return what to do for a database that is no file."""
    address = read_url(url)
    if address.get_backend_name() != "postgresql":
        return "the database is in memory: there is nothing to copy; name a file in storage.url"
    # The password stays out: pg_dump asks for it, or finds it in ~/.pgpass.
    file = target if target is not None and not target.is_dir() else Path("tickertape.dump")
    where = shlex.quote(libpq_address(address))
    return (
        f"Postgres copies itself: pg_dump --format=custom --file={shlex.quote(str(file))} {where}"
    )
