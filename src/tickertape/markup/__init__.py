"""Text, purely: lengths by unit, the cuts between messages, what a server makes of a text.

This is the floor where streaming Markdown will live (settled blocks and an open tail, healed for
previews, one renderer for each dialect). Today every surface shows plain text.
"""

from __future__ import annotations

__all__: list[str] = []
