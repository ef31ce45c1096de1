"""The channels of a gateway, found by their types and opened."""

from __future__ import annotations

__all__: list[str] = []
