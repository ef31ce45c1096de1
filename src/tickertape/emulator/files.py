"""Files that a bot sends with a call, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Upload", "told"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came."""

    name: str
    """What the bot calls it."""
    raw: bytes = field(repr=False)
    """Its bytes."""


def told(params: Mapping[str, object]) -> Mapping[str, object]:
    """Return the parameters for the log: of a file, its name and its size."""
    if not any(isinstance(value, Upload) for value in params.values()):
        return params
    return {
        name: {"file_name": value.name, "file_size": len(value.raw)}
        if isinstance(value, Upload)
        else value
        for name, value in params.items()
    }
