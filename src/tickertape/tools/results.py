"""What a tool's result looks like to a model: text."""

from __future__ import annotations

import json

from pydantic_core import PydanticSerializationError, to_json

__all__ = ["clipped", "text_of"]


def text_of(result: object) -> str:
    """Put a Python value into words for a model.

    Text stays as it is; None, which many functions give that only do something, says that it is
    done; whatever pydantic can serialize is JSON (where that is a string, such as a date's, the
    string); everything else is what `str` makes of it.
    """
    match result:
        case str():
            return result
        case None:
            return "Done."
        case _:
            return _serialized(result)


def _serialized(result: object) -> str:
    try:
        text = to_json(result, fallback=str, inf_nan_mode="constants").decode()
    except (PydanticSerializationError, ValueError):  # bytes that are no text; a circle
        return str(result)
    return str(json.loads(text)) if text.startswith('"') else text


def clipped(text: str, longest: int = 2_000) -> str:
    """Return an error text for the model, cut to `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
