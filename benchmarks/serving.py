"""`tickertape serve` as operators run it: what its start, its waiting and its answers take.

The gateway is a process of its own, with Telegram as its channel and one model that a key opens.
The emulated Telegram and the model's server are in this process, and both are reached over real
HTTP; what they take is not counted. A hundred people write within a second, and every answer has
fifty tokens of Markdown a second.

What the answers take is told as a share of the time from the last question to the end of the first
answer. A machine with other things to do gives them late: the rate at which they came is told too.

Processor time and memory are read from `/proc`, which only Linux has.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.frames import answer
from tickertape.cli.tables import aligned
from tickertape.emulator.scene import TOKEN
from tickertape.emulator.server import EmulatorServer
from tickertape.testing.measures import same
from tickertape.testing.model_script import ScriptedAnswer
from tickertape.testing.model_server import ModelServer

__all__ = ["CHATS", "MOST_IDLE", "MOST_READY", "MOST_SHARE", "run"]

CHATS = 100
"""People who are answered at once."""

MOST_READY = 2.0
"""Seconds of processor time until the bot listens."""

MOST_IDLE = 160.0
"""MiB of memory of a bot that listens and has said nothing yet."""

MOST_SHARE = 0.35
"""The share of one core that the answers may take."""

_STARTS = 5
_RATE = 50.0
_SECONDS = 12.0
_SPREAD = 1.0
_TOKEN = 4
_FIRST_PERSON = 2001
_LISTENING = b"listening as"
_PATIENCE = 60.0
_SETTLED = 1.0


@dataclass(frozen=True, slots=True)
class _Served:
    """What one run of the gateway took."""

    ready: float
    idle: float
    share: float = 0.0
    rate: float = 0.0
    after: float = 0.0
    frames: float = 0.0
    whole: int = 0


@asynccontextmanager
async def _gateway(emulator: EmulatorServer, model: ModelServer) -> AsyncIterator[int]:
    """Run the gateway; yield its number when it listens."""
    with tempfile.TemporaryDirectory(prefix="tickertape-") as folder:
        config = {
            "provider": {"base_url": model.base_url, "api_key_env": "KEY"},
            "telegram": {"api_base": emulator.url, "token_env": "TOKEN"},
            "access": {"allow": list(_people())},
        }
        path = Path(folder) / "tickertape.yaml"
        path.write_text(json.dumps(config))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tickertape", "serve", "--config", str(path)),
            cwd=folder,
            env={**os.environ, "TOKEN": TOKEN, "KEY": "sk-none"},
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        reading = asyncio.create_task(_until_listening(process.stderr))
        try:
            async with asyncio.timeout(_PATIENCE):
                await reading
            rest = asyncio.create_task(process.stderr.read())
            yield process.pid
        finally:
            process.terminate()
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        await rest


async def _until_listening(log: asyncio.StreamReader) -> None:
    said = b""
    while line := await log.readline():
        said += line
        if _LISTENING in line:
            return
    raise RuntimeError(said.decode(errors="replace"))


def _people() -> range:
    return range(_FIRST_PERSON, _FIRST_PERSON + CHATS)


async def _start(*, with_answers: bool) -> _Served:
    # To the end of a paragraph: half a mark of Markdown at the end has no looks to become.
    text = answer(int(_RATE * _SECONDS) * _TOKEN).rpartition("\n\n")[0]
    pieces = tuple(text[at : at + _TOKEN] for at in range(0, len(text), _TOKEN))
    plan = ScriptedAnswer(pieces=pieces, pause=1 / _RATE)
    async with (
        EmulatorServer() as emulator,
        ModelServer(plan) as model,
        _gateway(emulator, model) as process,
    ):
        ready = _cpu_seconds(process)
        await asyncio.sleep(_SETTLED)
        served = _Served(ready, _memory(process))
        return await _answered(emulator, process, served, text) if with_answers else served


async def _answered(emulator: EmulatorServer, process: int, served: _Served, text: str) -> _Served:
    """Let everybody write, and measure while everybody is answered."""
    world = emulator.world
    for person in _people():
        world.add_person(person, f"Person {person}", f"person{person}")
        world.begin(person)
    begun = emulator.now()
    for person in _people():
        world.person_writes(person, "How do tides come about?", emulator.now())
        await asyncio.sleep(_SPREAD / CHATS)
    calls, asked, spent = world.calls.count, emulator.now(), _cpu_seconds(process)
    first = await _until(emulator, any)
    share = (_cpu_seconds(process) - spent) / (first - asked)
    frames, after = (world.calls.count - calls) / (first - asked), _memory(process)
    await _until(emulator, all)
    rate = len(text) / _TOKEN / (first - begun)
    ended = sum(same(_said(emulator, person), text) for person in _people())
    return _Served(served.ready, served.idle, share, rate, after, frames, ended)


async def _until(emulator: EmulatorServer, enough: Callable[[Iterable[bool]], bool]) -> float:
    """Wait until answers are over; give the time."""
    async with asyncio.timeout(_PATIENCE):
        while not enough(_is_over(emulator, person) for person in _people()):
            await emulator.changed()
    return emulator.now()


def _is_over(emulator: EmulatorServer, person: int) -> bool:
    screen = emulator.world.screen(person)
    return not screen.drafts and len(screen.messages) > 1


def _said(emulator: EmulatorServer, person: int) -> str:
    """Give what the bot's messages to a person say."""
    return "\n\n".join(emulator.world.screen(person).texts[1:])


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(process: int) -> float:
    """Give the MiB of a process that lie in memory."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def _measure() -> list[_Served]:
    return [await _start(with_answers=number == 0) for number in range(_STARTS)]


def _mark(*, is_met: bool) -> str:
    return "" if is_met else " !"


def run() -> str:
    """Measure; give a table. `!` marks a bar that was missed."""
    if not Path("/proc/self/statm").exists():
        return "not measured: there is no /proc here"
    runs = asyncio.run(_measure())
    ready = statistics.median(run_.ready for run_ in runs)
    idle = statistics.median(run_.idle for run_ in runs)
    load = runs[0]
    return aligned(
        [
            (
                f"processor time until it listens, median of {_STARTS} (≤ {MOST_READY:g} s)",
                f"{ready:.2f} s{_mark(is_met=ready <= MOST_READY)}",
            ),
            (
                f"memory then (≤ {MOST_IDLE:g} MiB)",
                f"{idle:.0f} MiB{_mark(is_met=idle <= MOST_IDLE)}",
            ),
            (
                f"{CHATS} answers at {_RATE:g} tokens a second, of a core (≤ {MOST_SHARE:.0%})",
                f"{load.share:.0%}{_mark(is_met=load.share <= MOST_SHARE)}",
            ),
            ("tokens a second that came of an answer", f"{load.rate:.0f}"),
            ("memory meanwhile", f"{load.after:.0f} MiB"),
            ("calls to Telegram a second", f"{load.frames:.0f}"),
            ("answers whole", f"{load.whole} of {CHATS}"),
        ]
    )
