"""The places where people read. Each channel is a folder; none knows another."""

from __future__ import annotations

__all__: list[str] = []
