"""`python -m benchmarks field`: everybody in turn, a table, a plot."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

from benchmarks.field.arena import Round, compete
from benchmarks.field.clairvoyant import foreseen
from benchmarks.field.entrants import ENTRANTS, FIELD, Entrant
from benchmarks.field.report import save, table
from benchmarks.field.runs import Run
from benchmarks.field.scenarios import SCENARIOS

__all__ = ["ROUNDS", "remarks", "report", "run"]

ROUNDS = 1
"""A round takes some eight minutes: the longer trace for each, and what they wait for."""
_LATEST = 0.1
"""Seconds: where a timer rings later, the machine was busy with something else, and what was
measured is not used; some libraries call every 0.13 s."""
_TRIES = 3
"""How often a library is run until the machine has time; then the last result counts."""
_ROOT = Path(__file__).parent.parent.parent
_RESULTS = _ROOT / "benchmarks" / "results" / "field.json"
"""What was measured, for the plot."""
_PLOT = _ROOT / "docs" / "field"


def run(rounds: int = ROUNDS) -> str:
    """Run all of them, one after another; save and draw the result; return the tables."""
    runs: list[Run] = []
    for _ in range(rounds):
        for entrant in ENTRANTS:
            runs += _measured(entrant).runs
        runs += foreseen()
    save(runs, _RESULTS)
    # The plot's library is not among the project's: it lives with the others.
    python = FIELD / "bin" / "python"
    subprocess.run(  # noqa: S603 - our own program
        [python, "-m", "benchmarks.field.plot", _RESULTS, _PLOT], cwd=_ROOT, check=True
    )
    return table(runs)


def _measured(entrant: Entrant) -> Round:
    """Run one library in all its chats; again where the machine had no time for it."""
    tries = 0
    while True:
        tries += 1
        result = asyncio.run(compete(entrant, SCENARIOS))
        load = os.getloadavg()[0] / (os.cpu_count() or 1)
        print(
            f"{entrant.name}: {len(result.runs)} chats in {result.seconds:.0f} s; timers rang "
            f"{result.lateness * 1000:.0f} ms late at worst, load {load:.0%} of the cores",
            flush=True,
        )
        if result.lateness <= _LATEST or tries == _TRIES:
            return result
        print("  too late: once more", flush=True)


def report() -> str:
    """Run all of them; give the tables, and which versions were run."""
    return f"{run()}\n\n{remarks()}"


def remarks() -> str:
    """Say which versions were run, and what was set."""
    return "\n".join(
        f"{entrant.name}: {entrant.package} {entrant.version}; {entrant.remark}"
        for entrant in ENTRANTS
    )
