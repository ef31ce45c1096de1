"""Running answers: their listeners, their entries in the memory, and their voice notes.

running_answer     one answer while it runs
history_writer     the task that stores its entries
audience           its listeners
voice_notes        the voice note below it
"""

from __future__ import annotations

__all__: list[str] = []
