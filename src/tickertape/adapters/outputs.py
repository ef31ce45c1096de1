"""What a framework gives as its final output, as text for the reader."""

from __future__ import annotations

from pydantic_core import to_json

__all__ = ["rendered"]


def rendered(output: object) -> str:
    """Return an output as text: a `str` as it is, "" for None, anything else as JSON."""
    if output is None or isinstance(output, str):
        return output or ""
    return to_json(output, indent=2, fallback=str).decode()
