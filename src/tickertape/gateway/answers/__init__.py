"""Running answers: their listeners, their entries in the memory, and their voice notes.

running_answer                 one answer while it runs
transcript, history_writer     its entries, and the task that stores them
audience, spoken_text          its listeners, and the text that they read aloud
voice_notes                    the voice note below it
"""

from __future__ import annotations

__all__: list[str] = []
