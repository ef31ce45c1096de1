"""Voice notes: OGG files with Opus in them, and how long they really last.

Telegram takes other files for `voice`, too, and shows them as music or as documents. A bot that
means a voice note and sends something else is wrong: here it is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from tickertape.emulator.answers import Json, bad_request
from tickertape.emulator.parameters import Parameters

__all__ = ["LARGEST_VOICE", "Voice", "read_voice"]

LARGEST_VOICE = 50 * 1000 * 1000
"""Bytes of a voice note (core.telegram.org/bots/api#sendvoice: "up to 50 MB")."""

# A page of an OGG file: the magic, its version and flags, how many samples are played when it ends
# (at 48,000 a second), the stream, its number, a checksum, how many segments follow (RFC 3533, 6).
_PAGE = b"OggS"
_HEAD = b"OpusHead"
_OPUS_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice note."""

    raw: bytes = field(repr=False)
    """The file."""
    duration: int
    """Seconds, as the bot says, else as it lasts."""
    seconds: float
    """Seconds, as it lasts."""

    @property
    def unique_id(self) -> str:
        """The same for the same file."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    def as_bot_reads(self) -> Json:
        """Return the `Voice` of the Bot API."""
        return {
            "file_id": f"voice-{self.unique_id}",
            "file_unique_id": self.unique_id,
            "duration": self.duration,
            "mime_type": "audio/ogg",
            "file_size": len(self.raw),
        }


def read_voice(parameters: Parameters) -> Voice:
    """Return the voice note of a call.

    Raises:
        BotApiError: There is none, or it is none.
    """
    upload = parameters.upload("voice")
    if upload is None:
        raise bad_request("there is no voice in the request")
    if not upload.raw:
        raise bad_request("file must be non-empty")
    if len(upload.raw) > LARGEST_VOICE:
        raise bad_request("file is too big")
    seconds = _seconds(upload.raw)
    if seconds is None:
        raise bad_request("the voice is no OGG file with Opus in it")
    told = parameters.integer("duration")
    return Voice(upload.raw, round(seconds) if told is None else max(told, 0), seconds)


def _seconds(raw: bytes) -> float | None:
    """Return how long a file lasts, in seconds; None if it is not Opus."""
    at = raw.find(_HEAD, 0, 512)
    last = raw.rfind(_PAGE)
    if raw[:4] != _PAGE or at < 0 or len(raw) < last + 14:
        return None
    skipped = int.from_bytes(raw[at + 10 : at + 12], "little")
    played = int.from_bytes(raw[last + 6 : last + 14], "little", signed=True)
    return max(played - skipped, 0) / _OPUS_RATE
