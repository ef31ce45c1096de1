"""Databases to test with: a file of SQLite, and a server of Postgres where there is one."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine

SCRIPTS = Path(__file__).parent
_USER = "postgres"


@dataclass(frozen=True, slots=True)
class Database:
    """One database, empty at first."""

    kind: str
    """`sqlite` or `postgres`."""
    url: str
    """Its address, as SQLAlchemy takes it."""

    async def run(self, script: str) -> None:
        """Run statements of SQL beside whoever has opened it."""
        engine = create_async_engine(self.url)
        async with engine.connect() as connection:
            # SQLAlchemy takes one statement at a time.
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await (driver.executescript if self.kind == "sqlite" else driver.execute)(script)
        await engine.dispose()

    async def become_version_0_1(self) -> None:
        """Fill it with what that version made."""
        await self.run((SCRIPTS / f"version_0_1.{self.kind}.sql").read_text("utf-8"))


def postgres_programs() -> Path | None:
    """Return the folder of the programs of Postgres' server; None where it cannot be run."""
    found = shutil.which("initdb")
    can_run = os.geteuid() != 0 or any(one.pw_name == _USER for one in pwd.getpwall())
    return Path(found).resolve().parent if found and can_run else None


@contextmanager
def postgres_server(folder: Path, programs: Path) -> Iterator[str]:
    """Run a server of Postgres in an empty folder; give its address without a database's name.

    It listens at a socket in that folder only. It refuses to run as root: then it runs as the user
    `postgres`.
    """
    user = _USER if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)

    def call(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        # What it says goes to a file: a pipe would stay open as long as the server runs.
        with (folder / "said").open("ab") as said:
            subprocess.run(  # noqa: S603 - our own arguments
                command, check=True, stdout=said, stderr=said, user=user, cwd=folder
            )

    call("initdb", "-A", "trust", "-U", "tester", "-E", "UTF8", "-N")
    call("pg_ctl", "-w", "-o", f"-k {folder} -c listen_addresses='' -F", "start")
    try:
        yield f"postgresql+asyncpg://tester@/{{name}}?host={folder}"
    finally:
        call("pg_ctl", "-w", "-m", "immediate", "stop")
