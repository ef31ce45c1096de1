"""espeak-ng: a small program that speaks a hundred languages, without a model and at once."""

from __future__ import annotations

__all__: list[str] = []
