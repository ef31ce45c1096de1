"""Matrix: rooms and direct chats, through the client-server API of a homeserver."""

from __future__ import annotations

__all__: list[str] = []
