"""What an agent says comes in from any thread (`delivery.py`), and one task writes (`loop.py`)."""

from __future__ import annotations

__all__: list[str] = []
