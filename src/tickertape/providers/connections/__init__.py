"""The ways to models' servers: with a key alone, or by a vendor's SDK.

vendors            opens a way, and sends one request
aiohttp_transport  the HTTP below every way
patience           how long a server may be silent
unpacking          bodies that come packed
"""

from __future__ import annotations

__all__: list[str] = []
