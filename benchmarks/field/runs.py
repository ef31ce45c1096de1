"""One answer of one entrant, from what was seen to what is measured; and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.field.screen import is_whole, read
from tickertape.testing.measures import (
    READERS,
    Measures,
    ReadThrough,
    SeenFrame,
    Token,
    measure,
    read_through,
    speed_name,
)

__all__ = ["Run", "Shot", "run_of"]


@dataclass(frozen=True, slots=True)
class Shot:
    """A screen from a moment on."""

    at: float
    """The moment, in seconds on the tokens' clock."""
    messages: tuple[str, ...]
    """What stands in messages, from the top."""
    drafts: tuple[str, ...]
    """What stands in drafts."""


@dataclass(frozen=True, slots=True)
class Run:
    """One answer that an entrant carried to one chat."""

    entrant: str
    """Whose."""
    scenario: str
    """In which chat."""
    curve: tuple[tuple[float, int], ...]
    """From when on how many characters of the answer could be read."""
    measures: Measures | None
    """How live it was; None where nothing of it was ever seen."""
    readers: tuple[ReadThrough, ...]
    """How it was for readers, by `READERS`; none where nothing of it was ever seen."""
    calls: int
    """Calls that named a chat."""
    refusals: int
    """Calls that were refused, by flood control or for good."""
    is_exact: bool
    """Whether the chat ended with the answer once, in messages, and nothing else."""
    shown: float
    """How much of the answer could be read at the end; 1 is all."""
    ending: str
    """Why the library ended before the answer's end; empty where it did not."""

    def as_json(self) -> Mapping[str, object]:
        """Give it as JSON takes it: infinities are null."""
        values = asdict(self)
        if self.measures is not None:
            values["measures"] = {
                name: _finite(value) for name, value in asdict(self.measures).items()
            }
        values["readers"] = [
            {"speed": speed_name(one.speed), "delay": _finite(one.delay), "stall": one.stall}
            for one in self.readers
        ]
        return values


def run_of(
    *,
    entrant: str,
    scenario: str,
    tokens: Sequence[Token],
    shots: Sequence[Shot],
    calls: int,
    refusals: int,
    ending: str,
) -> Run:
    """Measure what was seen.

    Args:
        entrant: whose answer it is.
        scenario: in which chat.
        tokens: what was said, and when.
        shots: the screen after each change, in order.
        calls: how many calls it took.
        refusals: how many of them were refused.
        ending: what the driver said last.
    """
    answer = "".join(text for _, text in tokens)
    frames = _frames(tokens, shots)
    last = shots[-1] if shots else Shot(0.0, (), ())
    word, _, rest = ending.partition(" ")
    is_seen = any(frame.text for frame in frames)
    return Run(
        entrant=entrant,
        scenario=scenario,
        curve=tuple((frame.at, len(frame.text)) for frame in frames),
        measures=measure(tokens, frames) if is_seen else None,
        readers=tuple(read_through(tokens, frames, v) for v in READERS) if is_seen else (),
        calls=calls,
        refusals=refusals,
        is_exact=not last.drafts and is_whole(last.messages, answer),
        shown=len(read([*last.messages, *last.drafts], answer)) / len(answer),
        ending="" if word == "DONE" else rest,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _frames(tokens: Sequence[Token], shots: Sequence[Shot]) -> list[SeenFrame]:
    """Give what could be read, from the first words on, whenever that changed."""
    frames: list[SeenFrame] = []
    for shot in shots:
        said = "".join(text for at, text in tokens if at <= shot.at)
        text = read([*shot.messages, *shot.drafts], said)
        is_durable = read(shot.messages, said) == text
        if (frames or text) and (
            not frames or (frames[-1].text, frames[-1].durable) != (text, is_durable)
        ):
            frames.append(SeenFrame(shot.at, text, is_durable))
    end = tokens[-1][0]
    if frames and frames[-1].at < end:
        # Who shows nothing more is frozen until the answer's end at least.
        frames.append(SeenFrame(end, frames[-1].text, frames[-1].durable))
    return frames
