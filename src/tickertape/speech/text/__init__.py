"""Which words are said of an answer: its Markdown in, as it streams, sentences out, purely."""

from __future__ import annotations

__all__: list[str] = []
