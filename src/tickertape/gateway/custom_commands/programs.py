"""The output of a program, as it comes. It runs without a shell, without input, and in a group.

However the reading ends, the program has ended by then, with all that it started: its group is
asked to end (`SIGTERM`), and made to (`SIGKILL`) two seconds later, or at once where the program
itself has ended. What puts itself into a session of its own is not in that group.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from asyncio import SubprocessProtocol, SubprocessTransport
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, cast

from tickertape.errors import CommandError
from tickertape.gateway.custom_commands import sentences
from tickertape.gateway.custom_commands.terminal_text import TerminalText

__all__ = ["output_of"]

_LOG = logging.getLogger(__name__)

_GRACE: Final = 2.0
"""Seconds that a program gets to end after it was asked to: a choice."""
_LAST_WORDS: Final = 0.5
"""Seconds for the rest of the output of a program that has ended, and whose children hold its end
open: what they say later is not heard."""
_SILENCE: Final = 0.5
"""Seconds of silence after which a line is shown that is not complete: a prompt, or a row of dots.
States of a line of progress follow each other sooner."""
_AHEAD: Final = 262_144
"""Bytes of output that are not read yet, from which on the program waits: four pipes of Linux."""
_LONGEST_COMPLAINT: Final = 2_000
"""Bytes of the end of standard error that are kept."""
_SHOWN_COMPLAINT: Final = 300
"""Characters of its last line that are logged: as many as of what a model's server says."""


async def output_of(
    name: str, argv: Sequence[str], *, environment: Mapping[str, str], cwd: str | None
) -> AsyncGenerator[str, None]:
    """Yield the text that a program writes. Closing the generator ends the program.

    Args:
        name: the command, for the log.
        argv: the program and its arguments.
        environment: all variables that it gets.
        cwd: the folder in which it runs; None: ours.

    Raises:
        CommandError: when it cannot be started, or fails.
    """
    text = TerminalText()
    async with _running(name, argv, environment, cwd) as run:
        while (data := await run.read(_SILENCE if text.holds else None)) is not None:
            if shown := text.feed(data) if data else text.pause():
                yield shown
        if rest := text.end():
            yield rest
        code = await run.exit_code()
    if code:
        fields = {"command": name, "exit_code": code, "error": run.complaint}
        _LOG.warning("a program of a command failed", extra=fields)
        raise CommandError(sentences.exited(code) if code > 0 else sentences.killed(_signal(-code)))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


@asynccontextmanager
async def _running(
    name: str, argv: Sequence[str], environment: Mapping[str, str], cwd: str | None
) -> AsyncIterator[_Run]:
    """Start a program; it has ended at the end of the block, with all that it started.

    Raises:
        CommandError: when it cannot be started.
    """
    try:
        run = await _started(argv, environment, cwd)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        _LOG.warning("a program cannot be started", extra={"command": name, "error": reason})
        is_missing = isinstance(error, FileNotFoundError) and error.filename != cwd
        told = sentences.NOT_INSTALLED if is_missing else sentences.NOT_STARTED
        raise CommandError(told) from None
    try:
        yield run
    finally:
        # A gateway that ends cancels more than once: that must not cost a program its grace.
        ending = asyncio.create_task(run.end())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await asyncio.wait({ending})
            raise


async def _started(argv: Sequence[str], environment: Mapping[str, str], cwd: str | None) -> _Run:
    """Start a program. Who stops waiting meanwhile still ends all of it."""
    loop = asyncio.get_running_loop()
    starting = asyncio.create_task(
        loop.subprocess_exec(
            _Run,
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            env=dict(environment),
            cwd=cwd,
            start_new_session=True,
        )
    )
    try:
        _, run = await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(OSError, ValueError):  # it did not start: there is nothing to end
            _, run = await starting
            await run.end()
        raise
    return run


class _Run(SubprocessProtocol):
    """One run of a program."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._ahead = 0
        self._changed = asyncio.Event()
        self._is_over = False  # no more output is read
        self._exited = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._complaint = b""
        self._transport: SubprocessTransport | None = None

    @property
    def complaint(self) -> str:
        """The last line that it wrote to standard error."""
        lines = self._complaint.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:_SHOWN_COMPLAINT] if lines else ""

    async def read(self, patience: float | None) -> bytes | None:
        """Return what it has written; nothing after `patience` seconds, None at the end."""
        while not self._chunks:
            if self._is_over:
                return None
            self._changed.clear()
            try:
                async with asyncio.timeout(patience):
                    await self._changed.wait()
            except TimeoutError:
                return b""
        data = b"".join(self._chunks)
        self._chunks, self._ahead = [], 0
        if (pipe := self._pipe()) is not None:
            pipe.resume_reading()
        return data

    async def exit_code(self) -> int:
        """Return its exit code when it has ended; the negative number of a signal that ended it."""
        await self._exited.wait()
        code = self._transport.get_returncode() if self._transport is not None else None
        return code or 0

    async def end(self) -> None:
        """End the program and all that it started."""
        try:
            if not self._exited.is_set():
                self._signal(signal.SIGTERM)
                await self._has_exited()
        finally:
            self._signal(signal.SIGKILL)
            try:
                await self._has_exited()
            finally:
                self._silence()
                if self._transport is not None:
                    self._transport.close()

    async def _has_exited(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await self._exited.wait()

    def _signal(self, number: signal.Signals) -> None:
        # Its group has its number as long as anything runs in it. Behind that a number is not given
        # to another process before all others were (proc_sys_kernel_pid_max(5): 32,768 or more).
        if self._transport is not None and (pid := self._transport.get_pid()) is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number)

    def _pipe(self) -> asyncio.ReadTransport | None:
        if self._transport is None or self._is_over:
            return None
        return cast("asyncio.ReadTransport | None", self._transport.get_pipe_transport(1))

    def _silence(self) -> None:
        """Read no more."""
        self._is_over = True
        self._changed.set()
        if self._timer is not None:
            self._timer.cancel()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the program that was started."""
        self._transport = cast("SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take what it has written."""
        if fd != 1:
            self._complaint = (self._complaint + data)[-_LONGEST_COMPLAINT:]
            return
        if self._is_over:
            return
        self._chunks.append(data)
        self._ahead += len(data)
        self._changed.set()
        if self._exited.is_set():
            self._await_last_words()
        if self._ahead > _AHEAD and (pipe := self._pipe()) is not None:
            pipe.pause_reading()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        """Take the end of its output."""
        if fd == 1:
            self._silence()

    def process_exited(self) -> None:
        """Take its end; what it has written may still come."""
        self._exited.set()
        self._await_last_words()

    def _await_last_words(self) -> None:
        """Read on for a while from here on, and for as long as the reader is behind."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._is_over:
            reading = self._silence if self._ahead <= _AHEAD else self._await_last_words
            self._timer = asyncio.get_running_loop().call_later(_LAST_WORDS, reading)
