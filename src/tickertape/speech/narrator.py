"""Reads a whole text aloud into a voice note, cut at a sentence where it would be too long."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import Final

from tickertape.speech.opus import OpusFile
from tickertape.speech.ports import Engine
from tickertape.speech.text.phrases import ENGLISH, Phrases
from tickertape.speech.text.sentence_splitter import sentences

__all__ = ["LONGEST_NOTE", "Narrator", "SpokenNote"]

LONGEST_NOTE: Final = 900.0
"""Seconds of a note, if not told otherwise: some 2,500 words, more than anybody listens to at once;
a platform's own limit (hours) would fill a phone."""


# Notes that are made at once: one engine speaks many times faster than anybody listens.
_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class SpokenNote:
    """A text as sound."""

    sound: bytes = field(repr=False)
    """An OGG file with Opus in it."""
    seconds: int
    """How long it lasts, rounded up."""
    sentences: int
    """How many sentences it holds."""
    is_cut: bool = False
    """Whether the text goes on behind its last sentence."""


class Narrator:
    """Reads texts aloud, a few at a time."""

    def __init__(
        self, engine: Engine, *, phrases: Phrases = ENGLISH, longest: float = LONGEST_NOTE
    ) -> None:
        """Make ready; the engine stays the caller's to close.

        Args:
            engine: Makes sound of sentences.
            phrases: What is said instead of what is not read out.
            longest: Seconds of the longest note.
        """
        self._engine = engine
        self._phrases = phrases
        self._longest = longest
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def read(self, text: str, limit: int) -> SpokenNote | None:
        """Read a text aloud; None where there is nothing to say.

        Args:
            text: Markdown, as the agent said it.
            limit: Bytes that the note may have.

        Raises:
            SpeechError: when the engine or the codec fails.
        """
        async with self._turns:
            return await self._read(text, limit)

    async def _read(self, text: str, limit: int) -> SpokenNote | None:
        said = await asyncio.to_thread(sentences, text, self._phrases)
        file, count = OpusFile(limit), 0
        for sentence in said:
            audio = await self._engine.synthesise(sentence)
            too_long = file.seconds + audio.seconds > self._longest
            if too_long or not file.holds(audio):
                break
            await asyncio.to_thread(file.add, audio)
            count += 1
        seconds = math.ceil(file.seconds)
        sound = await asyncio.to_thread(file.close)
        return SpokenNote(sound, seconds, count, is_cut=count < len(said)) if count else None
