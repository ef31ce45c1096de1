"""Running answers: their listeners, their entries in the memory, and their voice notes.

running_answer     one answer while it runs
turn_writer        the task that writes it into the journal
open_turns         the writers of all, found by where they are shown
attempt            what the agent is given, after earlier attempts too
audience           its listeners
voice_notes        the voice note below it
"""

from __future__ import annotations

__all__: list[str] = []
