"""Matrix: rooms and direct chats, through the client-server API of a homeserver.

Commonly used: `MatrixChannel`. It needs the extra `matrix`, and `matrix-e2e` for encrypted rooms.
"""

from __future__ import annotations

from tickertape.channels.matrix.transport import MatrixChannel

__all__ = ["MatrixChannel"]
