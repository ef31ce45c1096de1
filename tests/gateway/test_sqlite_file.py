"""Why a file cannot be SQLite's: each reason with what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tickertape.gateway.storage.sqlite_file import RESTORE, Fault, fault_in, fault_of


@pytest.mark.parametrize(
    ("words", "what", "cure"),
    [
        ("database is locked", "another program has locked {}", "Stop that program."),
        ("database or disk is full", "the disk of {} is full", "Make room."),
        ("disk I/O error", "{} cannot be read (disk I/O error)", RESTORE),
    ],
)
def test_what_sqlite_says(words: str, what: str, cure: str, tmp_path: Path) -> None:
    """Its words become what the operator has to do; those that are not known are told."""
    file = tmp_path / "t.db"
    assert fault_in(file, sqlite3.OperationalError(words)) == Fault(what.format(file), cure)


def test_a_place_comes_before_what_sqlite_says(tmp_path: Path) -> None:
    """A folder that is not there is told in place of an error that only follows from it."""
    assert fault_of(tmp_path / "t.db") is None
    missing = tmp_path / "no" / "t.db"
    fault = fault_of(missing)
    assert fault is not None
    assert fault == fault_in(missing, sqlite3.OperationalError("unable to open database file"))
    assert str(fault) == (
        f"its folder {missing.parent} does not exist. "
        f"Make it (mkdir -p {missing.parent}), or correct storage.url"
    )
