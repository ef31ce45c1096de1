"""The writer of one chat.

carried_answer  what an agent says, from any thread, on its way to the chat
chat_writer     the task that makes the calls
"""

from __future__ import annotations

__all__: list[str] = []
