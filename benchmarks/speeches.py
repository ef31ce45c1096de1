"""Random answers in four manners, and the two standard ones: what a policy is tried on.

The standard traces are steady; models and what stands between are not always. So that a policy is
not fitted to two files, it is tuned on some seeds of these and reported on others.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from tickertape.testing.measures import Token

__all__ = ["MANNERS", "beginning", "speech", "standard"]


@cache
def standard(name: str) -> tuple[Token, ...]:
    """Read a standard trace: 1,000 tokens in 20 s (`std`), 900 tokens in 45 s (`mid`)."""
    path = Path(__file__).parent / "traces" / f"{name}.json"
    return tuple((float(at), str(text)) for at, text in json.loads(path.read_text("utf-8")))


def beginning(tokens: tuple[Token, ...], seconds: float) -> tuple[Token, ...]:
    """Give what is said in the first seconds, said again and again where that is too little."""
    length = tokens[-1][0]
    laps = int(seconds / length) + 1
    endless = ((at + lap * length, text) for lap in range(laps) for at, text in tokens)
    return tuple((at, text) for at, text in endless if at <= seconds + 1e-9)


def _steady(_rng: random.Random, rate: float) -> float:
    return 1.0 / rate


def _wandering(rng: random.Random, rate: float) -> float:
    return rng.lognormvariate(-0.5, 1.0) / rate


def _bursting(rng: random.Random, rate: float) -> float:
    """A proxy that passes on some 15 tokens at a time."""
    return rng.uniform(10.0, 20.0) / rate if rng.random() < 1.0 / 15.0 else 0.001


def _pausing(rng: random.Random, rate: float) -> float:
    """Every 4 s or so nothing comes for 1 to 6 s: a tool, a thought, a slow server."""
    return rng.uniform(1.0, 6.0) if rng.random() < 0.25 / rate else 1.0 / rate


MANNERS: Mapping[str, Callable[[random.Random, float], float]] = {
    "steady": _steady,
    "wandering": _wandering,
    "bursting": _bursting,
    "pausing": _pausing,
}
"""How the time between two tokens is drawn, by the name of the manner."""


def speech(manner: str, seconds: float, seed: int) -> tuple[Token, ...]:
    """Draw an answer of some 4 characters a token, 10 to 50 tokens a second."""
    rng = random.Random(f"{manner} {seconds} {seed}")  # noqa: S311 - no secret
    rate = rng.uniform(10.0, 50.0)
    at, tokens = 0.3 * rng.random(), list[Token]()
    while at <= seconds or len(tokens) < 2:
        letters = rng.choices("etaoinshr", k=rng.randint(1, 6))
        tokens.append((at, f" {''.join(letters)}" if tokens else "".join(letters)))
        at += MANNERS[manner](rng, rate)
    return tuple(tokens)
