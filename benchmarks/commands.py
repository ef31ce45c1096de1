"""What `tickertape ask` and `tickertape chat` cost, as people run them, and how soon they begin.

Each command is a process in a pseudo-terminal of 100 x 40, or between pipes, and asks a model's
server of ours over HTTP; an emulator shows what came. Processor time is that of the whole process;
what the start takes of it is known from the same command with an answer of one word.

The time to the first byte goes from the start of the process until the server has its request. The
time of a first delta goes from when the server has written it until it can be read on the terminal;
the spinner has been turning for a while.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyte

from benchmarks.frames import answer
from benchmarks.terminal import CHARACTERS, DELTAS, MOST_CPU, MOST_FIRST, MOST_KIB, SECONDS
from tickertape.channels.terminal.frames import Frame, TerminalScreen
from tickertape.channels.terminal.terminal_reply import TerminalReply
from tickertape.cli.tables import aligned
from tickertape.events import Finished, TextDelta
from tickertape.testing.model_script import Plan, ScriptedAnswer, rendered
from tickertape.testing.model_server import ModelServer

__all__ = ["MOST_START", "run"]

MOST_START = 0.6
"""Seconds after which a question is with the model's server."""

_SCREEN = TerminalScreen(100, 40)
_ROUNDS = 10
_FIRST_ROUNDS = 20
_SILENCE = 0.33
_PATIENCE = 60.0
_COLOURS = re.compile("\x1b\\[[0-9;]*m")
_READY = b"\x1b[?2004h"  # bracketed paste: the line of input is there
_HELP = b"/help - what I can do"


@dataclass(slots=True)
class _Terminal:
    """A process, and what it wrote."""

    process: subprocess.Popen[bytes]
    keys: int
    began: float
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    cpu: float = 0.0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False

    @property
    def data(self) -> bytes:
        return b"".join(piece for _, piece in self.pieces)

    async def until(self, text: bytes) -> float:
        """Wait until `text` can be read; say when that was."""
        async with asyncio.timeout(_PATIENCE):
            while text not in self.data:
                self.news.clear()
                await self.news.wait()
        return self.pieces[-1][0]

    async def end(self) -> None:
        """Wait until the process has ended, and take note of what it cost."""
        async with asyncio.timeout(_PATIENCE):
            while not self.is_over:
                self.news.clear()
                await self.news.wait()
        _, _, used = await asyncio.to_thread(os.wait4, self.process.pid, 0)
        self.process.returncode = 0
        self.cpu = used.ru_utime + used.ru_stime

    def read(self, descriptor: int) -> None:
        try:
            piece = os.read(descriptor, 65_536)
        except OSError:  # the other side is closed
            piece = b""
        loop = asyncio.get_running_loop()
        if piece:
            self.pieces.append((loop.time(), piece))
        else:
            loop.remove_reader(descriptor)
            self.is_over = True
        self.news.set()


@asynccontextmanager
async def _running(folder: Path, *arguments: str, piped: bool = False) -> AsyncIterator[_Terminal]:
    """Run a command in a terminal, or with its output in a pipe."""
    master, slave = os.pipe() if piped else pty.openpty()
    if not piped:
        size = struct.pack("HHHH", _SCREEN.rows, _SCREEN.columns, 0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
    home = {f"XDG_{name}_HOME": str(folder) for name in ("STATE", "CACHE", "CONFIG")}
    loop = asyncio.get_running_loop()
    began = loop.time()
    process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own command; it begins at once
        [sys.executable, "-m", "tickertape", *arguments],
        cwd=folder,
        env={**os.environ, **home, "TERM": "xterm-256color", "NO_COLOR": ""},
        stdin=subprocess.DEVNULL if piped else slave,
        stdout=slave,
        stderr=subprocess.DEVNULL if piped else slave,
    )
    os.close(slave)
    terminal = _Terminal(process, master, began)
    loop.add_reader(master, terminal.read, master)
    try:
        yield terminal
        await terminal.end()
    finally:
        if process.returncode is None:
            process.kill()
        os.close(master)


@asynccontextmanager
async def _serving(*plans: Plan) -> AsyncIterator[tuple[ModelServer, Path]]:
    """Run a model's server, and a folder whose configuration names it."""
    async with ModelServer(*plans) as server:
        with tempfile.TemporaryDirectory(prefix="tickertape-") as folder:
            provider = {"base_url": server.base_url, "api_key_env": ""}
            (Path(folder) / "tickertape.yaml").write_text(json.dumps({"provider": provider}))
            yield server, Path(folder)


async def _ask(plan: Plan, *more: str, piped: bool = False) -> tuple[_Terminal, float]:
    """Ask once; give what came, and the seconds until the server was asked."""
    async with (
        _serving(plan) as (server, folder),
        _running(folder, "ask", "Hi", *more, piped=piped) as terminal,
    ):
        await server.asked()
        waited = server.requests[0].at - terminal.began
    return terminal, waited


async def _chat(plan: Plan) -> _Terminal:
    """Talk once: the answer to `/help` says that the one before is complete."""
    async with _serving(plan) as (_, folder), _running(folder, "chat") as terminal:
        await terminal.until(_READY)
        os.write(terminal.keys, b"Hi\r/help\r")
        await terminal.until(_HELP)
        os.write(terminal.keys, b"\x04")
    return terminal


async def _first(command: str) -> list[float]:
    """Give the milliseconds after which first deltas can be read."""
    plans = [
        replace(
            rendered(
                ScriptedAnswer(pieces=(f"first{number}. ", "And")), "chat_completions", stream=True
            ),
            delay=_SILENCE + number * 0.011,  # anywhere in the spinner's turn
        )
        for number in range(_FIRST_ROUNDS)
    ]
    waits = []
    async with _serving(*plans) as (server, folder):
        if command == "chat":
            async with _running(folder, "chat") as terminal:
                await terminal.until(_READY)
                for number, plan in enumerate(plans):
                    os.write(terminal.keys, b"Hi\r")
                    shown = await terminal.until(f"first{number}.".encode())
                    waits.append(shown - server.requests[number].at - plan.delay)
                os.write(terminal.keys, b"/help\r")
                await terminal.until(_HELP)
                os.write(terminal.keys, b"\x04")
        else:
            for number, plan in enumerate(plans):
                async with _running(folder, "ask", "Hi") as terminal:
                    shown = await terminal.until(f"first{number}.".encode())
                    waits.append(shown - server.requests[number].at - plan.delay)
    return [wait * 1000 for wait in waits]


def _is_exact(data: bytes) -> bool:
    """Say whether an emulator shows the lines of the answer in one piece, in their order, once."""
    reply = TerminalReply(_SCREEN)
    reply.feed(TextDelta(answer(CHARACTERS)), 0.0)
    reply.feed(Finished(), 0.0)
    lines = [_COLOURS.sub("", line).rstrip() for line in (reply.poll(0.0) or Frame()).lines]
    screen = pyte.HistoryScreen(_SCREEN.columns, _SCREEN.rows, history=100_000)
    pyte.ByteStream(screen).feed(data)
    rows = [*screen.history.top, *(screen.buffer[y] for y in range(screen.lines))]
    read = ["".join(row[x].data for x in range(max(row, default=-1) + 1)).rstrip() for row in rows]
    # A chat has its greeting and the question above, an order and its answer below.
    shown, whole = "\n".join(read), "\n".join(lines)
    head, found, tail = shown.partition(whole)
    return bool(found) and len(head) < 100 and len(tail) < 1_000 and whole not in tail


async def _measure() -> list[Sequence[str]]:
    text, size = answer(CHARACTERS), CHARACTERS // DELTAS
    pieces = tuple(text[at : at + size] for at in range(0, CHARACTERS, size))
    long, short = (
        ScriptedAnswer(pieces=pieces, pause=SECONDS / DELTAS),
        ScriptedAnswer(pieces=("Hello",)),
    )
    asked = [await _ask(short) for _ in range(_ROUNDS)]
    piped = [await _ask(short, piped=True) for _ in range(_ROUNDS)]
    shown, bare = (await _ask(long))[0], (await _ask(long, piped=True))[0]
    talked, brief = await _chat(long), [await _chat(short) for _ in range(3)]
    first = {command: await _first(command) for command in ("ask", "chat")}
    runs = (
        (shown, [terminal.cpu for terminal, _ in asked]),
        (talked, [terminal.cpu for terminal in brief]),
        (bare, [terminal.cpu for terminal, _ in piped]),
    )
    return [
        ("", "ask", "chat", "ask | cat"),
        (
            f"to the server, median / max of {_ROUNDS} (≤ {MOST_START:g} s)",
            _start([waited for _, waited in asked]),
            "",
            _start([waited for _, waited in piped]),
        ),
        (
            "processor time of the start",
            *(f"{statistics.median(start):.2f} s" for _, start in runs),
        ),
        (
            f"of the answer (≤ {MOST_CPU:g} s)",
            *(_cpu(terminal.cpu - statistics.median(start)) for terminal, start in runs),
        ),
        (f"written (≤ {MOST_KIB:g} KiB)", *(_written(terminal) for terminal, _ in runs)),
        (
            "scrollback",
            *("exact" if _is_exact(t.data) else "not exact !" for t in (shown, talked)),
            "",
        ),
        (
            f"first delta on screen, p50 / max of {_FIRST_ROUNDS} (≤ {MOST_FIRST:g} ms)",
            *(_waits(first[command]) for command in ("ask", "chat")),
            "",
        ),
    ]


def _start(waits: list[float]) -> str:
    middle = statistics.median(waits)
    return f"{middle:.2f} / {max(waits):.2f} s{_mark(middle <= MOST_START)}"


def _cpu(spent: float) -> str:
    return f"{spent:.2f} s{_mark(spent <= MOST_CPU)}"


def _written(terminal: _Terminal) -> str:
    size = len(terminal.data) / 1024
    return f"{size:.0f} KiB{_mark(size <= MOST_KIB)}"


def _waits(waits: list[float]) -> str:
    middle = statistics.median(waits)
    return f"{middle:.1f} / {max(waits):.1f} ms{_mark(max(waits) <= MOST_FIRST)}"


def _mark(is_met: bool) -> str:
    return "" if is_met else " !"


def run() -> str:
    """Measure; give a table. `!` marks a bar that was missed."""
    return aligned(asyncio.run(_measure()))
