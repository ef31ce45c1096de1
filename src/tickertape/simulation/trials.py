"""Many runs: each seed drawn, played and judged, and the numbers of all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tickertape.simulation.draw import LASTING, draw
from tickertape.simulation.loop import play
from tickertape.simulation.parts import OURS, ProgramParts
from tickertape.simulation.record import Record
from tickertape.simulation.script import Script
from tickertape.simulation.shrink import ATTEMPTS, shrink
from tickertape.simulation.tally import Tally
from tickertape.simulation.verdict import judge
from tickertape.simulation.violations import Rule, Violation

__all__ = ["Failure", "Trials", "cut_down", "try_seeds"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that broke promises."""

    seed: int
    """What it was drawn from."""
    violations: tuple[Violation, ...]
    """Which."""


@dataclass(frozen=True, slots=True)
class Trials:
    """What some runs came to."""

    tally: Tally
    """In numbers."""
    failures: tuple[Failure, ...]
    """Those that broke promises."""


def try_seeds(
    seeds: Iterable[int],
    parts: ProgramParts = OURS,
    *,
    lasting: float = LASTING,
    streams: bool = False,
) -> Trials:
    """Draw, play and judge the run of each seed.

    Args:
        seeds: which runs.
        parts: what is tested.
        lasting: in which share of them faults last; 0 to 1.
        streams: whether they go on where text is added to messages.
    """
    tally, failures = Tally(), []
    for seed in seeds:
        record = play(draw(seed, lasting, streams=streams), parts)
        tally.add(record)
        if violations := judge(record):
            failures.append(Failure(seed, violations))
    return Trials(tally, tuple(failures))


def cut_down(
    script: Script, rule: Rule, parts: ProgramParts = OURS, attempts: int = ATTEMPTS
) -> tuple[Record, tuple[Violation, ...]]:
    """Cut a script that breaks a rule down to a small one that breaks it too.

    Args:
        script: one that breaks it.
        rule: which rule.
        parts: what is tested.
        attempts: how many scripts are tried.

    Returns:
        What happens with the small script, and what it breaks.
    """

    def fails(candidate: Script) -> bool:
        return any(found.rule is rule for found in judge(play(candidate, parts)))

    record = play(shrink(script, fails, attempts), parts)
    return record, judge(record)
