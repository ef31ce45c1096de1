"""SQLite's file: where it is, and why it cannot be opened and written, each with what to do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from tickertape.gateway.reasons import reason_of

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

__all__ = ["RESTORE", "Fault", "fault_in", "fault_of", "file_in"]

RESTORE: Final = "Restore a backup (docs/gateway.md, Backups and upgrades)."
"""What to do with a file whose content is lost."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a file cannot be a database."""

    what: str
    """What is wrong, as a part of a sentence."""
    cure: str
    """What to do, as a sentence."""

    def __str__(self) -> str:
        return f"{self.what}. {self.cure.removesuffix('.')}"


# SQLite's own words (sqlite.org/rescode.html), and what they mean for the file.
_MEANINGS: Final[Mapping[str, tuple[str, str]]] = {
    "locked": ("another program has locked {file}", "Stop that program."),
    "not a database": (
        "{file} is no SQLite database",
        "Name another file in storage.url, or restore a backup.",
    ),
    "disk is full": ("the disk of {file} is full", "Make room."),
}


def file_in(address: URL) -> Path | None:
    """Return the file that a database's address names; None if it names none."""
    name = address.database or ""
    if address.get_backend_name() != "sqlite" or address.query.get("mode") == "memory":
        return None
    if name.startswith("file:"):
        name = unquote(urlsplit(name).path)
    return Path(name).resolve() if name and name != ":memory:" else None


def fault_of(file: Path) -> Fault | None:
    """Return why a file cannot be opened and written, by its folder and rights; None: it can."""
    try:
        if not file.parent.is_dir():
            cure = f"Make it (mkdir -p {file.parent}), or correct storage.url."
            return Fault(f"its folder {file.parent} does not exist", cure)
        if file.is_dir():
            return Fault(f"{file} is a folder", "Name a file in storage.url.")
        barred = [path for path in (file.parent, file) if path.exists() and not _is_ours(path)]
    except PermissionError:  # of a folder above
        barred = [file.parent]
    if not barred:
        return None
    user = f"the user that runs it (uid {os.geteuid()})" if hasattr(os, "geteuid") else "your user"
    cure = f"Give it to {user} (chown), or run the gateway as its owner."
    return Fault(f"{barred[0]} cannot be read and written", cure)


def _is_ours(path: Path) -> bool:
    return os.access(path, os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0))


def fault_in(file: Path, error: Exception) -> Fault:
    """Return why a file could not be opened, by the error of SQLite's or of SQLAlchemy's."""
    if (fault := fault_of(file)) is not None:
        return fault
    words = reason_of(error)
    for word, (what, cure) in _MEANINGS.items():
        if word in words:
            return Fault(what.format(file=file), cure)
    return Fault(f"{file} cannot be read ({words})", RESTORE)
