"""Text, purely: Markdown as models write it, lengths by unit, the cuts between messages.

A text is parted into chunks that mean the same whatever follows (`chunks`), each is read into a
tree (`parse`, `tree`) and written down as text with spans or without (`spans`); previews heal what
is open at the end (`healing`). A page (`pages`, `paper`) is all of it for the text of one message.
"""

from __future__ import annotations

__all__: list[str] = []
