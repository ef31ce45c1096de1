"""What makes sound of words: espeak-ng, Piper, a server; and how one is opened by its name."""

from __future__ import annotations

__all__: list[str] = []
