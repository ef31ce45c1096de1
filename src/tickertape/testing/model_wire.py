"""What a model says, in the words of each of the three protocols; pure.

The shapes are those of the vendors' references (platform.openai.com/docs/api-reference/chat,
platform.openai.com/docs/api-reference/responses-streaming, docs.anthropic.com/en/api/messages and
docs.anthropic.com/en/docs/build-with-claude/streaming, 2026-11), with the fields that clients read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias, assert_never

from tickertape.conversation import Thought, ToolCall

__all__ = ["COMMENT", "Lines", "Piece", "Protocol", "Reason", "error_event", "streamed", "whole"]

Protocol: TypeAlias = Literal["chat_completions", "responses", "messages"]
"""How a request was made."""

Piece: TypeAlias = str | Thought | ToolCall
"""One delta of an answer: words, thinking, or a whole tool call."""

Reason: TypeAlias = Literal["stop", "length", "content_filter", "refusal"]
"""Why an answer ends."""

COMMENT = b": keep-alive\n\n"
"""A line that says only that the server lives."""

_SIGNATURE = "c2lnbmF0dXJl"


@dataclass(frozen=True, slots=True)
class Lines:
    """An answer as a stream, in the parts that belong together."""

    opening: bytes
    """What comes before the first piece."""
    pieces: tuple[bytes, ...]
    """One part for each piece."""
    closing: bytes
    """The reason, the usage and the end."""


_Usage: TypeAlias = tuple[int, int] | None


def streamed(protocol: Protocol, pieces: Sequence[Piece], reason: Reason, usage: _Usage) -> Lines:
    """Return an answer as a stream."""
    match protocol:
        case "chat_completions":
            return _chat_stream(pieces, reason, usage)
        case "responses":
            return _responses_stream(pieces, reason, usage)
        case "messages":
            return _messages_stream(pieces, reason, usage)
        case _:
            assert_never(protocol)


def whole(
    protocol: Protocol, pieces: Sequence[Piece], reason: Reason, usage: _Usage
) -> dict[str, object]:
    """Return an answer as one JSON object."""
    match protocol:
        case "chat_completions":
            return _chat_object(pieces, reason, usage)
        case "responses":
            items = [_finished_item(number, group) for number, group in enumerate(_grouped(pieces))]
            return _response(items, reason, usage)
        case "messages":
            blocks = [_finished_block(group) for group in _grouped(pieces)]
            return _message(blocks, _stop_reason(pieces, reason), usage)
        case _:
            assert_never(protocol)


def error_event(protocol: Protocol, name: str, message: str) -> bytes:
    """Return the event with which a running stream breaks off."""
    error = {"type": name, "code": name, "message": message}
    match protocol:
        case "chat_completions":
            return _data({"error": error})
        case "responses":
            return _event({"type": "error", "code": name, "message": message, "param": None})
        case "messages":
            return _event({"type": "error", "error": {"type": name, "message": message}})
        case _:
            assert_never(protocol)


def _data(said: Mapping[str, object]) -> bytes:
    return f"data: {json.dumps(said)}\n\n".encode()


def _event(said: Mapping[str, object]) -> bytes:
    return f"event: {said['type']}\n".encode() + _data(said)


def _grouped(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Put together what is one message or one thought; each call stands alone."""
    groups: list[list[Piece]] = []
    for kind, same in groupby(pieces, type):
        group = list(same)
        groups += [[piece] for piece in group] if kind is ToolCall else [group]
    return groups


def _text(group: Iterable[Piece]) -> str:
    return "".join(
        p if isinstance(p, str) else p.text for p in group if not isinstance(p, ToolCall)
    )


def _in_groups(
    pieces: Sequence[Piece],
    opening: Callable[[int, list[Piece]], bytes],
    delta: Callable[[int, Piece], bytes],
    closing: Callable[[int, list[Piece]], bytes],
) -> tuple[bytes, ...]:
    """Return each piece; a group's opening goes with its first, its closing with its last."""
    parts: list[bytes] = []
    for number, group in enumerate(_grouped(pieces)):
        said = [delta(number, piece) for piece in group]
        said[0] = opening(number, group) + said[0]
        said[-1] += closing(number, group)
        parts += said
    return tuple(parts)


def _has_calls(pieces: Iterable[Piece]) -> bool:
    return any(isinstance(piece, ToolCall) for piece in pieces)


def _chat_reason(pieces: Sequence[Piece], reason: Reason) -> str:
    return "tool_calls" if reason == "stop" and _has_calls(pieces) else reason


def _chat_call(call: ToolCall, index: int) -> dict[str, object]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"index": index, "id": call.call_id, "type": "function", "function": function}


def _chat_usage(usage: _Usage) -> dict[str, object]:
    if usage is None:
        return {}
    read, written = usage
    said = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return {"usage": said}


def _chat_stream(pieces: Sequence[Piece], reason: Reason, usage: _Usage) -> Lines:
    calls = 0
    parts: list[bytes] = []
    for piece in pieces:
        match piece:
            case ToolCall():
                delta: dict[str, object] = {"tool_calls": [_chat_call(piece, calls)]}
                calls += 1
            case Thought(text=text):
                delta = {"reasoning_content": text}
            case _:
                delta = {"content": piece}
        parts.append(_chat_chunk(delta))
    closing = _chat_chunk({}, _chat_reason(pieces, reason))
    if usage is not None:
        closing += _data({"choices": [], **_chat_usage(usage)})
    opening = _chat_chunk({"role": "assistant", "content": ""})
    return Lines(opening, tuple(parts), closing + b"data: [DONE]\n\n")


def _chat_chunk(delta: Mapping[str, object], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return _data({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]})


def _chat_object(pieces: Sequence[Piece], reason: Reason, usage: _Usage) -> dict[str, object]:
    words = _text(piece for piece in pieces if isinstance(piece, str))
    thoughts = _text(piece for piece in pieces if isinstance(piece, Thought))
    message: dict[str, object] = {"role": "assistant", "content": words or None}
    if thoughts:
        message["reasoning_content"] = thoughts
    calls = [piece for piece in pieces if isinstance(piece, ToolCall)]
    if calls:
        message["tool_calls"] = [_chat_call(call, number) for number, call in enumerate(calls)]
    choice = {"index": 0, "message": message, "finish_reason": _chat_reason(pieces, reason)}
    said: dict[str, object] = {"id": "chatcmpl-1", "object": "chat.completion"}
    return said | {"choices": [choice], **_chat_usage(usage)}


def _begun_item(number: int, group: list[Piece]) -> dict[str, object]:
    match group[0]:
        case ToolCall() as call:
            said = {"type": "function_call", "id": f"fc_{number}", "call_id": call.call_id}
            return {**said, "name": call.name, "arguments": "", "status": "in_progress"}
        case Thought():
            return {"type": "reasoning", "id": f"rs_{number}", "summary": []}
        case _:
            said = {"type": "message", "id": f"msg_{number}", "role": "assistant"}
            return {**said, "content": [], "status": "in_progress"}


def _finished_item(number: int, group: list[Piece]) -> dict[str, object]:
    item = _begun_item(number, group)
    match group[0]:
        case ToolCall() as call:
            return item | {"arguments": call.arguments, "status": "completed"}
        case Thought():
            summary = [{"type": "summary_text", "text": _text(group)}]
            return item | {"summary": summary, "encrypted_content": _SIGNATURE}
        case _:
            content = [{"type": "output_text", "text": _text(group), "annotations": []}]
            return item | {"content": content, "status": "completed"}


def _item_opening(number: int, group: list[Piece]) -> bytes:
    item = _begun_item(number, group)
    said = _event({"type": "response.output_item.added", "output_index": number, "item": item})
    if isinstance(group[0], str):
        part = {"type": "output_text", "text": "", "annotations": []}
        place = {"item_id": item["id"], "output_index": number, "content_index": 0}
        said += _event({"type": "response.content_part.added", **place, "part": part})
    return said


def _item_delta(number: int, piece: Piece) -> bytes:
    match piece:
        case ToolCall(arguments=arguments):
            place: dict[str, object] = {"item_id": f"fc_{number}", "output_index": number}
            kind, text = "response.function_call_arguments.delta", arguments
        case Thought(text=text):
            place = {"item_id": f"rs_{number}", "output_index": number, "summary_index": 0}
            kind = "response.reasoning_summary_text.delta"
        case _:
            place = {"item_id": f"msg_{number}", "output_index": number, "content_index": 0}
            kind, text = "response.output_text.delta", piece
    return _event({"type": kind, **place, "delta": text})


def _item_closing(number: int, group: list[Piece]) -> bytes:
    item = _finished_item(number, group)
    return _event({"type": "response.output_item.done", "output_index": number, "item": item})


def _response(items: Sequence[object], reason: Reason, usage: _Usage) -> dict[str, object]:
    said: dict[str, object] = {"id": "resp_1", "object": "response", "output": items}
    said |= {"status": "completed", "error": None, "incomplete_details": None}
    if reason in {"length", "content_filter"}:
        words = "max_output_tokens" if reason == "length" else reason
        said |= {"status": "incomplete", "incomplete_details": {"reason": words}}
    if usage is not None:
        read, written = usage
        said["usage"] = {"input_tokens": read, "output_tokens": written}
    return said


def _responses_stream(pieces: Sequence[Piece], reason: Reason, usage: _Usage) -> Lines:
    items = [_finished_item(number, group) for number, group in enumerate(_grouped(pieces))]
    response = _response(items, reason, usage)
    begun = {"id": "resp_1", "object": "response", "status": "in_progress", "output": []}
    return Lines(
        _event({"type": "response.created", "response": begun}),
        _in_groups(pieces, _item_opening, _item_delta, _item_closing),
        _event({"type": f"response.{response['status']}", "response": response}),
    )


def _stop_reason(pieces: Sequence[Piece], reason: Reason) -> str:
    match reason:
        case "stop":
            return "tool_use" if _has_calls(pieces) else "end_turn"
        case "length":
            return "max_tokens"
        case "refusal" | "content_filter":
            return "refusal"
        case _:
            assert_never(reason)


def _begun_block(group: list[Piece]) -> dict[str, object]:
    match group[0]:
        case ToolCall() as call:
            return {"type": "tool_use", "id": call.call_id, "name": call.name, "input": {}}
        case Thought():
            return {"type": "thinking", "thinking": "", "signature": ""}
        case _:
            return {"type": "text", "text": ""}


def _finished_block(group: list[Piece]) -> dict[str, object]:
    block = _begun_block(group)
    match group[0]:
        case ToolCall() as call:
            return block | {"input": _object(call.arguments)}
        case Thought():
            return block | {"thinking": _text(group), "signature": _SIGNATURE}
        case _:
            return block | {"text": _text(group)}


def _object(arguments: str) -> object:
    """Read arguments; broken ones cannot be said in one JSON object, and become an empty one."""
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return {}


def _block_opening(number: int, group: list[Piece]) -> bytes:
    block = _begun_block(group)
    return _event({"type": "content_block_start", "index": number, "content_block": block})


def _block_delta(number: int, piece: Piece) -> bytes:
    match piece:
        case ToolCall(arguments=arguments):
            delta = {"type": "input_json_delta", "partial_json": arguments}
        case Thought(text=text):
            delta = {"type": "thinking_delta", "thinking": text}
        case _:
            delta = {"type": "text_delta", "text": piece}
    return _event({"type": "content_block_delta", "index": number, "delta": delta})


def _block_closing(number: int, group: list[Piece]) -> bytes:
    said = b""
    if isinstance(group[0], Thought):
        delta = {"type": "signature_delta", "signature": _SIGNATURE}
        said = _event({"type": "content_block_delta", "index": number, "delta": delta})
    return said + _event({"type": "content_block_stop", "index": number})


def _message(blocks: Sequence[object], reason: str | None, usage: _Usage) -> dict[str, object]:
    read, written = usage or (0, 0)
    said: dict[str, object] = {"id": "msg_1", "type": "message", "role": "assistant"}
    said |= {"content": blocks, "model": "scripted", "stop_reason": reason, "stop_sequence": None}
    return said | {"usage": {"input_tokens": read, "output_tokens": written}}


def _messages_stream(pieces: Sequence[Piece], reason: Reason, usage: _Usage) -> Lines:
    read, written = usage or (0, 0)
    delta = {"stop_reason": _stop_reason(pieces, reason), "stop_sequence": None}
    end = {"type": "message_delta", "delta": delta, "usage": {"output_tokens": written}}
    return Lines(
        _event({"type": "message_start", "message": _message([], None, (read, 0))}),
        _in_groups(pieces, _block_opening, _block_delta, _block_closing),
        _event(end) + _event({"type": "message_stop"}),
    )
