"""Piper as an engine: a voice is loaded once, and speaks in a thread of its own.

The library is GPL-licensed and heavy (an ONNX runtime): it is an extra of its own, and imported
with the first sentence. A sentence that is not waited for any more ends with the next piece of it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tickertape.errors import SpeechError
from tickertape.speech.audio import Audio
from tickertape.speech.ports import SpeechSettings

if TYPE_CHECKING:
    from piper import PiperVoice

__all__ = ["Piper", "open_piper"]

_MISSING: Final = "piper-tts is not installed: pip install 'tickertape[piper]'"


class Piper:
    """Speaks with a voice of Piper; a `tickertape.speech.ports.Engine`."""

    def __init__(self, voice: Path) -> None:
        """Make ready; nothing is loaded yet.

        Args:
            voice: The voice's `.onnx` file; its `.onnx.json` is in the same folder.

        Raises:
            SpeechError: when one of the two is not there.
        """
        for path in (voice, Path(f"{voice}.json")):
            if not path.is_file():
                msg = f"there is no file {path}: a voice of Piper has an .onnx and an .onnx.json"
                raise SpeechError(msg)
        self._path = voice
        self._voice: PiperVoice | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tickertape piper")

    def __repr__(self) -> str:
        return f"Piper({self._path.name!r})"

    async def synthesise(self, text: str) -> Audio:
        """Return the sound of a sentence."""
        given_up = threading.Event()
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._speak, text, given_up)
        try:
            return await work
        except asyncio.CancelledError:
            given_up.set()
            raise

    async def aclose(self) -> None:
        """Let the thread end, and drop the sentence in progress."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _speak(self, text: str, given_up: threading.Event) -> Audio:
        try:
            voice = self._voice = self._voice or self._load()
            samples: list[bytes] = []
            for chunk in voice.synthesize(text):
                if given_up.is_set():
                    break
                samples.append(chunk.audio_int16_bytes)
        except SpeechError:
            raise
        except Exception as error:  # noqa: BLE001 - the ONNX runtime has no error of its own
            # Its text may quote what was to be said.
            msg = f"Piper cannot speak with {self._path.name}: {type(error).__name__}"
            raise SpeechError(msg) from None
        return Audio(voice.config.sample_rate, b"".join(samples))

    def _load(self) -> PiperVoice:
        try:
            from piper import PiperVoice  # noqa: PLC0415 - a second, and an extra
        except ImportError:
            raise SpeechError(_MISSING) from None
        logging.getLogger("piper").setLevel(logging.INFO)  # below that it writes down what is said
        return PiperVoice.load(self._path)


def open_piper(settings: SpeechSettings) -> Piper:
    """Return Piper as it is configured: `voice` is the path of the voice's `.onnx` file."""
    return Piper(Path(settings.voice).expanduser())
