"""The results of `tickertape bench live`, as a table and as JSON; pure.

Of several conversations at once, a cell shows the median and the worst. Numbers that do not exist
(no answer came on screen, say) are `-` in the table and null in JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tickertape.cli.tables import aligned
from tickertape.testing.live import Conversation, Round
from tickertape.testing.measures import READERS, ReadThrough, quantile, speed_name

__all__ = ["Result", "as_json", "as_table", "failures"]


@dataclass(frozen=True, slots=True)
class Result:
    """One round, and the texts on the screens after it."""

    round_: Round
    """What was measured."""
    exact: tuple[bool | None, ...]
    """For each conversation, whether its chat shows the answer and nothing else; None where only
    people can read the chat."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A measure that each conversation has."""

    label: str
    key: str
    unit: str
    value: Callable[[Conversation], float | None]


def _of(name: str) -> Callable[[Conversation], float | None]:
    """Return a function that reads one measure of an answer that came on screen."""

    def read(one: Conversation) -> float | None:
        return None if one.measures is None else float(getattr(one.measures, name))

    return read


def _reading(
    speed: float, value: Callable[[ReadThrough], float]
) -> Callable[[Conversation], float | None]:
    """Return a function that reads what a reader of one speed waited for."""

    def read(one: Conversation) -> float | None:
        return next((value(reader) for reader in one.readers if reader.speed == speed), None)

    return read


def _of_readers() -> Iterator[_Row]:
    """Yield the rows of the readers of each speed."""
    measures: Mapping[str, Callable[[ReadThrough], float]] = {
        "read-through delay": lambda reader: reader.delay,
        "reader stall": lambda reader: reader.stall,
    }
    for label, value in measures.items():
        for speed in READERS:
            name = speed_name(speed)
            key = f"{label} {name.removesuffix('/s')}".replace("-", "_").replace(" ", "_")
            yield _Row(f"{label}, {name}", key, "s", _reading(speed, value))


_ROWS = (
    _Row("first delta", "first_delta", "s", lambda one: one.first_delta),
    _Row("first text", "first_text", "s", _of("first_text")),
    _Row("final lag", "final_lag", "s", _of("lag")),
    _Row("mean character delay", "mean_character_delay", "s", _of("delay")),
    _Row("longest freeze", "longest_freeze", "s", _of("freeze")),
    _Row("staleness", "staleness", "chars", _of("staleness")),
    *_of_readers(),
    _Row("length of the answer", "characters", "chars", lambda one: len(one.said)),
)


def as_table(results: Sequence[Result]) -> str:
    """Return a table with a column for each round."""
    columns = [_column(result) for result in results]
    return aligned([(label, *cells) for label, *cells in zip(_labels(), *columns, strict=True)])


def as_json(results: Sequence[Result], **about: object) -> str:
    """Return all measurements, those of every conversation included.

    Args:
        results: the rounds.
        about: what else the file says, by its keys: how and where it was measured.
    """
    rounds = [_round_json(result) for result in results]
    return json.dumps({**about, "rounds": rounds}, indent=2, ensure_ascii=False) + "\n"


def failures(results: Sequence[Result]) -> list[str]:
    """Return a line for each way in which answers failed to arrive."""
    conversations = [one for result in results for one in result.round_.conversations]
    reasons = [one.failure for one in conversations if one.failure]
    marred = sum(exact is False for result in results for exact in result.exact)
    lines = [
        f"{reasons.count(reason)} of {len(conversations)} answers: {reason}"
        for reason in dict.fromkeys(reasons)
    ]
    if marred:
        lines.append(f"{marred} of {len(conversations)} screens show something else")
    return lines


def _labels() -> list[str]:
    return [
        "sessions at once",
        "wall time",
        *(row.label for row in _ROWS),
        "delivery latency p50",
        "delivery latency p95",
        "calls",
        "refusals",
        "answers complete",
        "answers exact",
    ]


def _column(result: Result) -> list[str]:
    conversations = result.round_.conversations
    latencies = _latencies(result)
    known = [exact for exact in result.exact if exact is not None]
    return [
        str(len(conversations)),
        f"{result.round_.wall_time:.1f} s",
        *(_cell(row, conversations) for row in _ROWS),
        *(_milliseconds(latencies, share) for share in (0.5, 0.95)),
        str(len(latencies)),
        str(_refusals(conversations)),
        f"{sum(one.is_complete for one in conversations)} of {len(conversations)}",
        f"{sum(known)} of {len(known)}" if known else "-",
    ]


def _cell(row: _Row, conversations: Sequence[Conversation]) -> str:
    values = _values(row, conversations)
    if not values:
        return "-"
    numbers = (quantile(values, 0.5), max(values))
    shown = dict.fromkeys(_number(number, row.unit) for number in numbers)
    return f"{' / '.join(shown)} {row.unit}"


def _number(value: float, unit: str) -> str:
    if math.isinf(value):
        return "never"
    return f"{value:.2f}" if unit == "s" else f"{value:.0f}"


def _milliseconds(latencies: Sequence[float], share: float) -> str:
    return f"{quantile(latencies, share) * 1000:.0f} ms" if latencies else "-"


def _values(row: _Row, conversations: Sequence[Conversation]) -> list[float]:
    return [value for one in conversations if (value := row.value(one)) is not None]


def _latencies(result: Result) -> list[float]:
    return [call.latency for one in result.round_.conversations for call in one.calls]


def _refusals(conversations: Sequence[Conversation]) -> int:
    return sum(call.is_refused for one in conversations for call in one.calls)


def _round_json(result: Result) -> dict[str, object]:
    conversations = result.round_.conversations
    latencies = _latencies(result)
    medians = {
        row.key: _finite(quantile(values, 0.5)) if (values := _values(row, conversations)) else None
        for row in _ROWS
    }
    return {
        "sessions": len(conversations),
        "wall_time": round(result.round_.wall_time, 4),
        "median": medians,
        "delivery_latency_p50": _finite(quantile(latencies, 0.5)) if latencies else None,
        "delivery_latency_p95": _finite(quantile(latencies, 0.95)) if latencies else None,
        "calls": len(latencies),
        "refusals": _refusals(conversations),
        "conversations": [
            _conversation_json(one, exact)
            for one, exact in zip(conversations, result.exact, strict=True)
        ],
    }


def _conversation_json(one: Conversation, exact: bool | None) -> dict[str, object]:
    measures = {row.key: _finite(row.value(one)) for row in _ROWS}
    return {
        **measures,
        "seconds": round(one.seconds, 4),
        "calls": len(one.calls),
        "refusals": _refusals([one]),
        "complete": one.is_complete,
        "exact": exact,
        "failure": one.failure or None,
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or math.isinf(value) else round(value, 4)
