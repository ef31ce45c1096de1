"""What the tests of Chat Completions share: transcripts, and answers folded for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cuts import each_cut

from tickertape.conversation import Part, Step, TextPart, Thought, ToolCall
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    TextDelta,
)
from tickertape.providers.chat_completions import ChatCompletionsDecoder

OWN = Path(__file__).parent / "transcripts" / "chat_completions"
"""The transcripts that were written for the project."""

ORIGIN = "chat_completions model-a@example.org"
"""Which model at which server the tests pretend to ask."""


@dataclass(frozen=True)
class Answer:
    """What an answer comes to: its text, its thinking, its parts as recorded, its end."""

    text: str
    reasoning: str
    parts: tuple[Part, ...]
    end: Finished | Failed

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The tool calls."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))


def decode(*pieces: bytes, secret: str | None = None, thinking: bool = False) -> list[Event]:
    """Decode one answer to its end, and see that nothing comes after it."""
    decoder = ChatCompletionsDecoder(secret, ORIGIN, thinking=thinking)
    events = [event for piece in pieces for event in decoder.decode(piece)]
    events += decoder.flush()
    assert decoder.ended
    assert not decoder.finishing
    assert decoder.flush() == []
    assert decoder.decode(b'data: {"choices":[{"delta":{"content":"late"}}]}\n\n') == []
    return events


def fold(events: list[Event]) -> Answer:
    """Apply restarts, and see that there is one end and, before a good one, one record."""
    *said, end = events
    text = reasoning = ""
    parts: tuple[Part, ...] = ()
    assert isinstance(end, Finished | Failed)
    if isinstance(end, Finished):
        recorded = said.pop()
        assert isinstance(recorded, Recorded)
        assert isinstance(recorded.entry, Step)
        assert recorded.entry.origin == ORIGIN
        parts = recorded.entry.parts
    for event in said:
        match event:
            case TextDelta(text=words):
                assert words
                text += words
            case ReasoningDelta(text=words):
                assert words
                reasoning += words
            case Restarted():
                text = ""
            case _:
                raise AssertionError(event)
    if isinstance(end, Finished):
        assert "".join(part.text for part in parts if isinstance(part, TextPart)) == text
        assert "".join(part.text for part in parts if isinstance(part, Thought)) == reasoning
    return Answer(text, reasoning, parts, end)


def read(name: str) -> Answer:
    """Read one of our own transcripts in one piece."""
    return fold(decode((OWN / name).read_bytes()))


def comparable(answer: Answer) -> tuple[object, ...]:
    """Give what two decodings of one answer must share; errors are compared by their words."""
    end = str(answer.end.error) if isinstance(answer.end, Failed) else answer.end
    return (answer.text, answer.reasoning, answer.parts, end)


def assert_cuts_change_nothing(stream: bytes) -> None:
    """See that a stream says the same however it is cut."""
    whole = comparable(fold(decode(stream)))
    for pieces in each_cut(stream):
        assert comparable(fold(decode(*pieces))) == whole
