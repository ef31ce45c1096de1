"""Text, purely: Markdown as models write it, rulers, the cuts between messages.

A text is parted into chunks that mean the same whatever follows (`chunks`), each is read into a
tree (`parse`, `tree`), written down as text with spans or without (`spans`) and put below the
others (`text`); previews heal what is open at the end (`healing`). A page (`pages`,
`paper`) is all of it for one message; it says where that is full (`scanner`, `bounds`) and is cut
(`breaks`).
The bot's own words stand around it (`notes`).
"""

from __future__ import annotations

__all__: list[str] = []
