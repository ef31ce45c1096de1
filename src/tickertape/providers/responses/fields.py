"""What stands in an item or in a response, read so that no server can surprise."""

from __future__ import annotations

from collections.abc import Mapping

from tickertape.providers.json_text import written
from tickertape.providers.reasons import FINISH_REASONS, word_of
from tickertape.providers.responses.items import MESSAGE

__all__ = [
    "arguments_of",
    "call_id_of",
    "incomplete_word",
    "kind_of",
    "number_of",
    "text_of",
    "texts_of",
    "unshown",
]

_UNSHOWN: Mapping[str, str] = {
    "mcp_approval_request": "it asks for approval to run {name}, which cannot be given here",
    "computer_call": "it asks to use a computer",
    "local_shell_call": "it asks to run a command",
    "shell_call": "it asks to run a command",
    "apply_patch_call": "it asks to change a file",
    "custom_tool_call": "it asks for the tool {name}, which is not known here",
    "image_generation_call": "an image",
}
"""Items that no chat can show and no agent of ours can answer (openai-python 3.54,
types/responses/response_output_item.py), and what the reader is told of them."""


def kind_of(said: Mapping[str, object]) -> str:
    """Return an item's type; assistant text without one is a message."""
    kind = said.get("type")
    if isinstance(kind, str):
        return kind
    return MESSAGE if said.get("role") == "assistant" else ""


def text_of(value: object) -> str:
    """Return a text; "" for anything else."""
    return value if isinstance(value, str) else ""


def number_of(value: object) -> int | None:
    """Return a number; None for anything else."""
    return value if isinstance(value, int) else None


def call_id_of(said: Mapping[str, object]) -> str:
    """Return a call's `call_id`; the item's own `id` pairs no result with its call."""
    value = said.get("call_id")
    return str(value) if isinstance(value, str | int) else ""


def arguments_of(value: object) -> str:
    """Return arguments as JSON, even if the server sends an object."""
    return written(value) if isinstance(value, dict) else text_of(value)


def texts_of(content: object) -> list[tuple[str, str]]:
    """Return the type and text of each part that has a text."""
    if isinstance(content, str):
        return [("output_text", content)] if content else []
    texts: list[tuple[str, str]] = []
    for part in content if isinstance(content, list) else ():
        match part:
            case {"type": "refusal", "refusal": str(text)} if text:
                texts.append(("refusal", text))
            case {"text": str(text)} if text:
                texts.append(("output_text", text))
            case _:
                pass
    return texts


def incomplete_word(details: object) -> str:
    """Return the word for why a response is incomplete; never one for a whole answer."""
    said = details.get("reason") if isinstance(details, dict) else None
    word = word_of(said)
    return word if FINISH_REASONS.get(word) != "stop" else f"incomplete: {word}"


def unshown(said: Mapping[str, object], *, alone: bool) -> str:
    """Return what the reader is told of an item that cannot be shown; empty where it need not be.

    Args:
        said: the item.
        alone: whether the answer has nothing else.
    """
    kind = kind_of(said)
    if kind in _UNSHOWN:
        name, server = text_of(said.get("name")), text_of(said.get("server_label"))
        shown = f"{name or 'a tool'} (server {server})" if server else name or "a tool"
        return _UNSHOWN[kind].format(name=shown)
    return f"it is of the kind {kind}" if alone and kind else ""
