"""Sound as a value: 16-bit samples of one channel, and the WAV files that hold them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

__all__ = ["Audio", "read_wav", "wav_header"]

_PCM = 1
_EXTENSIBLE = 0xFFFE
_WIDTH = 2


@dataclass(frozen=True, slots=True)
class Audio:
    """What is heard: mono, 16 bits a sample, the lower byte first."""

    rate: int
    """Samples for a second."""
    samples: bytes
    """The samples; two bytes each."""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / _WIDTH / self.rate


def read_wav(raw: bytes) -> Audio:
    """Read a WAV file.

    The sizes in its header may be wrong: who writes to a pipe cannot know them (espeak-ng says
    2 GiB, servers say 4, or none). Several channels become the first of them.

    Raises:
        ValueError: when it is no WAV file of 16-bit samples; the text says what it is.
    """
    if raw[:4] != b"RIFF" or raw[8:12] != b"WAVE":
        msg = "it is no WAV file"
        raise ValueError(msg)
    at, channels, rate = 12, 0, 0
    while at + 8 <= len(raw):
        name, size = raw[at : at + 4], int.from_bytes(raw[at + 4 : at + 8], "little")
        at += 8
        if name == b"fmt " and size >= 16 and len(raw) >= at + 16:
            kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", raw, at)
            if kind not in (_PCM, _EXTENSIBLE) or bits != 8 * _WIDTH or not channels or not rate:
                msg = f"its samples have {bits} bits, in format {kind}"
                raise ValueError(msg)
        elif name == b"data" and channels:
            end = at + size if size else len(raw)
            return Audio(rate, _first_channel(raw[at:end], channels))
        at += size + size % 2
    msg = "it has no samples"
    raise ValueError(msg)


def wav_header(rate: int, size: int) -> bytes:
    """Return the header of a WAV file with `size` bytes of samples."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + size,
        b"WAVE",
        b"fmt ",
        16,
        _PCM,
        1,
        rate,
        rate * _WIDTH,
        _WIDTH,
        8 * _WIDTH,
        b"data",
        size,
    )


def _first_channel(frames: bytes, channels: int) -> bytes:
    width = _WIDTH * channels
    frames = frames[: len(frames) // width * width]
    if channels == 1:
        return frames
    return b"".join(frames[at : at + _WIDTH] for at in range(0, len(frames), width))
