"""Small programs that stand in for others, as real processes."""

from __future__ import annotations

import asyncio
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["content_of", "gone", "install", "stays"]


def install(folder: Path, name: str, script: str) -> Path:
    """Put a program into a folder."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def stays(pid: Path) -> str:
    """Give the script of a program that writes its process's number into a file, and stays."""
    return f"echo $$ > {pid}.new; /bin/mv {pid}.new {pid}; exec /bin/sleep 60"


async def content_of(path: Path) -> str:
    """Give a file's content once it is there."""
    async with asyncio.timeout(30):
        while not path.exists():  # noqa: ASYNC110, ASYNC240 - a process writes it
            await asyncio.sleep(0)
    return path.read_text()  # noqa: ASYNC240


async def gone(pid: int) -> None:
    """Return when a process has ended, whether or not its parent has noticed."""
    state = Path(f"/proc/{pid}/stat")
    async with asyncio.timeout(10):
        with suppress(FileNotFoundError, ProcessLookupError):
            while state.read_text().rpartition(") ")[2][:1] != "Z":  # noqa: ASYNC110, ASYNC240
                await asyncio.sleep(0)  # it is killed, and the kernel takes its time
