"""Answers that are heard as well, as voice notes below them."""

from __future__ import annotations

__all__: list[str] = []
