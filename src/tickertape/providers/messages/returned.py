"""What of a model's step goes back to the server, and in which form.

Only the server that made a step understands its own items, so they go back to their `origin` alone.
There, what the server signed or encrypted goes back unchanged. The rules, and where they stand:

- thinking must come back complete and unmodified, in its order, while its tool calls are being
  answered; that of earlier turns may be left out (platform.claude.com/docs/en/build-with-claude/
  extended-thinking, "Preserving thinking blocks", 2026-11). It is left out: the server checks all
  that it gets, and refuses thinking whose conversation has changed since, as ours does when its
  oldest turns are forgotten (anthropic 2.12, types/beta/beta_thinking_block_binding_param.py;
  openclaw/openclaw#99382). A thought that neither says nor signs anything is no use to anybody;
- the call of a server's own tool is taken back with its result only, and the other way round
  (symfony/ai#2492), unless the turn still goes on: then the result is yet to come;
- blocks of text hold more than white space ("text content blocks must contain non-whitespace
  text", anthropics/claude-code#23440).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, assert_never

from tickertape.conversation import Entry, Opaque, Part, Step, TextPart, Thought, ToolCall
from tickertape.providers.call_ids import CallIds, tool_name
from tickertape.providers.json_text import object_of, sendable

__all__ = ["Content", "Returned"]

Content: TypeAlias = dict[str, object]
"""A content block, ready to be sent."""


class Returned:
    """The steps of one conversation as content blocks."""

    __slots__ = ("_answered", "_asked", "_ids", "_origin")

    def __init__(self, entries: Iterable[Entry], origin: str, ids: CallIds) -> None:
        """Look at a conversation."""
        self._origin = origin
        self._ids = ids
        items = [
            item
            for entry in entries
            if isinstance(entry, Step) and entry.origin == origin
            for part in entry.parts
            if isinstance(part, Opaque) and (item := _item(part.raw)) is not None
        ]
        self._asked = {str(item.get("id")) for item in items if _is_server_call(item)}
        self._answered = {str(item.get("tool_use_id")) for item in items}

    def blocks(self, step: Step, *, is_open: bool) -> list[Content]:
        """Return the content of a step; empty if no part of it can be sent.

        Args:
            step: the step.
            is_open: whether it is of the turn that still goes on.
        """
        ours = step.origin == self._origin
        blocks = (self._block(part, ours=ours, is_open=is_open) for part in step.parts)
        return [block for block in blocks if block is not None]

    def _block(self, part: Part, *, ours: bool, is_open: bool) -> Content | None:
        item = _item(part.raw) if ours and part.raw is not None else None
        match part:
            case TextPart(text=text):
                if not text.strip():
                    return None
                if item is not None and item.get("text") == text:
                    return item
                return {"type": "text", "text": sendable(text)}
            case Thought():
                return item if is_open and item is not None and _says_something(item) else None
            case ToolCall(call_id=call_id, name=name, arguments=arguments):
                own = {
                    "type": "tool_use",
                    "id": self._ids.asked(call_id),
                    "name": tool_name(name) or "unknown",
                    "input": object_of(arguments) or {},
                }
                return {**(item or {}), **own}
            case Opaque():
                return item if item is not None and self._is_paired(item, is_open) else None
            case _:
                assert_never(part)

    def _is_paired(self, item: Content, is_open: bool) -> bool:
        if _is_server_call(item):
            return is_open or str(item.get("id")) in self._answered
        return "tool_use_id" not in item or str(item["tool_use_id"]) in self._asked


def _item(raw: str) -> Content | None:
    """Read a server's own item; None for what is none."""
    item = object_of(raw)
    return item if item is not None and isinstance(item.get("type"), str) else None


def _is_server_call(item: Content) -> bool:
    return str(item.get("type")).endswith("_tool_use")


def _says_something(item: Content) -> bool:
    return any(item.get(name) for name in ("thinking", "signature", "data"))
