"""Copies of a database that is being written, and what comes of restoring one."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tickertape.chat import Address, ChatKind
from tickertape.cli.backup import backup
from tickertape.conversation import Utterance
from tickertape.errors import BackupError
from tickertape.gateway.storage.backup import copy_database
from tickertape.gateway.storage.store import ConversationStore

PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)


def url_of(path: Path) -> str:
    """Return the address of a database's file."""
    return f"sqlite+aiosqlite:///{path}"


async def said(path: Path) -> list[str]:
    """Return what a database remembers of the conversation."""
    store = await ConversationStore.open(url_of(path))
    try:
        entries = await store.history(PRIVATE, limit=100)
        return [entry.text for entry in entries if isinstance(entry, Utterance)]
    finally:
        await store.aclose()


def check_copy(copy: Path, size: int) -> None:
    """Assert that a copy is one file, which its owner alone can read."""
    assert size == copy.stat().st_size
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(path.name for path in copy.parent.glob("*copy*")) == ["copy.db"]


def restore(copy: Path, database: Path) -> None:
    """Put a copy in the place of a database, as docs/gateway.md tells it."""
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()
    shutil.copy(copy, database)


@pytest.mark.anyio
async def test_a_backup_is_restored(tmp_path: Path) -> None:
    """What was said before the copy is there again, and nothing that was said after it."""
    database, copy = tmp_path / "t.db", tmp_path / "copy.db"
    store = await ConversationStore.open(url_of(database))
    await store.append(PRIVATE, [Utterance("user", "before")])
    # Its words are still in the log of the database: the gateway runs.
    size = copy_database(database, copy)
    check_copy(copy, size)
    await store.append(PRIVATE, [Utterance("user", "after")])
    await store.aclose()
    assert await said(database) == ["before", "after"]
    restore(copy, database)
    assert await said(database) == ["before"]


def test_a_copy_next_to_a_writer_is_of_one_moment(tmp_path: Path) -> None:
    """While another connection writes pairs in transactions, no copy has half of one."""
    database = tmp_path / "t.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE pairs (number INTEGER, filling TEXT)")
    done, wrote = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(database, isolation_level=None)) as writer:
            number = 0
            while not done.is_set():
                writer.execute("BEGIN IMMEDIATE")
                for _ in range(2):
                    writer.execute("INSERT INTO pairs VALUES (?, ?)", (number, "x" * 5_000))
                writer.execute("COMMIT")
                number += 1
                wrote.set()

    writing = threading.Thread(target=write)
    writing.start()
    try:
        assert wrote.wait(20)
        for number in range(5):
            copy_database(database, tmp_path / f"{number}.db")
    finally:
        done.set()
        writing.join()
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as copy:
            counts = copy.execute("SELECT count(*) FROM pairs GROUP BY number").fetchall()
            assert set(counts) == {(2,)}
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_nothing_is_replaced_or_left(tmp_path: Path) -> None:
    """A file that is there stays; a copy that fails leaves no file."""
    database, target = tmp_path / "t.db", tmp_path / "copy.db"
    with pytest.raises(BackupError, match=r"there is no database at .*: start the gateway once"):
        copy_database(database, target)
    database.write_bytes(b"no database, but a text that is long enough. " * 100)
    with pytest.raises(BackupError, match=r"cannot be copied .file is not a database."):
        copy_database(database, target)
    target.write_text("mine", "utf-8")
    with pytest.raises(BackupError, match="is there already: name another file"):
        copy_database(database, target)
    with pytest.raises(BackupError, match=r"nothing can be written in .*no/where"):
        copy_database(database, tmp_path / "no" / "where" / "copy.db")
    assert target.read_text("utf-8") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "t.db"]


def configured(folder: Path, url: str) -> Path:
    """Write a configuration with this database."""
    path = folder / "t.yaml"
    path.write_text(f"storage: {{url: '{url}'}}\n", "utf-8")
    return path


def test_the_command_names_the_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Into a folder the copy gets the database's name and the time; the path is printed."""
    with closing(sqlite3.connect(tmp_path / "talks.db")) as connection:
        connection.execute("CREATE TABLE words (word TEXT)")
    folder = tmp_path / "copies"
    folder.mkdir()
    backup(configured(tmp_path, "sqlite+aiosqlite:///talks.db"), str(folder))
    [copy] = folder.iterdir()
    assert copy.match("talks-????-??-??-??????.db")
    assert capsys.readouterr().out.startswith(f"Wrote {copy} (0.0 MB), a copy of {tmp_path}")
    with pytest.raises(BackupError, match="make the folder first"):
        backup(configured(tmp_path, "sqlite+aiosqlite:///talks.db"), f"{tmp_path}/none/")
    assert not (tmp_path / "none").exists()


def test_other_databases_say_what_copies_them(tmp_path: Path) -> None:
    """Of Postgres the command of its own tool is told, without the password."""
    config = configured(tmp_path, "postgresql+asyncpg://me:hush@db.example:5433/talks?ssl=require")
    with pytest.raises(BackupError) as told:
        backup(config)
    assert str(told.value) == (
        "Postgres copies itself: pg_dump --format=custom --file=tickertape.dump "
        "'postgresql://me@db.example:5433/talks?sslmode=require'"
    )
    with pytest.raises(BackupError, match="in memory"):
        backup(configured(tmp_path, "sqlite+aiosqlite://"))
