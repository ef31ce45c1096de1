"""Voice notes: a whole text as one piece of sound that a messenger can carry."""

from __future__ import annotations

__all__: list[str] = []
