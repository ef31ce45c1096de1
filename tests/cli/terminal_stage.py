r"""Commands in a terminal or between pipes, with a model's server beside them, for tests.

async with ModelServer() as server:
    folder = configured(tmp_path, server)
    async with in_terminal("ask", "Hello?", cwd=folder) as terminal:
        await terminal.shows("Hello")
        terminal.type("\x03")
        assert await terminal.ended() == 130
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pyte

from forked_commands import ForkedCommand
from tickertape.testing.model_server import ModelServer

__all__ = ["COMMAND", "Piped", "Pty", "between_pipes", "configured", "environment", "in_terminal"]

COMMAND = [sys.executable, "-m", "tickertape"]
READ_AT_START = ("PYTHON", "LANG", "LC_")
"""How variables are named that Python reads as it starts."""
_PATIENCE = 20.0
# What would make a test depend on whoever runs it.
_LEFT_OUT = ("TICKERTAPE_", "TELEGRAM_", "OPENAI_", "NO_COLOR", "TERM", "COLUMNS", "LINES", "LC_")


def configured(folder: Path, server: ModelServer, **more: object) -> Path:
    """Write a configuration that asks `server`; give the folder."""
    provider = {"base_url": server.base_url, "api_key_env": "", "system_prompt": "Be brief."}
    sections = {"provider": provider, "tools": {"builtin": []}, **more}
    # JSON is YAML, too.
    text = json.dumps(sections)
    (folder / "tickertape.yaml").write_text(text, "utf-8")
    return folder


def environment(home: Path, changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give the variables of a person whose home is `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    place = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("STATE", "CACHE", "CONFIG")}
    return {**kept, **place, "TERM": "xterm-256color", "LANG": "C.UTF-8", **(changes or {})}


class Piped:
    """A command with pipes on all sides, with what `asyncio.subprocess.Process` has of one."""

    def __init__(
        self,
        command: ForkedCommand,
        stdin: asyncio.StreamWriter,
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader,
    ) -> None:
        self._command = command
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr

    @property
    def returncode(self) -> int | None:
        """The exit code; None while it runs."""
        return self._command.poll()

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        self._command.send_signal(number)

    async def wait(self) -> int:
        """Wait for the end, and return the exit code."""
        return await ended(self._command)

    async def communicate(self, words: bytes = b"") -> tuple[bytes, bytes]:
        """Write all that it is told, read all that it says, and wait for its end."""
        if not self.stdin.is_closing():
            self.stdin.write(words)
            self.stdin.close()
        out, said = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return out, said


async def ended(command: ForkedCommand | subprocess.Popen[bytes]) -> int:
    """Wait for the end of a command, and return its exit code."""
    if isinstance(command, subprocess.Popen):
        return await asyncio.to_thread(command.wait)
    if command.poll() is None:
        loop, has_ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(command.exit, has_ended.set)
        try:
            await has_ended.wait()
        finally:
            loop.remove_reader(command.exit)
    return command.wait()


@asynccontextmanager
async def between_pipes(
    *arguments: str, cwd: Path, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Piped | asyncio.subprocess.Process]:
    """Run a command with pipes on all sides; it is gone when the block ends.

    It is started for real where a variable is given that Python reads as it starts.
    """
    env = environment(cwd, environ)
    is_real = any(name.startswith(READ_AT_START) for name in environ or ())
    start = _started if is_real else _forked
    async with start(*arguments, cwd=cwd, env=env) as process, asyncio.timeout(_PATIENCE):
        yield process


@asynccontextmanager
async def _started(
    *arguments: str, cwd: Path, env: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        cwd=cwd,
        env=env,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@asynccontextmanager
async def _forked(*arguments: str, cwd: Path, env: Mapping[str, str]) -> AsyncIterator[Piped]:
    (its_in, stdin), (stdout, its_out), (stderr, its_err) = os.pipe(), os.pipe(), os.pipe()
    its = (its_in, its_out, its_err)
    try:
        command = ForkedCommand(*arguments, cwd=cwd, env=env, streams=its)
    finally:
        for descriptor in its:
            os.close(descriptor)
    process = Piped(command, await _writer(stdin), await _reader(stdout), await _reader(stderr))
    try:
        yield process
    finally:
        command.kill()
        await process.communicate()


async def _writer(descriptor: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    pipe = os.fdopen(descriptor, "wb", 0)
    made = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, pipe)
    return asyncio.StreamWriter(*made, None, loop)


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", 0)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return reader


class _Answering(pyte.HistoryScreen):
    """A screen with a scrollback that answers when a program asks it something."""

    def __init__(self, answer: Callable[[str], None], columns: int, rows: int) -> None:
        super().__init__(columns, rows, history=100_000, ratio=0.5)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        self._answer(data)


class Pty:
    """A terminal with a person before it: what is shown, and what is typed."""

    def __init__(self, master: int, columns: int, rows: int) -> None:
        self._master = master
        self._screen = _Answering(self.type, columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()
        self.process: ForkedCommand | subprocess.Popen[bytes]
        """The command that runs in it."""
        self.written = bytearray()
        """Every byte that was written to it."""

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._master, text.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size; the program is told."""
        self._screen.resize(rows, columns)
        size(self._master, columns, rows)

    @property
    def lines(self) -> list[str]:
        """All that stands there, the scrollback first, without blank rows at the end."""
        rows = [*self._screen.history.top, *(self._screen.buffer[y] for y in range(self._rows))]
        texts = [_text(row) for row in rows]
        while texts and not texts[-1]:
            texts.pop()
        return texts

    @property
    def text(self) -> str:
        """The same as one text."""
        return "\n".join(self.lines)

    @property
    def cursor_is_hidden(self) -> bool:
        """Whether nobody sees the cursor."""
        return bool(self._screen.cursor.hidden)

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows what is typed by itself, as a shell finds it."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    async def until(self, seen: Callable[[], bool]) -> None:
        """Wait until something can be seen: a frame that is being drawn is not, before its end."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while self._is_drawing or not seen():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"this is what is seen:\n{self.text}") from None

    async def shows(self, text: str) -> None:
        """Wait until a text stands there."""
        await self.until(lambda: text in self.text)

    async def ended(self) -> int:
        """Wait until the program has ended and all it wrote is here; give its exit code."""
        async with asyncio.timeout(_PATIENCE):
            code = await ended(self.process)
            await self._closed.wait()
        return code

    @property
    def _is_drawing(self) -> bool:
        """Whether a bracket of synchronized output (DEC mode 2026) is open."""
        return self.written.count(b"\x1b[?2026h") > self.written.count(b"\x1b[?2026l")

    @property
    def _rows(self) -> int:
        return int(self._screen.lines)

    def read(self) -> None:
        """Take what the program wrote."""
        try:
            data = os.read(self._master, 65_536)
        except OSError as error:
            if error.errno != errno.EIO:  # the other end was closed
                raise
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._master)
            self._closed.set()
        self.written += data
        self._stream.feed(data)
        self._changed.set()


@asynccontextmanager
async def in_terminal(
    *arguments: str,
    cwd: Path,
    environ: Mapping[str, str] | None = None,
    columns: int = 80,
    rows: int = 24,
    is_forked: bool = True,
    program: Sequence[str] = COMMAND,
) -> AsyncIterator[Pty]:
    """Run a command in a terminal of its own; both are gone when the block ends.

    It is started for real where it is not to be forked, or is another program's.
    """
    master, slave = pty.openpty()
    size(master, columns, rows)
    terminal = Pty(master, columns, rows)
    loop = asyncio.get_running_loop()
    loop.add_reader(master, terminal.read)
    try:
        try:
            env = environment(cwd, environ)
            if is_forked and program is COMMAND:
                terminal.process = ForkedCommand(
                    *arguments,
                    cwd=cwd,
                    env=env,
                    streams=(slave, slave, slave),
                    controls_terminal=True,
                )
            else:
                terminal.process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own command, at once
                    [*program, *arguments],
                    cwd=cwd,
                    env=env,
                    stdin=slave,
                    stdout=slave,
                    stderr=slave,
                    start_new_session=True,
                    preexec_fn=_take_terminal,  # noqa: PLW1509 - it makes one call of the system
                )
        finally:
            os.close(slave)
        try:
            yield terminal
        finally:
            terminal.process.kill()
            await ended(terminal.process)
    finally:
        loop.remove_reader(master)
        os.close(master)


def size(descriptor: int, columns: int, rows: int) -> None:
    """Say how large a terminal is."""
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _take_terminal() -> None:
    """Make standard input the terminal that rules the process, so that Ctrl-C reaches it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _text(row: Any) -> str:
    return "".join(row[x].data for x in range(max(row, default=-1) + 1)).rstrip()
