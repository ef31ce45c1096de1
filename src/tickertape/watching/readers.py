"""How long people wait who read at some speed, purely: the agent's tokens and frames in.

Staleness is the measure of a reader who is infinitely fast. People read some 24 characters a second
(175 to 300 words a minute: Brysbaert 2019), skimmers 60: a preview that comes while they have text
to read changes nothing for them, and one that comes after they have read all costs them time. So
for each speed, `inf` included:

    read-through delay   seconds by which a reader has read all later than with raw tokens
    reader stall         seconds that a reader waits for more after the first text, beyond those
                         for which raw tokens make one wait

Where there is a stall, the delay is that and the time by which the first text is late. Papers on
streamed text measure the same otherwise: by the area under what could be digested (Andes), by the
share of time that is waited (Eloquent). In seconds it is what a person would say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from typing import Final

from tickertape.watching.measures import SeenFrame, Token

__all__ = ["READERS", "ReadThrough", "read_through", "reader_stall", "speed_name"]

READERS: Final = (24.0, 60.0, inf)
"""Characters a second: of a reader, of one who skims, and of the reader of staleness."""


@dataclass(frozen=True, slots=True)
class ReadThrough:
    """How one answer was for a reader of some speed."""

    speed: float
    """Characters a second."""
    delay: float
    """Seconds by which the reader has read all later than with raw tokens; infinity where the whole
    answer was never on screen."""
    stall: float
    """Seconds that the reader waits for more text after the first, beyond those of raw tokens."""


@dataclass(frozen=True, slots=True)
class _Course:
    """How a reader fares who begins with the first text."""

    done_at: float
    """When all is read that is ever there."""
    waited: float
    """Seconds in which all that was there was read."""


def read_through(tokens: Sequence[Token], frames: Sequence[SeenFrame], speed: float) -> ReadThrough:
    """Measure one answer for a reader of some speed.

    Args:
        tokens: What the agent said, in order; at least one.
        frames: What the reader saw, in order; at least one.
        speed: Characters a second that the reader reads; infinity: all at once.
    """
    times, texts = zip(*tokens, strict=True)
    whole = len("".join(texts).strip())
    # Blanks at the end are said and never shown.
    totals = (min(total, whole) for total in accumulate(len(text) for text in texts))
    raw = _course(zip(times, totals, strict=True), speed)
    seen = _course(_steps(frames), speed)
    is_whole = max(len(frame.text) for frame in frames) >= whole
    return ReadThrough(
        speed,
        delay=seen.done_at - raw.done_at if is_whole else inf,
        stall=max(0.0, seen.waited - raw.waited),
    )


def reader_stall(frames: Sequence[SeenFrame], speed: float) -> float:
    """Return the seconds that a reader waits for more text, after the first came.

    Who has read all that is visible waits; who has read the whole answer does not.

    Args:
        frames: What the reader saw, in order; at least one.
        speed: Characters a second that the reader reads.
    """
    return _course(_steps(frames), speed).waited


def speed_name(speed: float) -> str:
    """Return how tables call a speed: `24/s`, or `at once`."""
    return "at once" if speed == inf else f"{speed:g}/s"


def _steps(frames: Sequence[SeenFrame]) -> Iterable[tuple[float, int]]:
    return ((frame.at, len(frame.text)) for frame in frames)


def _course(steps: Iterable[tuple[float, int]], speed: float) -> _Course:
    """Follow a reader through moments and the characters that are there from each on."""
    done_at, waited, read = inf, 0.0, 0
    for at, there in steps:
        if there <= read:
            continue  # the same text in another place, or less of it: nothing to read on
        if read:
            waited += max(0.0, at - done_at)
            done_at = max(done_at, at)
        else:
            done_at = at
        done_at += (there - read) / speed
        read = there
    return _Course(done_at, waited)
