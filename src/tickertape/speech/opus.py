"""OGG files with Opus in them, as messengers take voice notes: sentence by sentence, up to a size.

The codec is libsndfile's (soundfile), imported with the first sound. Opus knows five rates; what
comes at another (espeak-ng: 22,050) is resampled to 24 kHz, which holds all of it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from tickertape.errors import SpeechError
from tickertape.speech.audio import Audio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MOST_BYTES_A_SECOND", "OpusFile"]

MOST_BYTES_A_SECOND: Final = 8_000
"""What a second takes at the most. Measured at libsndfile's default quality and 24 kHz: speech and
white noise alike take 4,400 (35 kbit/s), and the variation of the rate is small."""

_RATES: Final = frozenset({8_000, 12_000, 16_000, 24_000, 48_000})
_RATE: Final = 24_000
# Headers, and the pages' own bytes.
_OVERHEAD: Final = 8_192


class OpusFile:
    """A file that grows in memory."""

    def __init__(self, limit: int) -> None:
        """Begin an empty file.

        Args:
            limit: Bytes that it may have.
        """
        self._limit = limit
        self._raw = io.BytesIO()
        self._file: Any = None
        self._rate = 0
        self._seconds = 0.0

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self._seconds

    def holds(self, audio: Audio) -> bool:
        """Return whether there is room for more sound, of any length."""
        most = (self._seconds + audio.seconds) * MOST_BYTES_A_SECOND + _OVERHEAD
        return most <= self._limit

    def add(self, audio: Audio) -> None:
        """Add sound. Takes some milliseconds for a second of it.

        Raises:
            SpeechError: when soundfile is not installed, or has no Opus.
        """
        samples = _samples(audio)
        if self._file is None:
            self._rate = audio.rate if audio.rate in _RATES else _RATE
            self._file = _open(self._raw, self._rate)
        if audio.rate != self._rate:
            samples = _resampled(samples, audio.rate, self._rate)
        self._file.write(samples)
        self._seconds += audio.seconds

    def close(self) -> bytes:
        """Finish the file, and return it; empty if no sound was added."""
        if self._file is None:
            return b""
        self._file.close()
        return self._raw.getvalue()


def _open(raw: io.BytesIO, rate: int) -> Any:  # noqa: ANN401 - soundfile has no types
    try:
        import soundfile  # noqa: PLC0415 - a tenth of a second, and an extra
    except (ImportError, OSError):  # OSError: the library behind it is missing
        msg = "soundfile is not installed: pip install 'tickertape[speech]'"
        raise SpeechError(msg) from None
    try:
        return soundfile.SoundFile(raw, "w", rate, 1, format="OGG", subtype="OPUS")
    except (RuntimeError, ValueError):
        msg = "soundfile cannot write Opus here: libsndfile 1.0.29 or later is needed"
        raise SpeechError(msg) from None


def _samples(audio: Audio) -> NDArray[np.floating[Any]]:
    try:
        import numpy as np  # noqa: PLC0415 - a tenth of a second, and an extra
    except ImportError:
        msg = "numpy is not installed: pip install 'tickertape[speech]'"
        raise SpeechError(msg) from None
    return np.frombuffer(audio.samples, "<i2").astype(np.float32) / 32_768


def _resampled(samples: NDArray[np.floating[Any]], rate: int, to: int) -> NDArray[np.floating[Any]]:
    """Return the sound at another rate, by its spectrum; it must begin and end in silence."""
    import numpy as np  # noqa: PLC0415 - it is loaded: there are samples

    size = round(len(samples) * to / rate)
    if not size:
        return samples[:0]
    spectrum = np.fft.rfft(samples)
    kept = np.zeros(size // 2 + 1, spectrum.dtype)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    result: NDArray[np.floating[Any]] = np.fft.irfft(kept, size) * (size / len(samples))
    clipped: NDArray[np.floating[Any]] = np.clip(result, -1.0, 1.0)
    return clipped
