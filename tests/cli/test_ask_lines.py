"""The shape of `ask --json`: one object a line, for every event, stable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from tickertape.cli.ask.lines import as_line
from tickertape.conversation import Opaque, Step, TextPart, Thought, ToolCall, ToolResult
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
    Usage,
)

STEP = Step(
    (
        Thought("Hm.", raw="{}"),
        TextPart("Hi", raw="{}"),
        ToolCall("c1", "clock", "{}"),
        Opaque("{}"),
    ),
    origin="m@host",
)
SHAPES: list[tuple[Event, dict[str, object]]] = [
    (TextDelta("Grüße\n"), {"type": "text", "text": "Grüße\n"}),
    (ReasoningDelta("Hm"), {"type": "reasoning", "text": "Hm"}),
    (SegmentEnded(), {"type": "segment_ended"}),
    (ToolStarted("c1", "clock"), {"type": "tool_started", "call_id": "c1", "name": "clock"}),
    (
        ToolFinished("c1", "clock", ok=True),
        {"type": "tool_finished", "call_id": "c1", "name": "clock", "ok": True},
    ),
    (
        Recorded(STEP),
        {
            "type": "step",
            "origin": "m@host",
            "parts": [
                {"type": "thought", "text": "Hm."},
                {"type": "words", "text": "Hi"},
                {"type": "call", "call_id": "c1", "name": "clock", "arguments": "{}"},
            ],
        },
    ),
    (
        Recorded(ToolResult("c1", "clock", "noon")),
        {"type": "tool_result", "call_id": "c1", "name": "clock", "text": "noon", "ok": True},
    ),
    (Restarted(), {"type": "restarted"}),
    (
        Finished("length", Usage(3, 2)),
        {
            "type": "finished",
            "reason": "length",
            "usage": {"input_tokens": 3, "output_tokens": 2, "cached_tokens": 0},
        },
    ),
    (Finished(), {"type": "finished", "reason": "stop", "usage": None}),
    (
        Finished("refusal", None, "Not allowed."),
        {"type": "finished", "reason": "refusal", "usage": None, "detail": "Not allowed."},
    ),
    (
        Failed(ProviderError(FailureKind.RATE_LIMIT, "Slow.", status=429, retry_after=7.0)),
        {
            "type": "failed",
            "kind": "rate_limit",
            "message": "The model's server asks us to slow down. Please try again in a while.",
            "detail": "Slow.",
            "status": 429,
            "retry_after": 7.0,
        },
    ),
]


@pytest.mark.parametrize(("event", "shape"), SHAPES, ids=lambda value: type(value).__name__)
def test_every_event_has_its_shape(event: Event, shape: dict[str, object]) -> None:
    """One line, readable by anything that reads JSON; letters stay letters."""
    line = as_line(event)
    assert json.loads(line) == shape
    assert next(iter(json.loads(line))) == "type"
    assert line.count("\n") == 1
    assert line.endswith("}\n")
    assert "\\u" not in line


def test_no_line_is_an_order_to_a_terminal() -> None:
    """Somebody may look at the lines: control characters of both sets are escaped, not lost."""
    text = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)])) + "\u2028\u202e\u2066"
    line = as_line(TextDelta(text))
    assert line.rstrip("\n").isprintable()
    assert json.loads(line)["text"] == text


def test_every_kind_of_event_is_told() -> None:
    """No event is left out of the table above."""
    assert {type(event) for event, _ in SHAPES} == set(get_args(Event))


def test_the_page_names_every_type() -> None:
    """`docs/terminal.md` promises the shape: no type is missing there."""
    page = (Path(__file__).parents[2] / "docs" / "terminal.md").read_text("utf-8")
    for _, shape in SHAPES:
        assert f"\n| `{shape['type']}` | " in page
        for name in set(shape) - {"type", "text"}:
            assert f"`{name}`" in page
