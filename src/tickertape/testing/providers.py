"""A provider that says what it was told to say, when it was told to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

from tickertape.conversation import Entry, Part, Step, TextPart, Thought, ToolCall
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    SegmentEnded,
    TextDelta,
)
from tickertape.ports import Prompt

__all__ = ["Script", "ScriptedProvider"]

Script: TypeAlias = Sequence[tuple[float, Event | ToolCall | str]]
"""One answer: moments in seconds from its start, never falling, each with what is said then. A
string stands for a `TextDelta`; a `ToolCall` is not said but recorded, as models want their calls.
A script without an end gets `Finished()` at its last moment, and one that ends with `Finished` and
records nothing itself gets the `Recorded` of what it said just before that."""

_TOKEN = re.compile(r"\s*\S{1,5}|\s+$")


class ScriptedProvider:
    """Implements `tickertape.ports.Provider` with scripts instead of a model.

        provider = ScriptedProvider([(0.1, "Hello"), (0.2, " world"), (0.3, Failed(error))])
        provider = ScriptedProvider([(0.1, ToolCall("c1", "clock", "{}"))], [(0.1, "It is noon.")])
        provider = ScriptedProvider.from_text("Hello world, at length.", tokens_per_second=40)

    Each request plays the next script from its beginning; the last is played on and on.
    """

    def __init__(self, *scripts: Script) -> None:
        """Learn the scripts.

        Args:
            scripts: one for each request; none says nothing.

        Raises:
            ValueError: when the moments of one fall, a delta is empty, or something follows the
                end.
        """
        self._scripts = [_whole(script) for script in scripts or ((),)]
        self.prompts: list[Prompt] = []
        """What was asked, in order."""
        self.open = 0
        """How many answers are being given."""
        self.closed = 0
        """How many answers were closed or cancelled before their end."""

    @property
    def conversations(self) -> list[tuple[Entry, ...]]:
        """The conversations that were asked about, in order."""
        return [prompt.entries for prompt in self.prompts]

    @classmethod
    def from_text(
        cls, text: str, *, tokens_per_second: float = 30.0, first_token: float = 0.2
    ) -> ScriptedProvider:
        """Make a script that says `text` evenly, in pieces as a model's tokens are.

        Args:
            text: what to say.
            tokens_per_second: how fast; a token is up to five characters with the space before.
            first_token: seconds until the first piece.
        """
        pieces = _TOKEN.findall(text)
        return cls([(first_token + n / tokens_per_second, piece) for n, piece in enumerate(pieces)])

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        """Play the next script. Moments count from here, so waiting never adds up.

        Args:
            prompt: kept in `prompts`, not read.
        """
        script = self._scripts[min(len(self.prompts), len(self._scripts) - 1)]
        self.prompts.append(prompt)
        clock = asyncio.get_running_loop().time
        start = clock()
        left = len(script)
        self.open += 1
        try:
            for at, event in script:
                if (wait := start + at - clock()) > 0:
                    await asyncio.sleep(wait)
                left -= 1
                yield event
        finally:
            self.open -= 1
            self.closed += left > 0

    async def aclose(self) -> None:
        """Close nothing, as a provider with connections would its connections."""


def _whole(script: Script) -> list[tuple[float, Event]]:
    """Check a script, and return it with an end and a record."""
    said = [(at, TextDelta(event) if isinstance(event, str) else event) for at, event in script]
    if any(later < earlier for (earlier, _), (later, _) in pairwise(said)):
        raise ValueError("the moments of a script must not fall")
    if any(isinstance(e, TextDelta | ReasoningDelta) and not e.text for _, e in said):
        raise ValueError("a delta must not be empty")
    if any(isinstance(event, Finished | Failed) for _, event in said[:-1]):
        raise ValueError("nothing can follow the end of an answer")
    end_at = said[-1][0] if said else 0.0
    if not said or not isinstance(said[-1][1], Finished | Failed):
        said.append((end_at, Finished()))
    whole = [(at, event) for at, event in said if not isinstance(event, ToolCall)]
    if isinstance(whole[-1][1], Finished) and not any(isinstance(e, Recorded) for _, e in whole):
        whole.insert(-1, (end_at, Recorded(Step(_parts([event for _, event in said])))))
    return whole


def _parts(said: Sequence[Event | ToolCall]) -> tuple[Part, ...]:
    """Return the pieces of an answer; `Restarted` takes back its words, as in a decoder."""
    parts: list[Part] = []
    has_ended = False  # a segment, behind which no words came so far
    for event in said:
        last = parts[-1] if parts else None
        match event:
            case TextDelta(text=text) if isinstance(last, TextPart) and not has_ended:
                parts[-1] = replace(last, text=last.text + text)
            case ReasoningDelta(text=text) if isinstance(last, Thought):
                parts[-1] = Thought(last.text + text)
            case TextDelta(text=text):
                parts.append(TextPart(text, begins_segment=has_ended))
                has_ended = False
            case SegmentEnded():
                has_ended = True
            case ReasoningDelta(text=text):
                parts.append(Thought(text))
            case ToolCall():
                parts.append(event)
            case Restarted():
                parts = [part for part in parts if not isinstance(part, TextPart)]
                has_ended = False
            case _:
                pass
    return tuple(parts)
