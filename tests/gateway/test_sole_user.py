"""A file of SQLite has one program that answers with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tickertape.errors import ConfigError
from tickertape.gateway.storage.sole_user import sole_user

pytest_plugins = ["database_fixtures"]

_OTHER = """
import sys
from tickertape.gateway.storage.sole_user import sole_user
with sole_user(sys.argv[1]):
    print("locked", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_program(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program that uses a database; it is killed at the end."""
    command = [sys.executable, "-c", _OTHER, url]
    with subprocess.Popen(  # noqa: S603 - our own arguments
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"locked\n"
        try:
            yield program
        finally:
            program.kill()


def test_a_second_program_is_told_what_to_do(tmp_path: Path) -> None:
    """As long as the first lives; by whichever name the file is known."""
    (tmp_path / "link.db").symlink_to(tmp_path / "t.db")
    url = f"sqlite+aiosqlite:///{tmp_path}/t.db"
    names = (url, f"sqlite+aiosqlite:///{tmp_path}/link.db", f"sqlite:///file:{tmp_path}/t.db")
    with another_program(url) as program:
        for name in names:
            with pytest.raises(ConfigError) as caught, sole_user(name):
                pass
            line = str(caught.value)
            assert line.startswith("storage.url: ")
            assert "`tickertape serve`" in line
            assert "stop the other one, name another file, or use Postgres" in line
        with sole_user(f"sqlite+aiosqlite:///{tmp_path}/other.db"):
            pass
        program.kill()
        program.wait()
        with sole_user(url), pytest.raises(ConfigError), sole_user(url):
            pass
    with sole_user(url):
        pass


def test_what_is_not_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database in memory, one of a server, and a file for which there is no folder."""
    monkeypatch.chdir(tmp_path)
    for url in (
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "sqlite+aiosqlite:///file::memory:?uri=true",
        "sqlite+aiosqlite:///file:shared?mode=memory&cache=shared&uri=true",
        "postgresql+asyncpg://me:hunter2@127.0.0.1/x",
        "sqlite+aiosqlite:///missing/t.db",
    ):
        with sole_user(url), sole_user(url):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_cannot_be_made(tmp_path: Path) -> None:
    """It is a mistake of the configuration, told with its reason."""
    (tmp_path / "t.db.lock").mkdir()
    with (
        pytest.raises(ConfigError, match=r"^storage\.url: .*a lock file next to it"),
        sole_user(f"sqlite+aiosqlite:///{tmp_path}/t.db"),
    ):
        pass
    with pytest.raises(ConfigError, match="a database's address"), sole_user("://"):
        pass
