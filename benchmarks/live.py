"""Live replies on the standard traces: our pump, our Telegram channel, real HTTP, the emulator.

The emulator has its default flood limits and a round trip of 80 ms. Each run has an emulator of its
own; all scenarios of a round run at once, and rounds follow each other.
"""

from __future__ import annotations

import asyncio
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.readers_table import HEADS, cells
from tickertape.channels.telegram import TelegramTransport
from tickertape.channels.telegram.addresses import chat_of
from tickertape.chat import Address, ChatKind
from tickertape.cli.tables import aligned
from tickertape.consumer import StreamConsumer
from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.answers import Answer
from tickertape.emulator.scene import GROUP, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.emulator.settings import Settings
from tickertape.testing.measures import (
    READERS,
    Measures,
    ReadThrough,
    SeenFrame,
    Token,
    measure,
    read_through,
    same,
    seen,
)

__all__ = ["SCENARIOS", "Run", "Scenario", "report", "run", "table"]

ROUNDS = 3
ROUND_TRIP = 0.08
_SETTLING = 0.5
"""Seconds until all scenarios of a round are set up, so that none delays another's tokens."""
_DRAFTS = {"sendmessagedraft", "sendrichmessagedraft"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One chat, one trace, and what it shall reach."""

    name: str
    """How the table calls it."""
    address: Address
    """Where the answer goes."""
    trace: str
    """Which tokens."""
    bars: Measures
    """The worst that is accepted."""
    streaming: StreamingConfig = field(default_factory=StreamingConfig)
    """How the answer streams."""


@dataclass(frozen=True, slots=True)
class Run:
    """One answer that was carried to the screen."""

    measures: Measures
    """How live it was."""
    readers: tuple[ReadThrough, ...]
    """How it was for readers, by `READERS`."""
    calls: int
    """Bot API calls."""
    refusals: int
    """Calls that were refused by flood control."""
    exact: bool
    """Whether the screen ended with the whole answer in one message, and nothing else."""


_ANY = float("inf")
_PRIVATE = Address("telegram", str(YOU), ChatKind.PRIVATE)
_GROUP = Address("telegram", str(GROUP), ChatKind.GROUP)
_EDITS = StreamingConfig(transport="edit")
SCENARIOS = (
    Scenario("private, drafts, 20 s", _PRIVATE, "std", Measures(66, _ANY, 0.2, _ANY, 0.2)),
    Scenario("private, drafts, 45 s", _PRIVATE, "mid", Measures(45, _ANY, 0.2, 2.5, 0.2)),
    Scenario("private, edits, 20 s", _PRIVATE, "std", Measures(105, _ANY, 0.2, _ANY, 0.3), _EDITS),
    Scenario("group, edits, 20 s", _GROUP, "std", Measures(150, _ANY, 0.2, _ANY, 0.3)),
    Scenario("group, edits, 45 s", _GROUP, "mid", Measures(145, _ANY, 0.2, 6.0, 0.3)),
)


def _load(name: str) -> list[Token]:
    """Read one of the traces: 1,000 tokens in 20 s (`std`), 900 tokens in 45 s (`mid`)."""
    path = Path(__file__).parent / "traces" / f"{name}.json"
    return [(float(at), str(text)) for at, text in json.loads(path.read_text("utf-8"))]


async def _answer(scenario: Scenario) -> Run:
    tokens = _load(scenario.trace)
    async with EmulatorServer(Settings(round_trip=ROUND_TRIP)) as emulator:
        transport = TelegramTransport.open(TOKEN, api_base=emulator.url)
        try:
            consumer = StreamConsumer(transport, to=scenario.address, config=scenario.streaming)
            run = asyncio.create_task(consumer.run())
            await asyncio.sleep(_SETTLING)
            started_at = emulator.now()
            await _speak(tokens, consumer)
            await run
        finally:
            await transport.aclose()
        return _result(emulator, scenario, tokens, started_at)


async def _speak(tokens: Sequence[Token], consumer: StreamConsumer) -> None:
    loop = asyncio.get_running_loop()
    started_at = loop.time()
    for at, text in tokens:
        await asyncio.sleep(started_at + at - loop.time())
        consumer.on_delta(text)
    consumer.finish()


def _result(
    emulator: EmulatorServer, scenario: Scenario, tokens: Sequence[Token], started_at: float
) -> Run:
    records = [r for _, r in emulator.world.calls.after(0) if r.chat_id is not None]
    whole = "".join(text for _, text in tokens).strip()
    frames = [
        SeenFrame(r.applied_at - started_at, seen(r.text, whole), r.method.lower() not in _DRAFTS)
        for r in records
        if r.text and r.applied_at is not None
        if isinstance(r.outcome, Answer) and r.outcome.status == 200
    ]
    throttled = [r for r in records if isinstance(r.outcome, Answer) and r.outcome.status == 429]
    screen = emulator.world.screen(chat_of(scenario.address))
    return Run(
        measures=measure(tokens, frames),
        readers=tuple(read_through(tokens, frames, speed) for speed in READERS),
        calls=len(records),
        refusals=len(throttled),
        exact=len(screen.texts) == 1 and same(screen.texts[0], whole) and not screen.drafts,
    )


def run(rounds: int = ROUNDS) -> dict[str, list[Run]]:
    """Run every scenario `rounds` times; about 46 s a round."""

    async def all_rounds() -> dict[str, list[Run]]:
        results: dict[str, list[Run]] = {scenario.name: [] for scenario in SCENARIOS}
        for _ in range(rounds):
            answers = await asyncio.gather(*(_answer(scenario) for scenario in SCENARIOS))
            for scenario, answer in zip(SCENARIOS, answers, strict=True):
                results[scenario.name].append(answer)
        return results

    return asyncio.run(all_rounds())


def report() -> str:
    """Run every scenario; give the table."""
    return table(run())


def table(results: dict[str, list[Run]]) -> str:
    """Print medians, each beside its bar; `!` marks one that was missed."""
    head = (
        "scenario",
        "staleness",
        "delay",
        "first text",
        "freeze",
        "lag",
        *HEADS,
        "calls",
        "429s",
        "exact",
    )
    lines: list[tuple[str, ...]] = [head]
    for scenario in SCENARIOS:
        runs = results[scenario.name]

        def cell(name: str, runs: Sequence[Run] = runs, bars: Measures = scenario.bars) -> str:
            value = statistics.median(getattr(one.measures, name) for one in runs)
            bar = getattr(bars, name)
            shown = f"{value:.0f}" if name == "staleness" else f"{value:.2f}"
            if bar == _ANY:
                return shown
            return f"{shown} (≤ {bar:g}){'' if value <= bar else ' !'}"

        lines.append(
            (
                scenario.name,
                *(cell(name) for name in ("staleness", "delay", "first_text", "freeze", "lag")),
                *cells([one.readers for one in runs]),
                f"{statistics.median(one.calls for one in runs):.0f}",
                str(max(one.refusals for one in runs)),
                f"{sum(one.exact for one in runs)} of {len(runs)}",
            )
        )
    return aligned(lines)
