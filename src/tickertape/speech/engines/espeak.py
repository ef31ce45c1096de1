"""espeak-ng as an engine: one short process for each sentence, words in by its standard input.

Words are never part of a command line, where they could be taken for options. A process that is
not waited for any more is ended.
"""

from __future__ import annotations

import asyncio
import re
from typing import Final

from tickertape.errors import SpeechError
from tickertape.speech.audio import Audio, read_wav
from tickertape.speech.ports import SpeechSettings
from tickertape.speech.programs import run_program

__all__ = ["PROGRAM", "Espeak", "open_espeak"]

PROGRAM: Final = "espeak-ng"
"""The program; Debian's package has the same name."""

# What voices, variants and mbrola's voices are called: `en-us`, `de`, `en+f3`, `mb/mb-en1`.
_VOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+/_-]{0,63}")
# espeak-ng needs a tenth of a second for a long sentence; a machine that is busy, some more.
_SECONDS: Final = 20.0


class Espeak:
    """Speaks with espeak-ng; a `tickertape.speech.ports.Engine`."""

    def __init__(self, voice: str = "en", *, speed: int = 175, program: str = PROGRAM) -> None:
        """Make ready; nothing is started yet.

        Args:
            voice: A voice of espeak-ng, as `espeak-ng --voices` lists them.
            speed: Words a minute; 175 is espeak-ng's own.
            program: The program, or its path.

        Raises:
            SpeechError: when `voice` cannot be the name of a voice.
        """
        if not _VOICE.fullmatch(voice):
            msg = "the name of the voice has a character that no voice of espeak-ng has"
            raise SpeechError(msg)
        # "-b 1": UTF-8, whatever the locale says.
        self._command = (program, "-b", "1", "-v", voice, "-s", str(speed), "--stdin", "--stdout")

    def __repr__(self) -> str:
        return f"Espeak(voice={self._command[4]!r})"

    async def synthesise(self, text: str) -> Audio:
        """Return the sound of a sentence."""
        try:
            async with asyncio.timeout(_SECONDS):
                raw = await run_program(self._command, text.encode("utf-8", "replace"))
        except TimeoutError:
            msg = f"{PROGRAM} took longer than {_SECONDS:.0f} s"
            raise SpeechError(msg) from None
        try:
            return read_wav(raw)
        except ValueError as error:
            msg = f"{PROGRAM} gave no sound: {error}"
            raise SpeechError(msg) from None

    async def aclose(self) -> None:
        """Do nothing: no resource is held between two sentences."""


def open_espeak(settings: SpeechSettings) -> Espeak:
    """Return espeak-ng as it is configured: the voice `en` where none is named."""
    return Espeak(settings.voice or "en")
