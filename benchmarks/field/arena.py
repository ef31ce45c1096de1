"""One library at a time, in all its chats at once: each with a process and an emulator of its own.

The library is told of the answer when the token clock begins, as a bot is whose model begins to
speak. What a reader saw is read off the emulated screen after every change of it.
"""

from __future__ import annotations

import asyncio
import os
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from benchmarks.field.entrants import Entrant
from benchmarks.field.runs import Run, Shot, run_of
from benchmarks.field.scenarios import ROUND_TRIP, Scenario
from benchmarks.field.screen import readable
from tickertape.emulator.answers import Answer
from tickertape.emulator.scene import TOKEN
from tickertape.emulator.server import EmulatorServer
from tickertape.emulator.settings import Settings

__all__ = ["Round", "compete"]

_ROOT = Path(__file__).parent.parent.parent
_PATIENCE = 120.0
"""Seconds after the last token; what is not over by then counts as not finished."""
_SETUP = 90.0
"""Seconds for a program to be ready: some import a whole agent, four times at once."""
_AHEAD = 0.5
"""Seconds from the signal until the clock begins, so that it reaches all programs before."""
_TICK = 0.02
"""Seconds between the timers that show how busy the machine is: the pace of the faster trace."""
_PARTING = 5.0
"""Seconds until a program that was told to end is killed."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one library did in all its chats, and whether the machine had time for it."""

    runs: Sequence[Run]
    """One for each chat."""
    seconds: float
    """How long it took, without the set-up."""
    lateness: float
    """Seconds that a timer rang too late, at worst: a machine that is too busy shows here."""


async def compete(entrant: Entrant, scenarios: Sequence[Scenario]) -> Round:
    """Let one library carry one answer in each of its chats, all at the same time."""
    async with AsyncExitStack() as stack:
        matches = [
            await stack.enter_async_context(_Match(entrant, scenario))
            for scenario in scenarios
            if scenario.kind in entrant.kinds
        ]
        await asyncio.gather(*(match.prepare() for match in matches))
        begins_at = time.time() + _AHEAD
        listening = asyncio.create_task(_listen_to_timers())
        runs = await asyncio.gather(*(match.play(begins_at) for match in matches))
        seconds = time.time() - begins_at
        listening.cancel()
        return Round(runs, seconds, await listening)


async def _listen_to_timers() -> float:
    """Ring a timer again and again until cancelled; say how late the latest rang."""
    clock = asyncio.get_running_loop().time
    worst = 0.0
    with suppress(asyncio.CancelledError):
        while True:
            due = clock() + _TICK
            await asyncio.sleep(_TICK)
            worst = max(worst, clock() - due)
    return worst


@dataclass(slots=True)
class _Match:
    """One library in one chat."""

    entrant: Entrant
    scenario: Scenario
    emulator: EmulatorServer = field(init=False)
    shots: list[Shot] = field(default_factory=list)
    ending: str = ""
    _process: Process | None = None
    _camera: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.emulator = EmulatorServer(Settings(round_trip=ROUND_TRIP))
        await self.emulator.__aenter__()
        self._camera = asyncio.create_task(self._watch())
        scenario = self.scenario
        arguments = (self.emulator.url, TOKEN, str(scenario.chat_id), scenario.kind, scenario.trace)
        self._process = await asyncio.create_subprocess_exec(
            *self.entrant.command,
            *map(str, arguments),
            *self.entrant.options,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd=_ROOT,
            env={k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            await _end(self._process)
        if self._camera is not None:
            self._camera.cancel()
            await asyncio.wait([self._camera])
        await self.emulator.__aexit__(None, None, None)

    async def prepare(self) -> None:
        """Wait until the program is set up; where it is not, say so and play without it."""
        try:
            async with asyncio.timeout(_SETUP):
                line = await self._hear("READY", "FAILED")
        except TimeoutError:
            line = "FAILED not set up in time"
        if line != "READY":
            self.ending = line

    async def play(self, begins_at: float) -> Run:
        """Give the signal, wait for the end, and measure."""
        begins = self.emulator.now() + begins_at - time.time()
        tokens = self.scenario.tokens()
        if not self.ending:
            self._tell(f"GO {begins_at}")
            try:
                async with asyncio.timeout_at(
                    asyncio.get_running_loop().time() + _AHEAD + tokens[-1][0] + _PATIENCE
                ):
                    self.ending = await self._hear("DONE", "FAILED")
            except TimeoutError:
                self.ending = f"FAILED not finished {_PATIENCE:.0f} s after the last token"
        calls = [record for _, record in self.emulator.world.calls.after(0) if record.chat_id]
        answers = [call.outcome for call in calls if isinstance(call.outcome, Answer)]
        return run_of(
            entrant=self.entrant.name,
            scenario=self.scenario.name,
            tokens=tokens,
            shots=[Shot(s.at - begins, s.messages, s.drafts) for s in self.shots],
            calls=len(calls),
            refusals=sum(answer.status != 200 for answer in answers),
            ending=self.ending,
        )

    async def _watch(self) -> None:
        """Take a picture of the screen after every change."""
        while True:
            await self.emulator.changed()
            screen = self.emulator.world.screen(self.scenario.chat_id)
            shot = Shot(
                self.emulator.now(),
                tuple(readable(message.content) for message in screen.messages),
                tuple(readable(draft.content) for draft in screen.drafts),
            )
            last = self.shots[-1] if self.shots else Shot(0.0, (), ())
            if (shot.messages, shot.drafts) != (last.messages, last.drafts):
                self.shots.append(shot)

    async def _hear(self, *words: str) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = line.decode("utf-8", "replace").strip()
            if said.split(" ")[0] in words:
                return said
        return "FAILED the program ended"

    def _tell(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_PARTING):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
