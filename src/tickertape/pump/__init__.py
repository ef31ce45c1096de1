"""What writes into a chat, beside whoever speaks: `loop.py`."""

from __future__ import annotations

__all__: list[str] = []
