"""What is done about each kind of failure of a model: one table.

The numbers are those of the vendors' SDKs where these have one (openai 3.54 and anthropic 2.12,
`_constants.py`: two retries, after 0.5 s, doubling up to 8 s); the others are choices, each with
its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from tickertape.errors import FailureKind

__all__ = [
    "LONGEST_WAIT",
    "MOST_TIMES",
    "RULES",
    "SHORT_WAIT",
    "Again",
    "Compact",
    "GiveUp",
    "NextModel",
    "Rule",
    "wait",
]

LONGEST_WAIT = 60.0
"""Seconds that a server may have us wait where no other model is left: a reader who sees nothing
for longer is better served by a sentence that says so. (The SDKs wait up to 120 s.)"""

SHORT_WAIT = 5.0
"""Seconds that a server may have us wait where another model is left, which would answer sooner."""

MOST_TIMES = 3
"""How often one model is asked again about one answer, where it fails now in this way and now in
that: each kind has its own times, and a reader has no more than four attempts to wait for."""

_LONGEST_BACKOFF = 8.0
_SPREAD = 0.25
"""The share by which waits differ between turns, as in the SDKs, so that many chats that were
refused at once do not come back at once. Here it only adds: a server's wait is never cut short."""


@dataclass(frozen=True, slots=True)
class Again:
    """Ask the same model again after a while, and when that did not help, the next."""

    times: int
    """How often."""
    backoff: float
    """Seconds before the first time; each further wait is twice as long, up to 8 s."""
    cooldown: float
    """Seconds for which a model that failed each time is asked last."""


@dataclass(frozen=True, slots=True)
class NextModel:
    """Ask the next model: this one would say the same again."""

    cooldown: float
    """Seconds for which this model is asked last."""


@dataclass(frozen=True, slots=True)
class Compact:
    """Ask the same model with half of the conversation, and when that did not help, the next."""

    times: int
    """How often."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Tell the reader: another attempt, or another model, would not be right."""


Rule: TypeAlias = Again | NextModel | Compact | GiveUp
"""What is done about a failure."""

RULES: Mapping[FailureKind, Rule] = MappingProxyType(
    {
        # The operator must repair these, which takes minutes at best.
        FailureKind.AUTH: NextModel(cooldown=600),
        FailureKind.QUOTA: NextModel(cooldown=600),
        # It depends on the conversation, and the provider works around what it can.
        FailureKind.REFUSED_PARAMETER: NextModel(cooldown=0),
        # One more try than the SDKs, and later ones: these pass in seconds, not in milliseconds.
        FailureKind.RATE_LIMIT: Again(times=3, backoff=2.0, cooldown=60),
        FailureKind.OVERLOADED: Again(times=3, backoff=1.0, cooldown=60),
        FailureKind.NETWORK: Again(times=2, backoff=0.5, cooldown=60),
        FailureKind.ENDED_EARLY: Again(times=2, backoff=0.5, cooldown=60),
        # Once: the reader has waited a minute or more for each of these.
        FailureKind.STALLED: Again(times=1, backoff=0.5, cooldown=60),
        # Once: a server that speaks another protocol goes on doing so.
        FailureKind.BAD_RESPONSE: Again(times=1, backoff=0.5, cooldown=60),
        # The next sample is another one; what the request says was not the reason.
        FailureKind.INVALID_OUTPUT: Again(times=2, backoff=0.5, cooldown=0),
        FailureKind.EMPTY: Again(times=1, backoff=0.5, cooldown=0),
        # Once: it may have been the moment, but most likely it is the code.
        FailureKind.INTERNAL: Again(times=1, backoff=0.5, cooldown=60),
        FailureKind.CONTEXT_OVERFLOW: Compact(times=2),
        FailureKind.CONTENT_FILTER: GiveUp(),
    }
)
"""The rule of each kind."""


def wait(rule: Again, tried: int, retry_after: float | None, spread: float) -> float:
    """Return the seconds to wait before a model is asked again.

    Args:
        rule: the rule of the failure.
        tried: how often it was asked again before.
        retry_after: seconds that the server named, where it did.
        spread: a number from 0 to 1 that differs from turn to turn.
    """
    backoff = min(rule.backoff * 2.0**tried, _LONGEST_BACKOFF)
    return max(backoff, retry_after or 0.0) * (1 + _SPREAD * spread)
