"""How near the best our policy is: mean character delay against the clairvoyant's, by length.

Everything happens in virtual time (`virtual`), against a bound that knows the whole answer
(`optimum`). The standard traces are cut, or said again and again, to each length; the manners are
random, and of other seeds than those on which the policy was tuned.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.optimum import least_delay
from benchmarks.speeches import MANNERS, beginning, speech, standard
from benchmarks.virtual import Answer, carry, group, private
from tickertape.channels.telegram.addresses import chat_of
from tickertape.channels.telegram.surface import surface_of
from tickertape.chat import Address
from tickertape.cli.tables import aligned
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Limit
from tickertape.emulator.settings import ChatLimits, Settings, TokenBucket
from tickertape.testing.measures import Token

__all__ = ["forty", "price_of_not_knowing", "report", "run"]

_LENGTHS = (5, 20, 45)
_SEEDS = (11, 12, 13)


@dataclass(frozen=True, slots=True)
class _Way:
    name: str
    to: Address
    config: StreamingConfig
    limits: tuple[Limit, ...]
    final_is_free: bool = False


_WAYS = (
    _Way("drafts", private(), StreamingConfig(), surface_of(private()).cadence.drafts, True),
    _Way(
        "edits",
        private(),
        StreamingConfig(transport="edit"),
        surface_of(private()).cadence.messages,
    ),
    _Way("group", group(), StreamingConfig(), surface_of(group()).cadence.messages),
)


def run() -> str:
    """Print, for each way, our delay over the bound, and the longest freeze."""
    rows = {name: [[beginning(standard(name), n)] for n in _LENGTHS] for name in ("std", "mid")}
    for manner in MANNERS:
        rows[manner] = [[speech(manner, n, seed) for seed in _SEEDS] for n in _LENGTHS]
    head = ("answers", *(f"{way.name} {n} s" for way in _WAYS for n in _LENGTHS))
    cells = [(name, *_cells(answers)) for name, answers in rows.items()]
    return aligned([head, *cells])


def report() -> str:
    """Print all of it."""
    price = price_of_not_knowing(20, (5.0, 20.0, 45.0))
    return (
        f"our delay over the bound, the longest freeze (s) in brackets; held-out seeds\n\n{run()}"
        f"\n\ngroup: whoever does not know which of 5, 20, 45 s it will be is {price:.2f} off"
        f"\n\n{forty()}\n\n{scarce()}"
    )


def forty() -> str:
    """Print how 40 chats of one bot fare that are all answered at once."""
    lines: list[tuple[str, ...]] = [
        ("40 chats", "staleness", "worst / best", "longest lag", "429s", "exact")
    ]
    for way in _WAYS:
        chats = [group(n) if way.name == "group" else private(n) for n in range(1, 41)]
        answers = [Answer(to, standard("std"), config=way.config) for to in chats]
        carried = carry(answers)
        stale = sorted(one.measures.staleness for one in carried)
        lines.append(
            (
                way.name,
                f"{statistics.median(stale):.0f}",
                f"{stale[-1] / stale[0]:.2f}",
                f"{max(one.measures.lag for one in carried):.2f}",
                str(sum(len(one.refused_at) for one in carried)),
                str(sum(one.is_exact for one in carried)),
            )
        )
    return aligned(lines)


def scarce() -> str:
    """Print how answers fare where calls are scarcer than the budget can know."""
    half = Settings(chats={chat_of(private()): ChatLimits(messages=(TokenBucket(0.5, 2),))})
    spent = [(0.0, group())] * 14
    edits = StreamingConfig(transport="edit")
    cases = {
        "group, 14 of 20 calls spent by others": carry(
            [Answer(group(), standard("std"), asked_at=1.0)], others=spent
        ),
        "0.5 calls a second, 30 s for one too many": carry(
            [Answer(private(), standard("mid"), config=edits)], settings=half, penalty=30.0
        ),
    }
    lines: list[tuple[str, ...]] = [("chat", "429s", "lag", "final after the wait", "exact")]
    for name, (one,) in cases.items():
        end = one.answer.tokens[-1][0]
        allowed = max([end, *one.allowed_at])
        lines.append(
            (
                name,
                str(len(one.refused_at)),
                f"{one.measures.lag:.2f} s",
                f"{end + one.measures.lag - allowed:.2f} s",
                "yes" if one.is_exact else "no !",
            )
        )
    return aligned(lines)


def price_of_not_knowing(calls: int, lengths: Sequence[float], half: float = 0.04) -> float:
    """Give the least factor by which somebody is worse who does not know the length.

    In a steady stream a policy is one list of moments, whatever the length turns out to be. It has
    n_k previews in the k-th stretch between two lengths; evenly is best within each. The factor is
    that of the worst length, for the best division of `calls` (a call of its own for the final),
    with previews as a real number and waits as in the continuous limit, which favours the policy.
    """
    best = [length / (2.0 * calls) + half for length in lengths]
    low, high = 1.0, 100.0
    while high - low > 1e-3:
        factor = (low + high) / 2.0
        if _needed(factor, best, lengths, half) <= calls - 1:
            high = factor
        else:
            low = factor
    return high


def _needed(factor: float, best: Sequence[float], lengths: Sequence[float], half: float) -> float:
    """Count the previews that keep each length within `factor` of the best: the fewest there are.

    The sum of squared gaps until each length has a ceiling; what an early stretch does not use of
    it, a later one may. Ceilings are tried from the last to the first in small steps.
    """
    ceilings = [2.0 * n * (factor * b - half) for n, b in zip(lengths, best, strict=True)]
    if min(ceilings) <= 0.0:
        return float("inf")
    steps = 400
    stretches = [b - a for a, b in zip((0.0, *lengths), lengths, strict=False)]
    # fewest[i]: previews until here if i steps of the last ceiling are used up.
    unit = max(ceilings) / steps
    fewest = [0.0] + [float("inf")] * steps
    for stretch, ceiling in zip(stretches, ceilings, strict=True):
        top = int(ceiling / unit + 1e-9)
        fewest = [
            min((fewest[i] + stretch**2 / ((j - i) * unit) for i in range(j)), default=float("inf"))
            if j <= top
            else float("inf")
            for j in range(steps + 1)
        ]
    return min(fewest)


def _cells(answers: Sequence[Sequence[Sequence[Token]]]) -> list[str]:
    cells = []
    for way in _WAYS:
        for of_length in answers:
            ratios, freezes = [], []
            for tokens in of_length:
                bound = least_delay(tokens, way.limits, final_is_free=way.final_is_free)
                measures = carry([Answer(way.to, tokens, config=way.config)])[0].measures
                ratios.append(measures.delay / bound.value)
                freezes.append(measures.freeze)
            cells.append(f"{statistics.mean(ratios):.2f} ({max(freezes):.1f})")
    return cells
