"""Simulation: the real core against the emulated Telegram, thousands of random runs in minutes.

    draw(seed) -> Script        what is to happen
    play(script) -> Record      what happened, in virtual time
    judge(record) -> violations what must never happen

What breaks a promise can be cut down (`tickertape.simulation.shrink`) and written to a file that
is played again (`tickertape.simulation.transcript`). `docs/simulation.md` says what is checked.
"""

from __future__ import annotations

__all__: list[str] = []
