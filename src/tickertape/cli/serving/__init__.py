"""What `tickertape serve` says when it starts, and what it does on SIGHUP."""

from __future__ import annotations

__all__: list[str] = []
