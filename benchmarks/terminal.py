"""What it costs to show an answer on a terminal, and how soon its first words are there.

A process of its own shows an answer of 30,000 characters, in 1,000 deltas over ten seconds, on a
pseudo-terminal of 100 x 40; this one reads the other side, and lets an emulator show what came. The
processor time is that of the process from before the first delta until the end, without its start.
The first deltas are those of short answers, each after a silence in which the spinner turns; the
time is from when a delta is told until its bytes can be read on the other side.
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
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pyte

from benchmarks.frames import answer
from tickertape.channels.terminal.consumer import TerminalConsumer
from tickertape.channels.terminal.frames import Frame, TerminalScreen
from tickertape.channels.terminal.terminal_reply import TerminalReply
from tickertape.channels.terminal.transport import TerminalTransport
from tickertape.cli.tables import aligned
from tickertape.events import Finished, TextDelta

__all__ = ["MOST_CPU", "MOST_FIRST", "MOST_KIB", "read_all", "run"]

MOST_CPU = 0.8
"""Seconds of processor time that the long answer may take."""
MOST_KIB = 300.0
"""KiB that may be written for it."""
MOST_FIRST = 20.0
"""Milliseconds after which a first delta is on the screen."""

CHARACTERS = 30_000
DELTAS = 1_000
SECONDS = 10.0
_SCREEN = TerminalScreen(100, 40)
_ROUNDS = 20
_SILENCE = 0.33
_COLOURS = re.compile("\x1b\\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class _Shown:
    """What came of one process."""

    told: dict[str, float]
    """What it says of itself."""
    pieces: list[tuple[float, bytes]]
    """What was read, and when."""

    @property
    def data(self) -> bytes:
        return b"".join(piece for _, piece in self.pieces)


def _deltas() -> Iterator[str]:
    text, size = answer(CHARACTERS), CHARACTERS // DELTAS
    yield from (text[at : at + size] for at in range(0, CHARACTERS, size))


async def _show_long(*, plain: bool) -> dict[str, float]:
    """Show the long answer; say what it cost."""
    transport = TerminalTransport(plain=plain)
    consumer = TerminalConsumer(transport)
    begun, spent = time.monotonic(), time.process_time()
    run = asyncio.create_task(consumer.run())
    for number, delta in enumerate(_deltas()):
        await asyncio.sleep(max(0.0, begun + number * SECONDS / DELTAS - time.monotonic()))
        consumer.on_delta(delta)
    consumer.finish()
    await run
    transport.close()
    return {"cpu": time.process_time() - spent, "sent": float(consumer.shown.is_whole)}


async def _show_first() -> dict[str, float]:
    """Show short answers; say when each of their first deltas was told."""
    told = {}
    for number in range(_ROUNDS):
        transport = TerminalTransport()
        consumer = TerminalConsumer(transport)
        run = asyncio.create_task(consumer.run())
        await asyncio.sleep(_SILENCE + number * 0.011)  # anywhere in the spinner's turn
        told[str(number)] = time.monotonic()
        consumer.on_delta(f"first{number}.")
        await asyncio.sleep(0.1)
        consumer.finish()
        await run
    return told


def _watch(what: str) -> _Shown:
    """Let a process show something on a terminal, and read what it writes."""
    master, slave = pty.openpty()
    size = struct.pack("HHHH", _SCREEN.rows, _SCREEN.columns, 0, 0)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
    command = [sys.executable, "-m", "benchmarks.terminal", what]
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": ""}
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=slave, stdout=slave, stderr=subprocess.PIPE, env=environment
    ) as process:
        os.close(slave)
        pieces = list(read_all(master))
        assert process.stderr is not None
        told = json.loads(process.stderr.read())
    return _Shown(told, pieces)


def read_all(master: int) -> Iterator[tuple[float, bytes]]:
    """Read until nobody writes any more."""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other side is closed
            piece = b""
        if not piece:
            os.close(master)
            return
        yield time.monotonic(), piece


def _is_exact(shown: _Shown) -> bool:
    """Say whether an emulator shows the lines of the answer in one piece, and nothing else."""
    reply = TerminalReply(_SCREEN)
    reply.feed(TextDelta(answer(CHARACTERS)), 0.0)
    reply.feed(Finished(), 0.0)
    frame = reply.poll(0.0) or Frame()
    screen = pyte.HistoryScreen(_SCREEN.columns, _SCREEN.rows, history=100_000)
    pyte.ByteStream(screen).feed(shown.data)
    rows = [*screen.history.top, *(screen.buffer[y] for y in range(screen.lines))]
    read = ["".join(row[x].data for x in range(max(row, default=-1) + 1)).rstrip() for row in rows]
    lines = [_COLOURS.sub("", line).rstrip() for line in frame.lines]
    return "\n".join(read).rstrip("\n") == "\n".join(lines).rstrip("\n")


def _waits(shown: _Shown) -> list[float]:
    """Give for each first delta the milliseconds until it could be read."""
    waits: list[float] = []
    seen = b""
    for moment, piece in shown.pieces:
        seen += piece
        number = str(len(waits))
        while number in shown.told and f"first{number}.".encode() in seen:
            waits.append((moment - shown.told[number]) * 1000)
            number = str(len(waits))
    return waits


def run() -> str:
    """Measure; give a table. `!` marks a bar that was missed."""
    long, plain, first = _watch("long"), _watch("plain"), _waits(_watch("first"))
    cpu, written, wait = long.told["cpu"], len(long.data) / 1024, max(first)
    said = len(answer(CHARACTERS).encode()) / 1024
    waits = f"{statistics.median(first):.1f} / {wait:.1f} ms"
    lines = [
        ("", "formatted", "plain"),
        (
            f"processor time (≤ {MOST_CPU:g})",
            f"{cpu:.2f} s{_mark(cpu <= MOST_CPU)}",
            f"{plain.told['cpu']:.2f} s",
        ),
        (
            f"written (≤ {MOST_KIB:g})",
            f"{written:.0f} KiB{_mark(written <= MOST_KIB)}",
            f"{len(plain.data) / 1024:.0f} KiB",
        ),
        ("written / said", f"{written / said:.2f}", f"{len(plain.data) / 1024 / said:.2f}"),
        ("frames", str(long.data.count(b"\x1b[?2026h")), ""),
        ("scrollback", "exact" if _is_exact(long) else "not exact !", ""),
        (
            f"first delta on screen, p50 / max of {_ROUNDS} (≤ {MOST_FIRST:g})",
            waits + _mark(wait <= MOST_FIRST and len(first) == _ROUNDS),
            "",
        ),
    ]
    return aligned(lines)


def _mark(is_met: bool) -> str:
    return "" if is_met else " !"


if __name__ == "__main__":
    shows = {
        "long": lambda: _show_long(plain=False),
        "plain": lambda: _show_long(plain=True),
        "first": _show_first,
    }
    print(json.dumps(asyncio.run(shows[sys.argv[1]]())), file=sys.stderr)
