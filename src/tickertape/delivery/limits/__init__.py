"""When a call may go, and when one is worth it.

pace            how previews are spread over an answer of unknown length
meters          counting calls, so that the platform never counts more than we do
limit_estimate  what a limit was found to be, from refusals
fair_queue      sharing one bot's limit between its chats
share           sharing it between several processes
budget          when a call may go: per chat, per bot
"""

from __future__ import annotations

__all__: list[str] = []
