"""Many processes that answer as one: who owns a chat, and what each of them may do.

    channel ─▶ intake ─▶ mailbox (database) ─▶ the owner's gateway ─▶ agent ─▶ channel
                              │     ▲
                              └─────┴── signals: a chat that sleeps has mail; an owner has more

A chat is owned by one process, which runs all of its topics: its lines and its limits stay in one
place. Only the bot's own limit is shared. `tickertape.gateway.storage.claims` has the statements.
"""

from __future__ import annotations

__all__: list[str] = []
