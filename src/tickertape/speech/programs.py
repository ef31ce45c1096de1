"""One run of a program: bytes in by its standard input, bytes out by its standard output.

Cancelling the waiting task ends the program at once, with all that it started: of a script that
calls the program, the one that is heard is a child. Failures are a `SpeechError` with the program's
own words.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

from tickertape.errors import SpeechError

__all__ = ["run_program"]


async def run_program(command: Sequence[str], given: bytes) -> bytes:
    """Run a program to its end; return its output.

    Raises:
        SpeechError: when it cannot be started, or ends with an error.
    """
    name = command[0].rpartition("/")[2]
    try:
        process = await _started(command)
    except FileNotFoundError:
        msg = f"{name} is not installed"
        raise SpeechError(msg) from None
    except OSError as error:
        msg = f"{name} cannot be started: {error.strerror}"
        raise SpeechError(msg) from None
    try:
        out, complaint = await process.communicate(given)
    finally:
        await _end(process)
    if process.returncode:
        msg = f"{name} failed: {_first_line(complaint) or f'it ended with {process.returncode}'}"
        raise SpeechError(msg)
    return out


async def _started(command: Sequence[str]) -> Process:
    """Start a program. Who stops waiting meanwhile still ends all of it, not the program alone."""
    starting = asyncio.create_task(
        asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(OSError):  # it did not start: there is nothing to end
            await _end(await starting)
        raise


async def _end(process: Process) -> None:
    """End a program, and what it started, if it runs."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        # Not `wait`: it returns when the pipes are closed, and no one would read them empty.
        await process.communicate()


def _first_line(complaint: bytes) -> str:
    lines = complaint.decode("utf-8", "replace").strip().splitlines()
    return lines[0][:200] if lines else ""
