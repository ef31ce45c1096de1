"""A prompt into the JSON body of a request. Pure.

What the API demands of a conversation, and how it is met:

- the system's words stand apart, in `system`;
- roles alternate: what one side says in a row is one message, the results of tools first (a
  result must follow its call at once, before other content: platform.claude.com/docs/en/
  agents-and-tools/tool-use, "Handling tool use", 2026-11);
- a person speaks first ("first message must use the "user" role", langchain4j/langchain4j#1864):
  where that is not so, `OPENING` is put before;
- an answer that stands last is continued by the model, and must not end with white space ("final
  assistant content cannot end with trailing whitespace", langchain-ai/langchain#35072);
- the result of a tool holds something (anomalyco/opencode#15371; "content cannot be empty if
  `is_error` is true", bytedance/trae-agent#230);
- ids of calls are of letters, digits, `_` and `-` ("tool_use.id: String should match pattern
  '^[a-zA-Z0-9_-]+$'", HKUDS/nanobot#4356, tailcallhq/forgecode#1142), and no two calls of a
  conversation share one ("`tool_use` ids must be unique", anomalyco/opencode#1279);
- the length of the answer is limited by the request: `MAX_TOKENS`, unless the caller says more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from tickertape.conversation import Entry, Step, ToolResult, Utterance, begins_turn
from tickertape.ports import Prompt, ToolSpec
from tickertape.providers.call_ids import CallIds
from tickertape.providers.json_text import sendable
from tickertape.providers.messages.returned import Content, Returned
from tickertape.providers.quirks.profile import Profile

__all__ = ["MAX_TOKENS", "OPENING", "body"]

MAX_TOKENS = 4096
"""Default limit of the answer's tokens: what the smallest models of the API's vendor
can write (platform.claude.com/docs/en/about-claude/models, Claude 3 Haiku, 2026-11)."""

OPENING = "(The conversation begins with your words.)"
"""What a person is made to say where the conversation begins with the model."""

_NO_OUTPUT = "(no output)"
_NO_REASON = "(failed without a reason)"


def body(
    prompt: Prompt, *, model: str, profile: Profile, origin: str, stream: bool = True
) -> dict[str, object]:
    """Write the body of a request, without the parameters of its caller.

    Args:
        prompt: the conversation, which is `conversation.sound`, and the tools.
        model: the model's name.
        profile: what the server wants to be asked like.
        origin: which model at which server is asked; only its own items go back unchanged.
        stream: whether the answer shall come piece by piece.
    """
    request: dict[str, object] = {"model": model}
    if profile.max_tokens_name:
        request[profile.max_tokens_name] = MAX_TOKENS
    system = [
        said.text
        for said in prompt.entries
        if isinstance(said, Utterance) and said.role == "system" and said.text.strip()
    ]
    if system:
        request["system"] = sendable("\n\n".join(system))
    ids = CallIds(exactly=profile.call_id_size, plain=True, unique=True)
    request["messages"] = _messages(prompt.entries, origin, ids)
    if prompt.tools:
        request["tools"] = [_tool(spec) for spec in prompt.tools]
    request["stream"] = stream
    return request


def _messages(entries: Sequence[Entry], origin: str, ids: CallIds) -> list[dict[str, object]]:
    turns: list[tuple[str, list[Content]]] = []
    for role, blocks in _said(entries, origin, ids):
        if turns and turns[-1][0] == role:
            turns[-1][1].extend(blocks)
        elif blocks:
            turns.append((role, blocks))
    if not turns or turns[0][0] != "user":
        turns.insert(0, ("user", [{"type": "text", "text": OPENING}]))
    for role, blocks in turns:
        if role == "user":
            blocks.sort(key=lambda block: block["type"] != "tool_result")
    role, blocks = turns[-1]
    if role == "assistant" and isinstance(text := blocks[-1].get("text"), str):
        blocks[-1]["text"] = text.rstrip()
    return [{"role": role, "content": blocks} for role, blocks in turns]


def _said(
    entries: Sequence[Entry], origin: str, ids: CallIds
) -> Iterator[tuple[str, list[Content]]]:
    """Yield who says what; perhaps nothing."""
    returned = Returned(entries, origin, ids)
    asked = [at for at, entry in enumerate(entries) if begins_turn(entry)]
    for at, entry in enumerate(entries):
        match entry:
            case Utterance(role="system"):
                pass
            case Utterance(role=role, text=text):
                yield role, [{"type": "text", "text": sendable(text)}] if text.strip() else []
            case Step():
                yield "assistant", returned.blocks(entry, is_open=not asked or at > asked[-1])
            case ToolResult():
                yield "user", [_result(entry, ids)]
            case _:
                assert_never(entry)


def _result(result: ToolResult, ids: CallIds) -> Content:
    text = result.text if result.text.strip() else _NO_OUTPUT if result.ok else _NO_REASON
    block: Content = {
        "type": "tool_result",
        "tool_use_id": ids.answered(result.call_id),
        "content": sendable(text),
    }
    return block if result.ok else {**block, "is_error": True}


def _tool(spec: ToolSpec) -> dict[str, object]:
    schema = {"type": "object", "properties": {}, **spec.parameters}
    tool: dict[str, object] = {"name": spec.name, "input_schema": schema}
    if spec.description.strip():
        tool["description"] = sendable(spec.description)
    return tool
