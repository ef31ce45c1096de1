"""The child process in which the embedded model runs; the parent is `tickertape.local.server`."""

from __future__ import annotations

__all__: list[str] = []
