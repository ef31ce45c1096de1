"""The ways to models' servers, directly and by the vendors' SDKs: see `client`."""

from __future__ import annotations

__all__: list[str] = []
