"""Events as lines of JSON, purely: the shape that `tickertape ask --json` promises.

Each event is one object on one line; its `type` says which. Programs that read them should ignore
types and fields that they do not know: more of both may come, none changes or goes.

| type | fields |
|---|---|
| `text` | `text` |
| `reasoning` | `text` |
| `segment_ended` | |
| `tool_started` | `call_id`, `name` |
| `tool_finished` | `call_id`, `name`, `ok` |
| `step` | `origin`, `parts`: each `words` or `thought` with `text`, or `call` with its arguments |
| `tool_result` | `call_id`, `name`, `text`, `ok` |
| `added` | `text`: what a person said meanwhile, and the agent goes into |
| `restarted` | |
| `finished` | `reason`, `usage` (null, or the tokens that it counts), perhaps `detail` |
| `failed` | `kind`, `message`, `detail`, `status`, `retry_after` |

What a server wants back unchanged of a step is between it and us: it is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import assert_never

from tickertape.conversation import Opaque, Step, TextPart, Thought, ToolCall, ToolResult, Utterance
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
)

__all__ = ["as_line"]

_NAMES: Mapping[type[Event], str] = {
    TextDelta: "text",
    ReasoningDelta: "reasoning",
    SegmentEnded: "segment_ended",
    ToolStarted: "tool_started",
    ToolFinished: "tool_finished",
    Restarted: "restarted",
}
"""The names of those whose fields are told as they are."""

_ORDERS = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What JSON lets stand and a terminal obeys, or what hides how a text runs, as in
`channels.terminal.sanitized`; escaped, it means the same in JSON."""


def as_line(event: Event) -> str:
    """Return an event as one line of JSON, with its line break."""
    line = json.dumps(_fields(event), ensure_ascii=False, separators=(",", ":"))
    return _ORDERS.sub(lambda found: f"\\u{ord(found[0]):04x}", line) + "\n"


def _fields(event: Event) -> dict[str, object]:
    match event:
        case Recorded(entry=entry):
            return _entry(entry)
        case Failed(error=error):
            return {
                "type": "failed",
                "kind": error.kind.value,
                "message": error.sentence,
                "detail": error.detail,
                "status": error.status,
                "retry_after": error.retry_after,
            }
        case (
            TextDelta()
            | ReasoningDelta()
            | SegmentEnded()
            | ToolStarted()
            | ToolFinished()
            | Restarted()
        ):
            return {"type": _NAMES[type(event)], **asdict(event)}
        case Finished(reason=reason, usage=usage, detail=detail):
            counted = None if usage is None else asdict(usage)
            told: dict[str, object] = {"type": "finished", "reason": reason, "usage": counted}
            return {**told, "detail": detail} if detail else told
        case _:
            assert_never(event)


def _entry(entry: Step | ToolResult | Utterance) -> dict[str, object]:
    match entry:
        case ToolResult():
            return {"type": "tool_result", **asdict(entry)}
        case Step(parts=parts, origin=origin):
            told = [_part(part) for part in parts if not isinstance(part, Opaque)]
            return {"type": "step", "origin": origin, "parts": told}
        case Utterance(text=text):
            return {"type": "added", "text": text}
        case _:
            assert_never(entry)


def _part(part: TextPart | Thought | ToolCall) -> dict[str, object]:
    match part:
        case TextPart(text=text):
            return {"type": "words", "text": text}
        case Thought(text=text):
            return {"type": "thought", "text": text}
        case ToolCall(call_id=call_id, name=name, arguments=arguments):
            return {"type": "call", "call_id": call_id, "name": name, "arguments": arguments}
        case _:
            assert_never(part)
