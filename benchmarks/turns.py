"""Many turns at once on one core: the agent and its provider over real HTTP.

A `ModelServer` in a process of its own, on another core, answers two hundred turns at fifty tokens
a second each. This process reads all of them through `ModelProvider` and `ModelAgent`, on one
core. The turns begin spread over two seconds: people do not write at the same moment. A first turn
alone has everything imported, and what is there by then is no concern of the garbage collector's
any more, as in the program itself (`tickertape.cli.imports`).

The loop's lag is how much too late a timer rings that is set every ten milliseconds.
`python -m benchmarks.turns serve [core]` is the other process.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.chat import Address, ChatKind
from tickertape.cli.tables import aligned
from tickertape.events import Finished, TextDelta
from tickertape.ports import Turn
from tickertape.providers.model_provider import Endpoint, ModelProvider
from tickertape.providers.quirks.profiles import Protocol
from tickertape.testing.measures import quantile
from tickertape.testing.model_script import ScriptedAnswer
from tickertape.testing.model_server import ModelServer

__all__ = ["LAG", "PROTOCOLS", "run"]

PROTOCOLS: tuple[Protocol, ...] = ("chat_completions", "responses", "messages")
"""What can be measured."""

LAG = 0.02
"""Seconds that the loop may lag at the 99th percentile."""

TURNS = 200
RATE = 50.0
SECONDS = 10.0
_SPREAD = 2.0
_BEAT = 0.01
_PIECES = tuple(f" word{number}" for number in range(int(RATE * SECONDS)))
_WHOLE = "".join(_PIECES)
_ANSWERS = (ScriptedAnswer(pieces=_PIECES), ScriptedAnswer(pieces=_PIECES, pause=1 / RATE))
"""The first one is over at once; the last is given on and on."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What one protocol's turns came to."""

    protocol: Protocol
    cpu: float
    lags: list[float]
    first_deltas: list[float]
    whole: int


async def _turn(agent: ModelAgent, number: int) -> tuple[float, bool]:
    """Run one turn; give the seconds to its first delta, and whether its answer was whole."""
    clock = asyncio.get_running_loop().time
    begun = clock()
    first: float | None = None
    said: list[str] = []
    end: object = None
    turn = Turn(Address("telegram", str(number), ChatKind.PRIVATE), None, "Say a few words.")
    async with aclosing(agent.run(turn)) as events:
        async for event in events:
            end = event
            if isinstance(event, TextDelta):
                first = clock() - begun if first is None else first
                said.append(event.text)
    is_whole = isinstance(end, Finished) and "".join(said) == _WHOLE
    return float("inf") if first is None else first, is_whole


async def _later(agent: ModelAgent, number: int) -> tuple[float, bool]:
    await asyncio.sleep(_SPREAD * number / TURNS)
    return await _turn(agent, number)


async def _beat(lags: list[float]) -> None:
    """Note how late a timer rings, again and again."""
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + _BEAT
        await asyncio.sleep(_BEAT)
        lags.append(max(0.0, clock() - due))


async def _measure(protocol: Protocol, cores: list[int]) -> _Run:
    async with _served(cores[-1:]) as base_url:
        endpoint = Endpoint(protocol=protocol, base_url=base_url, model="any", api_key="none")
        provider = ModelProvider(endpoint)
        agent = ModelAgent([Model("any", provider)])
        await _turn(agent, 0)
        gc.collect()
        gc.freeze()
        lags: list[float] = []
        beat = asyncio.create_task(_beat(lags))
        clock = asyncio.get_running_loop().time
        begun, spent = clock(), _cpu_seconds()
        try:
            ends = await asyncio.gather(*(_later(agent, number) for number in range(TURNS)))
            cpu = (_cpu_seconds() - spent) / (clock() - begun)
        finally:
            beat.cancel()
            await provider.aclose()
            gc.unfreeze()
    return _Run(protocol, cpu, lags, [first for first, _ in ends], sum(ok for _, ok in ends))


@asynccontextmanager
async def _served(cores: list[int]) -> AsyncIterator[str]:
    """Run the server in a process of its own; it ends when its input is closed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.turns",
        "serve",
        *map(str, cores),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


async def _serve() -> None:
    """Be the server until nobody wants it any more."""
    async with ModelServer(*_ANSWERS) as server:
        print(server.base_url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _cores() -> list[int]:
    """Give the cores that may be used; none where the system does not tell."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


@contextmanager
def _pinned(cores: list[int]) -> Iterator[None]:
    """Keep this process on the first of its cores for as long as the block."""
    if not cores:
        yield
        return
    os.sched_setaffinity(0, cores[:1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _line(run_: _Run) -> tuple[str, ...]:
    lag = quantile(run_.lags, 0.99)
    return (
        run_.protocol,
        f"{run_.cpu:.0%} of a core",
        f"{quantile(run_.lags, 0.5) * 1000:.1f} ms",
        f"{lag * 1000:.1f} ms{'' if lag <= LAG else ' !'}",
        f"{max(run_.lags) * 1000:.0f} ms",
        f"{quantile(run_.first_deltas, 0.5) * 1000:.0f} / {max(run_.first_deltas) * 1000:.0f} ms",
        f"{run_.whole} of {TURNS}{'' if run_.whole == TURNS else ' !'}",
    )


def run(protocols: tuple[Protocol, ...] = PROTOCOLS) -> str:
    """Measure; give a table. `!` marks a bar that was missed."""
    head = (
        "",
        "processor",
        "lag p50",
        f"p99 (≤ {LAG * 1000:.0f})",
        "max",
        "first delta, median / worst",
        "answers whole",
    )
    lines: list[tuple[str, ...]] = [head]
    cores = _cores()
    for protocol in protocols:
        with _pinned(cores):
            lines.append(_line(asyncio.run(_measure(protocol, cores))))
    return aligned(lines)


if __name__ == "__main__" and sys.argv[1:2] == ["serve"]:
    with _pinned([int(core) for core in sys.argv[2:]]):
        asyncio.run(_serve())
