"""What of a server's own items is kept to be sent back to it, and what of it may be sent back.

Ids are never kept. With `store: false` they refer to nothing that the server has
(anomalyco/opencode#7724: "Item with id 'rs_...' not found. Items are not persisted when 'store' is
set to false"), their form is checked (BigPizzaV3/CodexPlusPlus#1796: "Invalid 'input[274].id':
'item_...'. Expected an ID that begins with 'fc'"), and an item without one stands for itself: calls
and results are paired by `call_id`, thoughts and what follows them by their order. openai/codex
sends its history in the same way (codex-rs/protocol/src/models.rs).
"""

from __future__ import annotations

from collections.abc import Mapping

from tickertape.providers.json_text import object_of, written

__all__ = ["call_raw", "item_of", "opaque_item", "thought_raw", "words_raw"]

_CALL_FIELDS = ("namespace", "caller")
"""The fields of a call next to those of `ToolCall` that an input item may have (openai-python 3.54,
types/responses/response_function_tool_call_param.py)."""

_RETURNABLE = frozenset({"compaction", "compaction_summary", "web_search_call"})
"""The items next to messages, thoughts and calls that a server takes back without their ids
(openai/codex, codex-rs/protocol/src/models.rs, 2025-12). Of the others, some need an id, some a
result that does not exist."""


def words_raw(said: Mapping[str, object]) -> str | None:
    """Keep a message's phase; its text is that of the words, its annotations are the server's own.

    "Preserve and resend phase on all assistant messages — dropping it can degrade performance"
    (openai-python 3.54, types/responses/response_output_message.py).
    """
    phase = said.get("phase")
    if not isinstance(phase, str) or phase not in ("commentary", "final_answer"):
        return None
    return written({"type": "message", "role": "assistant", "phase": phase})


def thought_raw(said: Mapping[str, object]) -> str | None:
    """Keep a thought that the server can use again: an encrypted one, or one shown in full.

    A summary alone is nothing to it. `summary` is always there, for it must be when the thought is
    sent back (newo-ether/Agora#141: "missing required field `summary`").
    """
    encrypted, content = said.get("encrypted_content"), said.get("content")
    if not encrypted and not content:
        return None
    kept = {key: value for key, value in said.items() if key not in ("id", "status")}
    kept["summary"] = said.get("summary") or []
    return written(kept)


def call_raw(said: Mapping[str, object]) -> str | None:
    """Keep the fields of a call that `ToolCall` does not have and that may be sent back."""
    kept = {key: said[key] for key in _CALL_FIELDS if said.get(key)}
    return written(kept) if kept else None


def item_of(raw: str | None) -> dict[str, object]:
    """Read what was kept; empty where nothing was, or where it cannot be read."""
    return (object_of(raw) or {}) if raw is not None else {}


def opaque_item(raw: str) -> dict[str, object] | None:
    """Return a server-specific item as it may be sent back; None if it may not."""
    kept = item_of(raw)
    if str(kept.get("type")) not in _RETURNABLE:
        return None
    return {key: value for key, value in kept.items() if key != "id"}
