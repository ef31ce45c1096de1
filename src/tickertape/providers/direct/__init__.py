"""Connections to models' servers without a vendor's SDK."""

from __future__ import annotations

__all__: list[str] = []
