"""The voice of `tickertape chat`: its answers are heard, one after another, beside the screen.

    voice = Voice.of(speak_to=None, named="", environ=os.environ)
    Gateway(..., hearing=voice.hearing)
    voice.hush()        the person wants quiet

An answer that is heard does not hold up the next question; the next answer is heard when this one
has been.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tickertape.chat import IncomingText
from tickertape.errors import SpeechError
from tickertape.events import Event
from tickertape.ports import Listener
from tickertape.speech.consumer import Speaker
from tickertape.speech.espeak.client import PROGRAM, Espeak
from tickertape.speech.piper.client import Piper
from tickertape.speech.players.transport import Loudspeaker, WavFile
from tickertape.speech.ports import Engine, Player

__all__ = ["Voice", "language_of"]

_LANGUAGE = re.compile(r"[a-z]{2}(?=_|\.|@|\Z)")


class Voice:
    """Speaks the answers of one talk."""

    def __init__(self, engine: Engine, player: Player, tell: Callable[[str], None]) -> None:
        """Make ready; both are closed by `aclose`.

        Args:
            engine: makes sound of sentences.
            player: lets it be heard.
            tell: told once, in a line, why nothing is heard any more.
        """
        self._engine = engine
        self._player = player
        self._tell = tell
        self._told = False
        self._speaking: list[_InTurn] = []

    @classmethod
    def of(
        cls,
        *,
        speak_to: Path | None,
        named: str,
        environ: Mapping[str, str],
        tell: Callable[[str], None],
    ) -> Voice:
        """Find a voice.

        Args:
            speak_to: a WAV file that is written instead of being heard.
            named: a voice of espeak-ng, or the `.onnx` file of one of Piper's; empty: espeak-ng's
                for the language of the environment.
            environ: the variables.
            tell: told once, in a line, why nothing is heard any more.

        Raises:
            SpeechError: when there is none, or no way for it to be heard.
        """
        if named.endswith(".onnx"):
            engine: Engine = Piper(Path(named).expanduser())
        elif shutil.which(PROGRAM) is None:
            msg = f"{PROGRAM} is not installed; it is the voice where --voice names none of Piper's"
            raise SpeechError(msg)
        else:
            engine = Espeak(named or language_of(environ))
        return cls(engine, WavFile(speak_to) if speak_to else Loudspeaker.find(), tell)

    def hush(self) -> bool:
        """Be silent at once; say whether anything was being heard.

        What is written into a file disturbs nobody, and is written to its end.
        """
        if isinstance(self._player, WavFile):
            return False
        heard = [one for one in self._speaking if not one.is_silent]
        for one in heard:
            one.stop()
        return bool(heard)

    def hearing(self, _: IncomingText) -> Sequence[Listener]:
        """Give who hears the next answer; a gateway's `Hearing`."""
        before = self._speaking[-1].over if self._speaking else None
        one = _InTurn(Speaker(self._engine, self._player), before, self._ended)
        self._speaking.append(one)
        return (one,)

    async def aclose(self) -> None:
        """Give back engine and player."""
        await self._engine.aclose()
        await self._player.aclose()

    def _ended(self, one: _InTurn, failed: SpeechError | None) -> None:
        self._speaking.remove(one)
        if failed is not None and not self._told:
            self._told = True
            self._tell(f"no voice: {failed}")


class _InTurn:
    """A speaker that waits until the one before it is done."""

    def __init__(
        self,
        speaker: Speaker,
        before: asyncio.Event | None,
        ended: Callable[[_InTurn, SpeechError | None], None],
    ) -> None:
        self._speaker = speaker
        self._before = before
        self._ended = ended
        self.over = asyncio.Event()
        self.is_silent = False

    def feed(self, event: Event) -> None:
        self._speaker.feed(event)

    def finish(self) -> None:
        self._speaker.finish()

    def stop(self) -> None:
        self.is_silent = True
        self._speaker.stop()

    async def run(self) -> None:
        try:
            if self._before is not None:
                await self._before.wait()
            await self._speaker.run()
        finally:
            self.over.set()
            self._ended(self, self._speaker.failed)


def language_of(environ: Mapping[str, str]) -> str:
    """Give the language of the environment in two letters; English where it has none."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            found = _LANGUAGE.match(environ[name])
            return found[0] if found else "en"
    return "en"
