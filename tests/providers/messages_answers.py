"""What the tests of Anthropic Messages share: transcripts, and answers folded for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tickertape.conversation import Part, Step, TextPart, Thought
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    TextDelta,
)
from tickertape.providers.messages import MessagesDecoder

__all__ = ["ORIGIN", "OWN", "Answer", "comparable", "decode", "fold", "parts_of", "stream_of"]

OWN = Path(__file__).parent / "transcripts" / "messages"
ORIGIN = "messages m@example"


@dataclass
class Answer:
    """What a reader and a recorder are left with."""

    text: str
    reasoning: str
    parts: tuple[Part, ...]
    end: Finished | Failed


def stream_of(name: str) -> bytes:
    """Read one of our own transcripts."""
    return (OWN / name).read_bytes()


def decode(*pieces: bytes, secret: str | None = None) -> list[Event]:
    """Decode one answer to its end, and see that nothing comes after it."""
    decoder = MessagesDecoder(secret, ORIGIN)
    events = [event for piece in pieces for event in decoder.decode(piece)]
    events += decoder.flush()
    assert decoder.ended
    assert not decoder.finishing
    assert decoder.flush() == []
    assert decoder.decode(b'data: {"type":"message_stop"}\n\n') == []
    return events


def fold(events: list[Event]) -> Answer:
    """Apply restarts, and see that there is one end and, before a good one, one record.

    What was recorded is what was said, block by block: blocks may have come interleaved.
    """
    *before, end = events
    assert isinstance(end, Finished | Failed)
    text, reasoning = "", ""
    parts: tuple[Part, ...] = ()
    if isinstance(end, Finished):
        *before, last = before
        assert isinstance(last, Recorded)
        assert isinstance(last.entry, Step)
        assert last.entry.origin == ORIGIN
        parts = last.entry.parts
    for event in before:
        assert isinstance(event, TextDelta | ReasoningDelta | Restarted)
        match event:
            case Restarted():
                text = reasoning = ""
            case TextDelta(said):
                assert said
                text += said
            case ReasoningDelta(said):
                assert said
                reasoning += said
    if isinstance(end, Finished):
        words = "".join(part.text for part in parts if isinstance(part, TextPart))
        thoughts = "".join(part.text for part in parts if isinstance(part, Thought))
        assert sorted(words) == sorted(text)
        assert Restarted() in before or sorted(thoughts) == sorted(reasoning)
    return Answer(text, reasoning, parts, end)


def parts_of(name: str) -> tuple[Part, ...]:
    """Give the parts of the step that one of our own transcripts comes to."""
    return fold(decode(stream_of(name))).parts


def comparable(events: list[Event]) -> tuple[list[Event], str]:
    """Give events so that two lists of them can be compared: an error equals only itself."""
    return events[:-1], str(events[-1])
