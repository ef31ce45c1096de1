"""The entrant that nobody can be: it knows every token beforehand, and keeps the same limits.

Its calls are those of `benchmarks.optimum` for the least mean delay, replayed; nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.field.runs import Run, Shot, run_of
from benchmarks.field.scenarios import ROUND_TRIP, SCENARIOS, Scenario
from benchmarks.optimum import least_delay
from tickertape.channels.telegram.surface import surface_of
from tickertape.chat import Address, ChatKind

__all__ = ["NAME", "foreseen"]

NAME = "optimum (knows the answer)"
"""How tables and panels call it."""


def foreseen() -> list[Run]:
    """Give its run in every chat."""
    return [_foreseen(scenario) for scenario in SCENARIOS]


def _foreseen(scenario: Scenario) -> Run:
    is_private = scenario.kind == "private"
    kind = ChatKind.PRIVATE if is_private else ChatKind.GROUP
    cadence = surface_of(Address("telegram", str(scenario.chat_id), kind)).cadence
    tokens = scenario.tokens()
    best = least_delay(
        tokens,
        cadence.drafts if is_private else cadence.messages,
        final_is_free=is_private,
        round_trip=ROUND_TRIP,
    )
    return run_of(
        entrant=NAME,
        scenario=scenario.name,
        tokens=tokens,
        shots=list(_shots(scenario, best.moments)),
        calls=len(best.moments),
        refusals=0,
        ending="DONE",
    )


def _shots(scenario: Scenario, moments: tuple[float, ...]) -> Iterator[Shot]:
    """Show at each call what was said until it was made: the last one posts the answer."""
    for number, moment in enumerate(moments, 1):
        text = "".join(token for at, token in scenario.tokens() if at <= moment)
        is_draft = scenario.kind == "private" and number < len(moments)
        shown = ((), (text,)) if is_draft else ((text,), ())
        yield Shot(moment + ROUND_TRIP / 2.0, *shown)
