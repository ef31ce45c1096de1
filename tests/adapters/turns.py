"""Turns and conversations for the tests of adapters."""

from __future__ import annotations

from tickertape.chat import Address, ChatKind
from tickertape.conversation import Step, TextPart, Thought, ToolCall, ToolResult, Utterance
from tickertape.events import Event, TextDelta
from tickertape.ports import Turn

__all__ = ["HISTORY", "text_of", "turn"]

HISTORY = (
    Utterance("user", "What is the time?"),
    Step(
        (Thought("I need a clock."), TextPart("Let me see."), ToolCall("c1", "clock", '{"zone":1}'))
    ),
    ToolResult("c1", "clock", "noon"),
    Step((TextPart("It is noon."),)),
    Utterance("user", "And there?"),
    Step((ToolCall("c2", "clock", "{not json"),)),
)
"""A conversation with a tool's call and result, and a call that was cut off."""


def turn(text: str = "Hello", history: tuple[object, ...] = ()) -> Turn:
    """Make a turn."""
    return Turn(Address("telegram", "7", ChatKind.PRIVATE), None, text, history)  # type: ignore[arg-type]


def text_of(events: list[Event]) -> str:
    """Join the text that was said."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))
