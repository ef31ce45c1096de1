"""A prompt as the JSON body of a Responses request.

Nothing is stored by the server (`store: false`), so the whole conversation goes along, and the
items carry no ids: `kept` says why. What only the server that made an answer understands (encrypted
thoughts, phases) goes back to that server alone; all others are told the words and the calls.

Parameters that a user sets (temperature, the answer's limit) are not added here.
"""

from __future__ import annotations

import json
from typing import TypeAlias, assert_never

from tickertape.conversation import Opaque, Step, TextPart, Thought, ToolCall, ToolResult, Utterance
from tickertape.ports import Prompt, ToolSpec
from tickertape.providers.call_ids import CallIds, tool_name
from tickertape.providers.json_text import is_object, object_of, sendable
from tickertape.providers.quirks.profile import Profile
from tickertape.providers.responses.roundtrip import item_of, opaque_item

__all__ = ["CALL_ID_LIMIT", "body"]

CALL_ID_LIMIT = 64
"""Characters that a `call_id` may have (RooCodeInc/Roo-Code#10763: "Expected a string with maximum
length 64"); other servers give longer ones."""

_Item: TypeAlias = dict[str, object]


def body(
    prompt: Prompt, *, model: str, profile: Profile, origin: str, stream: bool = True
) -> dict[str, object]:
    """Write a prompt as the body of a request.

    Args:
        prompt: what the model is given; its entries are `conversation.sound`.
        model: the model's name.
        profile: the ways of the server.
        origin: which model at which server is asked: only its own steps go back in full.
        stream: whether the answer shall come in pieces.
    """
    request: dict[str, object] = {"model": model, "store": False, "stream": stream}
    if profile.system_as_instructions:
        instructions = "\n\n".join(
            entry.text
            for entry in prompt.entries
            if isinstance(entry, Utterance) and entry.role == "system"
        )
        if instructions:
            request["instructions"] = instructions
    request["input"] = _input(prompt, profile, origin)
    if prompt.tools:
        request["tools"] = [_tool(tool) for tool in prompt.tools]
    if profile.encrypted_reasoning:
        request["include"] = ["reasoning.encrypted_content"]
    return {name: sendable(value) for name, value in request.items()}


def _input(prompt: Prompt, profile: Profile, origin: str) -> list[_Item]:
    ids = CallIds(limit=CALL_ID_LIMIT, exactly=profile.call_id_size)
    items: list[_Item] = []
    for entry in prompt.entries:
        match entry:
            case Utterance(role="system", text=text):
                if not profile.system_as_instructions:
                    items.append(_message("system", text))
            case Utterance(role=role, text=text):
                items.append(_message(role, text))
            case Step():
                items += _step(entry, ids, profile, own=entry.origin == origin)
            case ToolResult(call_id=call_id, text=text):
                items.append(
                    {
                        "type": "function_call_output",
                        "call_id": ids.answered(call_id),
                        "output": text,
                    }
                )
            case _:
                assert_never(entry)
    return items


def _step(step: Step, ids: CallIds, profile: Profile, *, own: bool) -> list[_Item]:
    """Return a step's items; a thought only in front of the item that followed it.

    A thought without what followed it is refused (vercel/ai#7099: "Item 'rs_...' of type
    'reasoning' was provided without its required following item"), and so it is left out with it.
    """
    items: list[_Item] = []
    thoughts: list[_Item] = []
    for part in step.parts:
        item: _Item | None
        match part:
            case Thought(raw=raw):
                if own and (thought := _thought(raw, step, profile)) is not None:
                    thoughts.append(thought)
                continue
            case TextPart(text=text, raw=raw):
                item = _message("assistant", text)
                if own and (phase := item_of(raw).get("phase")):
                    item["phase"] = phase
            case ToolCall():
                item = _call(part, ids, own=own)
            case Opaque(raw=raw):
                item = opaque_item(raw) if own else None
            case _:
                assert_never(part)
        if item is not None:
            items += [*thoughts, item]
        thoughts.clear()
    return items


def _thought(raw: str | None, step: Step, profile: Profile) -> _Item | None:
    """Return a thought as it may be sent back: encrypted, or in full if the server wants that."""
    thought = item_of(raw)
    if thought.get("type") != "reasoning":
        return None
    if thought.get("encrypted_content"):
        return thought if profile.encrypted_reasoning else None
    thought.pop("encrypted_content", None)
    wanted = profile.returns_reasoning == "always" or (
        profile.returns_reasoning == "with_calls" and step.calls
    )
    return thought if wanted else None


def _message(role: str, text: str) -> _Item:
    kind = "output_text" if role == "assistant" else "input_text"
    content = [{"type": kind, "text": text}]
    return {"type": "message", "role": role, "content": content}


def _call(call: ToolCall, ids: CallIds, *, own: bool) -> _Item:
    more = item_of(call.raw) if own else {}
    return {
        **more,
        "type": "function_call",
        "call_id": ids.asked(call.call_id),
        "name": tool_name(call.name) or "_",
        "arguments": _object(call.arguments),
    }


def _tool(tool: ToolSpec) -> _Item:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters) or {"type": "object", "properties": {}},
        # Without it the server makes every argument required
        # (platform.openai.com/docs/guides/function-calling, 2026-04).
        "strict": False,
    }


def _object(arguments: str) -> str:
    """Return arguments that every server can read: an object's JSON.

    What cannot be read as one was never run; what was wrong with it stands in the call's result.
    """
    if is_object(arguments):
        return arguments
    return json.dumps(object_of(arguments) or {}, ensure_ascii=False)
