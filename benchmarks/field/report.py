"""Tables of what was measured, and all of it as JSON."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from benchmarks.field.runs import Run
from benchmarks.field.scenarios import SCENARIOS, Scenario
from benchmarks.readers_table import HEADS, cells
from tickertape.cli.tables import aligned

__all__ = ["save", "table"]

_HEAD = (
    "staleness",
    "delay",
    "first text",
    "freeze",
    "lag",
    *HEADS,
    "calls",
    "refused",
    "exact",
)


def table(runs: Sequence[Run]) -> str:
    """Print a table for each chat; medians where there were several rounds."""
    parts = []
    for scenario in SCENARIOS:
        here = [run for run in runs if run.scenario == scenario.name]
        lines: list[Sequence[str]] = [(scenario.name, *_HEAD)]
        lines += [
            (name, *_cells(mine))
            for name in _names(runs)
            if (mine := [run for run in here if run.entrant == name])
        ]
        parts.append(aligned(lines))
    return "\n\n".join([*parts, *_endings(runs)])


def save(runs: Sequence[Run], path: Path) -> None:
    """Write everything as JSON, with what was said when; `plot` reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {
        "entrants": _names(runs),
        "scenarios": [{"name": s.name, "generated": _generated(s)} for s in SCENARIOS],
        "runs": [run.as_json() for run in runs],
    }
    path.write_text(json.dumps(values, ensure_ascii=False, allow_nan=False), "utf-8")


def _names(runs: Sequence[Run]) -> Sequence[str]:
    """Give all that were run, in the order in which they were."""
    return list(dict.fromkeys(run.entrant for run in runs))


def _cells(runs: Sequence[Run]) -> Sequence[str]:
    seen = [run.measures for run in runs if run.measures is not None]
    exact = sum(run.is_exact for run in runs)
    shown = statistics.median(run.shown for run in runs)
    verdict = f"{exact} of {len(runs)}" if len(runs) > 1 else "yes" if exact else "no"
    if exact < len(runs) and shown < 1:
        verdict += f": {shown:.0%} shown"
    calls = f"{statistics.median(run.calls for run in runs):.0f}"
    refused = f"{statistics.median(run.refusals for run in runs):.0f}"
    if len(seen) < len(runs):
        return ("–", "–", "never", "–", "never", *("–" for _ in HEADS), calls, refused, verdict)
    # What was never shown has no delay: then the mean is over the rest, and a lower bound.
    least = "> " if shown < 1 else ""
    return (
        f"{statistics.median(one.staleness for one in seen):.0f}",
        f"{least}{statistics.median(one.delay for one in seen):.2f}",
        f"{statistics.median(one.first_text for one in seen):.2f}",
        f"{statistics.median(one.freeze for one in seen):.2f}",
        _lag(statistics.median(one.lag for one in seen)),
        *cells([run.readers for run in runs]),
        calls,
        refused,
        verdict,
    )


def _lag(seconds: float) -> str:
    return f"{seconds:.2f}" if math.isfinite(seconds) else "never"


def _endings(runs: Sequence[Run]) -> Sequence[str]:
    """Say which libraries gave up, and why."""
    lines = dict.fromkeys(
        f"{run.entrant}, {run.scenario}: {run.ending}" for run in runs if run.ending
    )
    return ["\n".join(["gave up:", *(f"  {line}" for line in lines)])] if lines else []


def _generated(scenario: Scenario) -> list[tuple[float, int]]:
    tokens = scenario.tokens()
    totals = accumulate(len(text) for _, text in tokens)
    return [(at, total) for (at, _), total in zip(tokens, totals, strict=True)]
