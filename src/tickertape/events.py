"""What an agent says while it runs: a closed union of values.

An agent's answer is a sequence of events that ends with exactly one `Finished` or `Failed`.
Every consumer (a chat, a terminal, a speaker, a journal) reads the same events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tickertape.conversation import FinishReason, Step, ToolResult, Utterance
from tickertape.errors import ProviderError

__all__ = [
    "Event",
    "Failed",
    "FinishReason",
    "Finished",
    "ReasoningDelta",
    "Recorded",
    "Restarted",
    "SegmentEnded",
    "TextDelta",
    "ToolFinished",
    "ToolStarted",
    "Usage",
]


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost, as the provider counted it."""

    input_tokens: int
    """Tokens read, cached ones included."""
    output_tokens: int
    """Tokens written, reasoning included."""
    cached_tokens: int = 0
    """Tokens of those read that came from the server's cache, and may cost less."""

    def __add__(self, other: Usage) -> Usage:
        """Return the sum of two."""
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
        )


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer's text, for the reader."""

    text: str
    """The characters that came; never empty."""

    @property
    def is_visible(self) -> bool:
        """Whether there is more in it than white space and characters of no width."""
        return any(letter.isprintable() and not letter.isspace() for letter in self.text)


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of the model's thinking; never part of the answer."""

    text: str
    """The characters that came; never empty."""


@dataclass(frozen=True, slots=True)
class SegmentEnded:
    """What was said so far is a message of its own; what follows begins the next.

    A model that comments on its work before it answers says so. `Restarted` still voids it.
    """


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """The agent began to run a tool. What was said before it is a segment of its own, for good."""

    call_id: str
    """The call's id, unique among the calls of its step: servers use ids again."""
    name: str
    """The tool's name."""


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool ended."""

    call_id: str
    """The id that `ToolStarted` carried."""
    name: str
    """The tool's name."""
    ok: bool
    """Whether it gave a result rather than an error."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A step of the model, a tool's result, or what a person added (`ports.Turn.added`), is whole.

    Conversation stores keep it.

    It says nothing that the reader has not been told by other events.
    """

    entry: Step | ToolResult | Utterance
    """What to keep, to be told to the model in later turns."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """The text since the last tool, or since the beginning, is void: it is sent again."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer ended by itself; it is whole where the reason is "stop"."""

    reason: FinishReason = "stop"
    """Why it ended."""
    usage: Usage | None = None
    """What it cost, where the provider said so."""
    detail: str = ""
    """The server's own explanation of the reason, where it gives one: one short line for the
    reader, without secrets."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer broke off. What was said before stays said."""

    error: ProviderError
    """What went wrong; `error.sentence` is for the reader."""


Event: TypeAlias = (
    TextDelta
    | ReasoningDelta
    | SegmentEnded
    | ToolStarted
    | ToolFinished
    | Recorded
    | Restarted
    | Finished
    | Failed
)
"""Anything an agent can say."""
