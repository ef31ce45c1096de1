"""The decoder of OpenAI Responses on any stream: it never raises, and ends exactly once."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from responses_answers import comparable, decoded, ending, recorded

from tickertape.conversation import Part, Step, TextPart, Thought, ToolCall
from tickertape.events import Finished, SegmentEnded, TextDelta
from tickertape.ports import Prompt
from tickertape.providers.quirks.profile import Profile
from tickertape.providers.responses import body

_TYPES = st.sampled_from(
    [
        "response.created",
        "response.output_item.added",
        "response.output_item.done",
        "response.output_text.delta",
        "response.refusal.delta",
        "response.reasoning_text.delta",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_part.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.completed",
        "response.incomplete",
        "response.failed",
        "response.cancelled",
        "error",
        "keepalive",
        None,
        17,
    ]
)
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


def _or_junk(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(values, values, values, _JUNK)


_PARTS = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["output_text", "refusal", "summary_text", "reasoning_text"])},
        optional={"text": _or_junk(st.text(max_size=5)), "refusal": st.text(max_size=5)},
    ),
    max_size=3,
)
_IDS = st.sampled_from(["", "a", "b", "c"])
_ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "type": _or_junk(
            st.sampled_from(["message", "reasoning", "function_call", "web_search_call"])
        ),
        "id": _or_junk(_IDS),
        "role": st.just("assistant"),
        "content": _or_junk(_PARTS),
        "summary": _or_junk(_PARTS),
        "encrypted_content": _or_junk(st.sampled_from(["", "gAAA"])),
        "phase": _or_junk(st.sampled_from(["analysis", "commentary", "final_answer"])),
        "call_id": _or_junk(st.sampled_from(["call_1", "call_2"])),
        "name": _or_junk(st.just("clock")),
        "arguments": _or_junk(st.sampled_from(["", "{}", '{"a"'])),
    },
)
_RESPONSES = st.fixed_dictionaries(
    {},
    optional={
        "status": _or_junk(st.sampled_from(["completed", "incomplete", "failed", "queued"])),
        "output": _or_junk(st.lists(_ITEMS, max_size=3)),
        "usage": _or_junk(st.just({"input_tokens": 1, "output_tokens": 2})),
        "incomplete_details": _or_junk(st.just({"reason": "max_output_tokens"})),
        "error": _or_junk(st.just({"code": "server_error", "message": "no"})),
    },
)
_MESSAGES = st.fixed_dictionaries(
    {"type": _TYPES},
    optional={
        "delta": _or_junk(st.text(max_size=5)),
        "item_id": _or_junk(_IDS),
        "output_index": _or_junk(st.integers(0, 3)),
        "summary_index": _or_junk(st.integers(0, 2)),
        "arguments": _or_junk(st.just("{}")),
        "item": _or_junk(_ITEMS),
        "response": _or_junk(_RESPONSES),
        "output": _or_junk(st.lists(_ITEMS, max_size=2)),
        "error": _or_junk(st.just({"message": "no"})),
    },
)


def _stream(messages: list[object], *, named: bool) -> bytes:
    return "".join(
        (f"event: {m['type']}\n" if named and isinstance(m, dict) and "type" in m else "")
        + f"data: {json.dumps(m)}\n\n"
        for m in messages
    ).encode()


def _cut(stream: bytes, places: list[int]) -> list[bytes]:
    cuts = sorted(place % (len(stream) + 1) for place in places)
    return [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


@given(
    st.lists(st.one_of(_MESSAGES, _JUNK), max_size=12),
    st.booleans(),
    st.lists(st.integers(0, 10_000), max_size=5),
)
def test_any_messages_end_once(messages: list[object], named: bool, places: list[int]) -> None:
    """Any messages in any order, cut anywhere: one end, and a step that can be sent again."""
    stream = _stream(messages, named=named)
    events = decoded(stream)
    assert comparable(decoded(*_cut(stream, places))) == comparable(events)
    if isinstance(ending(events), Finished):
        step = recorded(events)
        body(Prompt((step,)), model="m", profile=Profile(), origin=step.origin)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=3))
def test_any_bytes_end_once(stream: bytes, places: list[int]) -> None:
    """Bytes that are no stream at all end once too, wherever they are cut."""
    assert comparable(decoded(*_cut(stream, places))) == comparable(decoded(stream))


_WORDS = st.lists(st.text("ab ", min_size=1, max_size=4), min_size=1, max_size=4)


@st.composite
def _valid(draw: st.DrawFn) -> tuple[list[object], Step]:
    """Draw an answer as the protocol has it, its items interleaved, and what it comes to."""
    kinds = draw(st.lists(st.sampled_from(["message", "reasoning", "function_call"]), max_size=4))
    queues: list[list[object]] = []
    parts: list[TextPart | Thought | ToolCall] = []
    for index, kind in enumerate(kinds):
        pieces = draw(_WORDS)
        whole = "".join(pieces)
        tie = {"output_index": index, "item_id": f"id_{index}"}
        item: dict[str, object] = {"id": f"id_{index}", "type": kind}
        match kind:
            case "message":
                delta = "output_text"
                done = {**item, "content": [{"type": "output_text", "text": whole}]}
                parts.append(TextPart(whole))
            case "reasoning":
                delta = "reasoning_text"
                done = {**item, "summary": []}
                parts.append(Thought(whole))
            case _:
                delta = "function_call_arguments"
                item |= {"call_id": f"call_{index}", "name": "f"}
                done = {**item, "arguments": whole}
                parts.append(ToolCall(f"call_{index}", "f", whole))
        queues.append(
            [
                {"type": "response.output_item.added", "output_index": index, "item": item},
                *({"type": f"response.{delta}.delta", "delta": p, **tie} for p in pieces),
                {"type": "response.output_item.done", "output_index": index, "item": done},
            ]
        )
    # Items begin in order; what follows is interleaved.
    messages = [queue.pop(0) for queue in queues]
    while any(queues):
        messages.append(draw(st.sampled_from([queue for queue in queues if queue])).pop(0))
    messages.append({"type": "response.completed", "response": {"status": "completed"}})
    return messages, Step(tuple(parts))


@given(_valid(), st.lists(st.integers(0, 10_000), max_size=5))
def test_a_valid_answer_is_read_whole(drawn: tuple[list[object], Step], places: list[int]) -> None:
    """However its items are interleaved and its bytes cut, nothing is lost, and nothing doubled."""
    messages, expected = drawn
    events = decoded(*_cut(_stream(messages, named=True), places))
    step = recorded(events)
    parts = [_joined(part) for part in step.parts]
    assert sorted(map(repr, parts)) == sorted(map(repr, expected.parts))
    assert ending(events) == Finished()
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert sorted(said) == sorted(step.text)


def _joined(part: Part) -> Part:
    """Return a part without its place among the messages, which depends on who spoke first."""
    return replace(part, begins_segment=False) if isinstance(part, TextPart) else part


@given(st.lists(_WORDS, min_size=1, max_size=4))
def test_segments_are_the_messages(texts: list[list[str]]) -> None:
    """Messages that speak one after the other are one segment each."""
    messages: list[object] = [
        {"type": "response.output_text.delta", "output_index": index, "delta": piece}
        for index, pieces in enumerate(texts)
        for piece in pieces
    ]
    messages.append({"type": "response.completed"})
    events = decoded(_stream(messages, named=False))
    segments = [""]
    for event in events:
        if isinstance(event, TextDelta):
            segments[-1] += event.text
        elif isinstance(event, SegmentEnded):
            segments.append("")
    assert segments == ["".join(pieces) for pieces in texts]
