"""Channels: the platforms on which people read. Each is a folder; none knows another."""

from __future__ import annotations

__all__: list[str] = []
