"""Voice notes for tests: OGG files with Opus in them, made by libsndfile."""

from __future__ import annotations

import io
import math
import struct

import soundfile

__all__ = ["note"]


def note(seconds: float = 1.5) -> bytes:
    """Make a tone."""
    samples = [int(12_000 * math.sin(at / 20)) for at in range(int(24_000 * seconds))]
    raw = io.BytesIO()
    with soundfile.SoundFile(raw, "w", 24_000, 1, format="OGG", subtype="OPUS") as file:
        file.buffer_write(struct.pack(f"<{len(samples)}h", *samples), "int16")
    return raw.getvalue()
