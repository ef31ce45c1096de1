"""Answers on their way: who hears them beside the screen, and what they leave in the memory.

running_answer     one answer while it is given
history_writer     what writes its entries
audience           who else hears it
voice_notes        a voice note below it
"""

from __future__ import annotations

__all__: list[str] = []
