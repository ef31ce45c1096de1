"""The voice of `tickertape chat`: its answers are spoken, one after another.

    asked = chosen(config.speech, named="", environ=os.environ)
    voice = ChatVoice.of(asked, api_key="", speak_to=None, tell=print)
    Gateway(..., hearing=voice.hearing)
    voice.silence()     the person wants quiet

An answer that is heard does not hold up the next question; the next answer is heard when this one
has been.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tickertape.chat import Message
from tickertape.errors import SpeechError
from tickertape.events import Event
from tickertape.gateway.config.sections import SpeechConfig
from tickertape.ports import Listener
from tickertape.speech.engines.by_name import open_engine, words_of_voice
from tickertape.speech.engines.espeak import PROGRAM
from tickertape.speech.players import Loudspeaker, WavFile
from tickertape.speech.ports import Engine, Player
from tickertape.speech.speaker import Speaker
from tickertape.speech.text.phrases import ENGLISH, Phrases

__all__ = ["ChatVoice", "chosen", "language_of"]

_LANGUAGE = re.compile(r"[a-z]{2}(?=_|\.|@|\Z)")


class ChatVoice:
    """Speaks the answers of one talk."""

    def __init__(
        self,
        engine: Engine,
        player: Player,
        tell: Callable[[str], None],
        *,
        phrases: Phrases = ENGLISH,
    ) -> None:
        """Prepare to speak; `aclose` closes the engine and the player.

        Args:
            engine: makes sound of sentences.
            player: lets it be heard.
            tell: told once, in a line, why nothing is heard any more.
            phrases: what is said instead of what is not read out.
        """
        self._engine = engine
        self._player = player
        self._phrases = phrases
        self._tell = tell
        self._told = False
        self._speaking: list[_InTurn] = []

    @classmethod
    def of(
        cls,
        asked: SpeechConfig,
        *,
        api_key: str,
        speak_to: Path | None,
        tell: Callable[[str], None],
    ) -> ChatVoice:
        """Return the voice of speech settings, opened.

        Args:
            asked: whose voice it is, as `chosen` gives it.
            api_key: the key of the server that speaks; empty where none is needed.
            speak_to: a WAV file that is written instead of being heard.
            tell: told once, in a line, why nothing is heard any more.

        Raises:
            ConfigError: when the engine that is asked for cannot be imported.
            SpeechError: when there is none, or no way for it to be heard.
        """
        if asked.engine == "off":
            raise SpeechError("no engine is chosen")
        if asked.engine == "espeak" and shutil.which(PROGRAM) is None:
            msg = f"{PROGRAM} is not installed; it is the voice where no other is chosen"
            raise SpeechError(msg)
        engine = open_engine(asked.engine, asked.settings(api_key))
        player = WavFile(speak_to) if speak_to else Loudspeaker.find()
        return cls(engine, player, tell, phrases=words_of_voice(asked.engine, asked.voice))

    def silence(self) -> bool:
        """Stop speaking at once; return whether anything was being spoken.

        Speech that is written into a file is written to its end.
        """
        if isinstance(self._player, WavFile):
            return False
        heard = [one for one in self._speaking if not one.is_silent]
        for one in heard:
            one.stop()
        return bool(heard)

    def hearing(self, _: Message) -> Sequence[Listener]:
        """Return the listeners of the next answer; a gateway's `Hearing`."""
        before = self._speaking[-1].over if self._speaking else None
        one = _InTurn(
            Speaker(self._engine, self._player, phrases=self._phrases), before, self._ended
        )
        self._speaking.append(one)
        return (one,)

    async def aclose(self) -> None:
        """Close the engine and the player."""
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


def chosen(configured: SpeechConfig, *, named: str, environ: Mapping[str, str]) -> SpeechConfig:
    """Return the speech settings to use: the named engine, else the configured one.

    Args:
        configured: what the file says; its engine may be off.
        named: the `.onnx` file of one of Piper's voices, or the name of a voice of the configured
            engine; empty: the configured voice.
        environ: the variables; their language is espeak-ng's, where nothing is configured.
    """
    if named.endswith(".onnx"):
        return SpeechConfig(engine="piper", voice=named)
    if configured.engine not in {"off", "espeak", "piper"}:
        return configured.model_copy(update={"voice": named or configured.voice})
    if named or configured.engine == "off":
        return SpeechConfig(engine="espeak", voice=named or language_of(environ))
    return configured


def language_of(environ: Mapping[str, str]) -> str:
    """Return the environment's language as two letters; `en` if it has none."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            found = _LANGUAGE.match(environ[name])
            return found[0] if found else "en"
    return "en"
