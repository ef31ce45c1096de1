"""Where sound is heard: a loudspeaker, by a program that plays it, or a WAV file."""

from __future__ import annotations

__all__: list[str] = []
