"""Other programs, as engines and players use them."""

from __future__ import annotations

__all__: list[str] = []
