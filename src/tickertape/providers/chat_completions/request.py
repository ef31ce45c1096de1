"""What is asked of a server that speaks Chat Completions, as the JSON of a body.

The fields are those of platform.openai.com/docs/api-reference/chat/create (2026-11); what differs
between servers stands in the `Profile`. What the model made is told in forms that servers check:

- a step is one message with its words and its calls, `content` being null where it has no words;
- arguments are the JSON of an object, always: servers parse them again to fill their templates
  (ggml-org/llama.cpp, common/chat.cpp), and refuse the whole conversation else. What was no such
  JSON is told as `{}`; what was wrong with it is in the result of the call;
- names are 1 to 64 letters, digits, `_` and `-`; ids at most 40 characters, shortened to the same
  on both sides (microsoft/autogen#6377);
- reasoning goes back where the profile says so, for some servers demand it (earendil-works/pi#3636)
  and others refuse it; what only its server understands goes back to its origin alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from tickertape.conversation import Entry, Step, Thought, ToolCall, ToolResult, Utterance
from tickertape.ports import Prompt, ToolSpec
from tickertape.providers.call_ids import CallIds, tool_name
from tickertape.providers.json_text import is_object, object_of, parsed, sendable
from tickertape.providers.quirks.profile import Profile

__all__ = ["body"]

_ID_LIMIT = 40


def body(
    prompt: Prompt, *, model: str, profile: Profile, origin: str, stream: bool = True
) -> dict[str, object]:
    """Return the body of a request, without the parameters that a user sets.

    Args:
        prompt: what the model shall read and may call; its entries are `conversation.sound`.
        model: the model's name at the server.
        profile: what the server or model wants to be asked like.
        origin: which model at which server is asked: what came from there goes back unchanged.
        stream: whether the answer shall come as a stream.
    """
    ids = CallIds(limit=_ID_LIMIT, exactly=profile.call_id_size)
    messages = [
        message
        for entry in prompt.entries
        for message in _messages(entry, ids, profile=profile, is_own=_is_own(entry, origin))
    ]
    asked: dict[str, object] = {"model": model, "messages": messages, "stream": stream}
    if stream and profile.usage_option:
        asked["stream_options"] = {"include_usage": True}
    if prompt.tools:
        asked["tools"] = [_tool(spec) for spec in prompt.tools]
    return {name: sendable(value, "\ufffd") for name, value in asked.items()}


def _is_own(entry: Entry, origin: str) -> bool:
    return isinstance(entry, Step) and entry.origin == origin


def _messages(
    entry: Entry, ids: CallIds, *, profile: Profile, is_own: bool
) -> Iterator[dict[str, object]]:
    match entry:
        case Utterance(role=role, text=text):
            yield {"role": role, "content": text}
        case ToolResult(call_id=call_id, text=text):
            yield {"role": "tool", "tool_call_id": ids.answered(call_id), "content": text}
        case Step():
            if entry.text or entry.calls:
                yield _step(entry, ids, profile=profile, is_own=is_own)


def _step(step: Step, ids: CallIds, *, profile: Profile, is_own: bool) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": step.text or None}
    if profile.returns_reasoning == "always" or (
        profile.returns_reasoning == "with_calls" and step.calls
    ):
        message |= _reasoning(step, profile.reasoning_field, is_own=is_own)
    if step.calls:
        message["tool_calls"] = [_call(call, ids, is_own=is_own) for call in step.calls]
    return message


def _reasoning(step: Step, name: str, *, is_own: bool) -> dict[str, object]:
    thoughts = [part for part in step.parts if isinstance(part, Thought)]
    words = "".join(thought.text for thought in thoughts)
    fields: dict[str, object] = {name: words} if words else {}
    details = [
        detail for thought in thoughts if is_own and thought.raw for detail in _list(thought.raw)
    ]
    return fields | ({"reasoning_details": details} if details else {})


def _call(call: ToolCall, ids: CallIds, *, is_own: bool) -> dict[str, object]:
    extra = (object_of(call.raw) or {}) if is_own and call.raw else {}
    inner = extra.pop("function", None)
    arguments = call.arguments if is_object(call.arguments) else "{}"
    function = {"name": tool_name(call.name) or "_", "arguments": arguments}
    if isinstance(inner, dict):
        function = inner | function
    return {**extra, "id": ids.asked(call.call_id), "type": "function", "function": function}


def _tool(spec: ToolSpec) -> dict[str, object]:
    parameters = {"type": "object", "properties": {}, **spec.parameters}
    function = {"name": spec.name, "description": spec.description, "parameters": parameters}
    return {"type": "function", "function": function}


def _list(raw: str) -> list[object]:
    """Read a list that a server wanted to get back; empty where it is something else."""
    said = parsed(raw.encode("utf-8", "replace"))
    return said if isinstance(said, list) else []
