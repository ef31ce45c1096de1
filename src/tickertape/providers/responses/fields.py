"""What stands in an item or in a response, read so that no server can surprise."""

from __future__ import annotations

from collections.abc import Mapping

from tickertape.providers.json_text import written
from tickertape.providers.reasons import FINISH_REASONS, word_of
from tickertape.providers.responses.items import MESSAGE
from tickertape.providers.unshown import transcript_of

__all__ = [
    "arguments_of",
    "call_id_of",
    "incomplete_word",
    "kind_of",
    "number_of",
    "text_of",
    "texts_of",
]


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
            case _ if text := transcript_of(part):
                texts.append(("output_text", text))
            case _:
                pass
    return texts


def incomplete_word(details: object) -> str:
    """Return the word for why a response is incomplete; never one for a whole answer."""
    said = details.get("reason") if isinstance(details, dict) else None
    word = word_of(said)
    return word if FINISH_REASONS.get(word) != "stop" else f"incomplete: {word}"
