"""Speech servers that speak the protocol of OpenAI's `/v1/audio/speech`."""

from __future__ import annotations

__all__: list[str] = []
