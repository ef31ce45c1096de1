"""What a live reply is measured by, purely: the agent's tokens and the reader's screen in.

The names are used everywhere in the project:

    first delta          seconds from the start until the agent says something
    first text           seconds from the start until something of the answer is visible
    staleness            characters generated and not yet visible, averaged over the answer's time
    mean character delay seconds from generation to visible, averaged over the characters
    longest freeze       the longest time in which the visible text did not change
    final lag            seconds from the last token until the whole answer is a message
    delivery latency     seconds from the launch of a call until its answer was heard

What readers of some speed wait for stands in `tickertape.watching.readers`. All moments of one
answer are seconds on one clock, which begins with the turn.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import TypeAlias

__all__ = [
    "Delays",
    "Measures",
    "SeenFrame",
    "Token",
    "delays",
    "measure",
    "quantile",
]

Token: TypeAlias = tuple[float, str]
"""When the agent said something, in seconds, and what."""


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """What the reader saw from a moment on."""

    at: float
    """The moment, in seconds on the tokens' clock."""
    text: str
    """The whole visible text of the answer."""
    durable: bool
    """Whether all of it is in messages rather than in a draft."""


@dataclass(frozen=True, slots=True)
class Delays:
    """How live one answer was, as far as it is cheap to know of every answer."""

    delay: float
    """Seconds, the mean over the characters."""
    first_text: float
    """Seconds."""
    freeze: float
    """Seconds, the longest."""
    lag: float
    """Seconds, of the final; infinity where the answer never became a message."""


@dataclass(frozen=True, slots=True)
class Measures:
    """One answer, measured."""

    staleness: float
    """Characters."""
    delay: float
    """Seconds, the mean over the characters."""
    first_text: float
    """Seconds."""
    freeze: float
    """Seconds, the longest."""
    lag: float
    """Seconds, of the final; infinity where the answer never became a message."""


def delays(
    times: Sequence[float], sizes: Sequence[int], whole: str, frames: Sequence[SeenFrame]
) -> Delays:
    """Measure one answer, but for its staleness, which costs more than all the rest.

    Args:
        times: When the agent said each token, in order; at least one.
        sizes: How many characters each had.
        whole: The whole answer.
        frames: What the reader saw, in order; at least one.
    """
    whole = whole.strip()
    done = [f.at for f in frames if f.durable and f.text == whole]
    gaps = [b.at - a.at for a, b in itertools.pairwise(frames)]
    return Delays(
        delay=_delay(times, sizes, frames),
        first_text=frames[0].at,
        freeze=max(gaps, default=0.0),
        lag=min(done, default=math.inf) - times[-1],
    )


def measure(tokens: Sequence[Token], frames: Sequence[SeenFrame]) -> Measures:
    """Measure one answer.

    Args:
        tokens: What the agent said, in order; at least one.
        frames: What the reader saw, in order; at least one.
    """
    times, texts = zip(*tokens, strict=True)
    short = delays(times, [len(text) for text in texts], "".join(texts), frames)
    return Measures(
        staleness=_staleness(tokens, frames),
        delay=short.delay,
        first_text=short.first_text,
        freeze=short.freeze,
        lag=short.lag,
    )


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value under which a share of all values lies, interpolated linearly.

    Args:
        values: at least one, in any order.
        share: from 0, the least value, to 1, the greatest; 0.5 gives the median.
    """
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    low, high = ordered[below], ordered[above]
    # Infinities have no difference, and no part of one.
    return low if low == high or place == below else low + (high - low) * (place - below)


def _staleness(tokens: Sequence[Token], frames: Sequence[SeenFrame]) -> float:
    begin, end = tokens[0][0], tokens[-1][0]
    totals = itertools.accumulate(len(text) for _, text in tokens)
    changes = sorted(
        [(at, True, total) for (at, _), total in zip(tokens, totals, strict=True)]
        + [(min(frame.at, end), False, len(frame.text)) for frame in frames]
    )
    area, last, said, shown = 0.0, begin, 0, 0
    for at, is_token, total in changes:
        area += max(said - shown, 0) * (at - last)  # marks may be read before they are said
        last = at
        if is_token:
            said = total
        else:
            shown = total
    return area / (end - begin) if end > begin else 0.0


def _delay(times: Sequence[float], sizes: Sequence[int], frames: Sequence[SeenFrame]) -> float:
    """Average over the characters from when each was said to the first frame that shows it.

    A token is shown by the first frame that is as long as all that was said with it; one that no
    frame shows, by the first of the longest frames.
    """
    totals = list(itertools.accumulate(sizes))
    # How many character-seconds were said up to each token: a frame's tokens are one subtraction.
    moments = list(itertools.accumulate(map(mul, times, sizes), initial=0.0))
    total, shown, visible = 0.0, 0, -1
    longest = max(len(frame.text) for frame in frames)
    for frame in frames:
        if len(frame.text) <= visible:
            continue
        visible = len(frame.text)
        end = len(times) if visible == longest else bisect_right(totals, visible)
        # What is read before it is said (a mark, with the words before it) is not late.
        late = min(end, max(shown, bisect_left(times, frame.at)))
        if late > shown:
            count = totals[late - 1] - (totals[shown - 1] if shown else 0)
            total += frame.at * count - (moments[late] - moments[shown])
        shown = max(shown, end)
    return total / totals[-1]
