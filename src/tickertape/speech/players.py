"""The players: a loudspeaker, by a program of the system, and a WAV file.

A program is used, and not a library of bindings, because every desktop has one that knows where its
sound goes (PulseAudio's, ALSA's, PipeWire's, SoX's or ffmpeg's). One process for each
sentence: its end says that the sentence was heard, and killing it silences at once, without a
buffer that speaks on.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tickertape.errors import SpeechError
from tickertape.speech.audio import Audio, wav_header
from tickertape.speech.programs import run_program

__all__ = ["PROGRAMS", "Loudspeaker", "WavFile"]

PROGRAMS: Final[Mapping[str, Callable[[int], tuple[str, ...]]]] = {
    "paplay": lambda rate: ("--raw", f"--rate={rate}", "--channels=1", "--format=s16le"),
    "aplay": lambda rate: ("-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(rate), "-"),
    "pw-cat": lambda rate: (
        *("--playback", "--raw", "--rate", str(rate)),
        *("--channels", "1", "--format", "s16", "-"),
    ),
    "play": lambda rate: (
        *("-q", "-t", "raw", "-e", "signed", "-b", "16", "-L"),
        *("-c", "1", "-r", str(rate), "-"),
    ),
    "ffplay": lambda rate: (
        *("-loglevel", "error", "-nodisp", "-autoexit"),
        *("-f", "s16le", "-ar", str(rate), "-ch_layout", "mono", "-i", "pipe:0"),
    ),
}
"""Programs that play raw samples from their standard input to the end, with what they are told for
a number of samples a second. The first that is there is used: PulseAudio (PipeWire answers to it
too), ALSA, PipeWire, SoX, ffmpeg. PipeWire's own comes after ALSA's: the one of Debian 12 (0.3.65)
reads no raw samples."""

# Beyond what the sound lasts: a sound server may have to be started first, which takes seconds; one
# that hangs never plays.
_GRACE: Final = 10.0


class Loudspeaker:
    """Plays through a program of the system; a `tickertape.speech.ports.Player`."""

    def __init__(self, program: str, arguments: Callable[[int], tuple[str, ...]]) -> None:
        """Make ready; nothing is started yet.

        Args:
            program: The program's path.
            arguments: What it is told, given the samples a second.
        """
        self._program = program
        self._arguments = arguments

    @classmethod
    def find(cls) -> Loudspeaker:
        """Find a program that plays.

        Raises:
            SpeechError: when there is none.
        """
        for name, arguments in PROGRAMS.items():
            path = shutil.which(name)
            if path:
                return cls(path, arguments)
        msg = f"nothing plays sound here; one of these is needed: {', '.join(PROGRAMS)}"
        raise SpeechError(msg)

    def __repr__(self) -> str:
        return f"Loudspeaker({self._program!r})"

    async def play(self, audio: Audio) -> None:
        """Return when it was heard to its end; cancelling silences it.

        Raises:
            SpeechError: when the program fails, or hangs.
        """
        seconds = audio.seconds + _GRACE
        command = (self._program, *self._arguments(audio.rate))
        try:
            async with asyncio.timeout(seconds):
                await run_program(command, audio.samples)
        except TimeoutError:
            name = self._program.rpartition("/")[2]
            msg = f"{name} took longer than {seconds:.0f} s for {audio.seconds:.0f} s of sound"
            raise SpeechError(msg) from None

    async def aclose(self) -> None:
        """Do nothing: no resource is held between two sentences."""


class WavFile:
    """Writes what would be heard into a file; a `tickertape.speech.ports.Player`.

    The file is whole after every sentence, and holds those that were said until then.
    """

    def __init__(self, path: Path) -> None:
        """Begin the file, in place of what stood there.

        Raises:
            SpeechError: when it cannot be written.
        """
        self._rate = 0
        self._size = 0
        try:
            self._file = path.open("wb")
        except OSError as error:
            msg = f"{path} cannot be written: {error.strerror}"
            raise SpeechError(msg) from None

    async def play(self, audio: Audio) -> None:
        """Add it to the file, at once."""
        if self._rate not in (0, audio.rate):
            msg = f"a file holds {self._rate} or {audio.rate} samples a second, not both"
            raise SpeechError(msg)
        self._rate = audio.rate
        self._size += len(audio.samples)
        try:
            self._file.seek(0, 2)
            if not self._file.tell():
                self._file.write(wav_header(audio.rate, 0))
            self._file.write(audio.samples)
            self._file.seek(0)
            self._file.write(wav_header(self._rate, self._size))
            self._file.flush()
        except OSError as error:
            msg = f"the file cannot be written: {error.strerror}"
            raise SpeechError(msg) from None

    async def aclose(self) -> None:
        """Close the file."""
        self._file.close()
