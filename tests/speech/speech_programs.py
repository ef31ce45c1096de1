"""Small programs that stand in for others, as real processes."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

__all__ = ["content_of", "install", "state_of", "stays"]


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


def state_of(pid: int) -> str:
    """Give the letter of a process's state; "Z": it has ended, empty: it is not there at all."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1]
    except FileNotFoundError:
        return ""
