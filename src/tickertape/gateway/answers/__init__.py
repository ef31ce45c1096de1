"""Answers on their way: who hears them beside the screen, and what they leave in the memory.

running_answer                 one answer while it is given
transcript, history_writer     its entries, and what writes them
audience, spoken_text          who else hears it, and what is read aloud
voice_notes                    a voice note below it
"""

from __future__ import annotations

__all__: list[str] = []
