"""How soon an answer is heard, and whether a screen beside it notices.

The voice is the real espeak-ng, the loudspeaker a program that notes when the first samples reach
it and plays without taking any time: so every sentence is synthesised as soon as it is written,
which is more at once than an ear would let through. The screen is a terminal of its own process,
read on the other side; its words are numbered, and a word's delay is the time from when it was told
until it can be read.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import Any

from benchmarks.terminal import read_all
from tickertape.channels.terminal.consumer import TerminalConsumer
from tickertape.channels.terminal.transport import TerminalTransport
from tickertape.cli.tables import aligned
from tickertape.events import Event, Finished, TextDelta
from tickertape.speech.engines.espeak import PROGRAM, Espeak
from tickertape.speech.players import Loudspeaker
from tickertape.speech.speaker import Speaker
from tickertape.speech.text.sentence_splitter import SentenceSplitter

__all__ = ["MOST_DIFFERENCE", "MOST_WAIT", "run"]

MOST_WAIT = 300.0
"""Milliseconds from the end of the first sentence until its sound is with the loudspeaker."""
MOST_DIFFERENCE = 5.0
"""Percent by which the screen's delay with a voice may differ from the one without."""

_FIRST = (
    "Yes. It",
    "Here is what I found about it. First",
    "The train leaves at half past seven, from the second platform of the old station. Then",
    "A long sentence comes first, with several clauses, which says what the answer is about. Now",
)
_ROUNDS = 5
_WORDS = 400
_SENTENCE = 8
_SECONDS = 8.0
_PAIRS = 3
_NOTES = "head -c 2 >/dev/null; date +%s%N > {}; cat >/dev/null"
_WORD = re.compile(rb"word(\d{3})")


async def _first_sound(text: str, folder: Path) -> float:
    """Give the milliseconds from the delta that ends the first sentence until it is heard."""
    noted = folder / "noted"
    player = Loudspeaker("/bin/sh", lambda _: ("-c", _NOTES.format(noted)))
    speaker = Speaker(Espeak(), player)
    running = asyncio.create_task(speaker.run())
    splitter, told = SentenceSplitter(), 0
    for char in text:
        await asyncio.sleep(0)
        if not told and splitter.feed(char):
            told = time.time_ns()
        speaker.feed(TextDelta(char))
        if told:
            break
    while not speaker.spoken:  # noqa: ASYNC110 - a process tells
        await asyncio.sleep(0.001)
    heard = int(noted.read_text())
    speaker.stop()
    await running
    return (heard - told) / 1e6


async def _first_sounds() -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        return [await _first_sound(text, Path(folder)) for _ in range(_ROUNDS) for text in _FIRST]


async def _show(*, is_heard: bool) -> dict[str, float]:
    """Show numbered words; say when each was told, and what it cost."""
    transport = TerminalTransport()
    screen = TerminalConsumer(transport)
    player = Loudspeaker("/bin/sh", lambda _: ("-c", "cat >/dev/null"))
    speaker = Speaker(Espeak(), player)
    runs: list[asyncio.Task[Any]] = [asyncio.create_task(screen.run())]
    if is_heard:
        runs.append(asyncio.create_task(speaker.run()))
    told: dict[str, float] = {}
    begun, spent = time.monotonic(), time.process_time()

    def tell(event: Event) -> None:
        screen.feed(event)
        if is_heard:
            speaker.feed(event)

    for number in range(_WORDS):
        await asyncio.sleep(max(0.0, begun + number * _SECONDS / _WORDS - time.monotonic()))
        end = ". " if number % _SENTENCE == _SENTENCE - 1 else " "
        told[f"{number:03}"] = time.monotonic()
        tell(TextDelta(f"word{number:03}{end}"))
    tell(Finished())
    await asyncio.gather(*runs)
    transport.close()
    told["cpu"], told["spoken"] = time.process_time() - spent, len(speaker.spoken)
    return told


def _delay(what: str) -> tuple[float, dict[str, float]]:
    """Let a process show words; give their mean delay in milliseconds, and what it told."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    command = [sys.executable, "-m", "benchmarks.spoken", what]
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=slave, stdout=slave, stderr=subprocess.PIPE, env=environment
    ) as process:
        os.close(slave)
        seen: dict[str, float] = {}
        for moment, piece in read_all(master):
            for found in _WORD.finditer(piece):
                seen.setdefault(found[1].decode(), moment)
        assert process.stderr is not None
        told = json.loads(process.stderr.read())
    delays = [seen[number] - told[number] for number in told if number in seen]
    assert len(delays) > _WORDS * 0.9, "words were read in pieces"
    return statistics.mean(delays) * 1000, told


def run() -> str:
    """Measure; give a table. `!` marks a bar that was missed."""
    if shutil.which(PROGRAM) is None:
        return f"{PROGRAM} is not installed"
    first = asyncio.run(_first_sounds())
    pairs = [(_delay("silent"), _delay("heard")) for _ in range(_PAIRS)]
    without = statistics.median(silent[0] for silent, _ in pairs)
    beside = statistics.median(heard[0] for _, heard in pairs)
    cpu = statistics.median(h[1]["cpu"] for _, h in pairs) - statistics.median(
        s[1]["cpu"] for s, _ in pairs
    )
    spoken = int(min(heard[1]["spoken"] for _, heard in pairs))
    difference = (beside / without - 1) * 100
    waits = f"{statistics.median(first):.0f} / {max(first):.0f} ms"
    is_alike = abs(difference) < MOST_DIFFERENCE
    return aligned(
        [
            ("", ""),
            (
                f"first sound, p50 / max of {len(first)} (≤ {MOST_WAIT:g})",
                waits + _mark(max(first) <= MOST_WAIT),
            ),
            ("mean delay of a word on the screen, silent", f"{without:.1f} ms"),
            ("... with a voice", f"{beside:.1f} ms"),
            (f"difference (≤ {MOST_DIFFERENCE:g})", f"{difference:+.1f} %{_mark(is_alike)}"),
            ("sentences spoken beside it", f"{spoken} of {_WORDS // _SENTENCE}"),
            ("processor time of the speaker, without the voice", f"{cpu:.2f} s"),
        ]
    )


def _mark(is_met: bool) -> str:
    return "" if is_met else " !"


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_show(is_heard=sys.argv[1] == "heard"))), file=sys.stderr)
