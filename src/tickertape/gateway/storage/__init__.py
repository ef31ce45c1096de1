"""Where conversations are remembered over restarts: a database, its tables, and their revisions."""

from __future__ import annotations

__all__: list[str] = []
