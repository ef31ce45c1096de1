"""What a live reply is measured by, purely: the agent's tokens and the reader's screen in.

The names are used everywhere in the project:

    staleness            characters generated and not yet visible, averaged over the answer's time
    mean character delay seconds from generation to visible, averaged over the characters
    first text           seconds from the start until anything is visible
    longest freeze       the longest time in which the visible text did not change
    final lag            seconds from the last token until the whole answer is a message
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Frame", "Measures", "Token", "load", "measure"]

Token = tuple[float, str]
"""When the agent said something, in seconds, and what."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the reader saw from a moment on."""

    at: float
    """The moment, in seconds on the tokens' clock."""
    text: str
    """The whole visible text."""
    durable: bool
    """Whether it is a message rather than a draft."""


@dataclass(frozen=True, slots=True)
class Measures:
    """One answer, measured."""

    staleness: float
    """Characters."""
    delay: float
    """Seconds."""
    first_text: float
    """Seconds."""
    freeze: float
    """Seconds."""
    lag: float
    """Seconds; infinity where the answer never became a message."""


def load(name: str) -> list[Token]:
    """Read one of the traces: 1,000 tokens in 20 s (`std`), 900 tokens in 45 s (`mid`)."""
    path = Path(__file__).parent / "traces" / f"{name}.json"
    return [(float(at), str(text)) for at, text in json.loads(path.read_text("utf-8"))]


def measure(tokens: Sequence[Token], frames: Sequence[Frame]) -> Measures:
    """Measure one answer.

    Args:
        tokens: What the agent said, in order.
        frames: What the reader saw, in order; at least one.
    """
    end = tokens[-1][0]
    whole = "".join(text for _, text in tokens).strip()
    done = [f.at for f in frames if f.durable and f.text == whole]
    gaps = [b.at - a.at for a, b in itertools.pairwise(frames)]
    return Measures(
        staleness=_staleness(tokens, frames),
        delay=_delay(tokens, frames),
        first_text=frames[0].at,
        freeze=max(gaps, default=0.0),
        lag=min(done, default=float("inf")) - end,
    )


def _staleness(tokens: Sequence[Token], frames: Sequence[Frame]) -> float:
    end = tokens[-1][0]
    totals = itertools.accumulate(len(text) for _, text in tokens)
    changes = sorted(
        [(at, True, total) for (at, _), total in zip(tokens, totals, strict=True)]
        + [(min(frame.at, end), False, len(frame.text)) for frame in frames]
    )
    area, last, said, seen = 0.0, 0.0, 0, 0
    for at, is_token, total in changes:
        area += (said - seen) * (at - last)
        last = at
        if is_token:
            said = total
        else:
            seen = total
    return area / end


def _delay(tokens: Sequence[Token], frames: Sequence[Frame]) -> float:
    shown = iter(frames)
    frame = next(shown)
    total, said = 0.0, 0
    longest = len(frames[-1].text)
    for at, text in tokens:
        said += len(text)
        while len(frame.text) < min(said, longest):
            frame = next(shown)
        total += len(text) * (max(frame.at, at) - at)
    return total / said
