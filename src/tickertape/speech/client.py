"""Opens an engine by its name, as a configuration has it, and knows the words of its voice."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias, assert_never

from tickertape.speech.phrases import ENGLISH, Phrases, phrases_for
from tickertape.speech.ports import Engine

__all__ = ["EngineName", "open_engine", "words_of_voice"]

EngineName: TypeAlias = Literal["espeak", "piper", "openai"]
"""The engines: espeak-ng, Piper, a server that speaks OpenAI's protocol."""


def open_engine(
    name: EngineName, *, voice: str = "", base_url: str = "", model: str = "", api_key: str = ""
) -> Engine:
    """Make an engine; it is the caller's to close. Only what it needs is imported.

    Args:
        name: Which engine.
        voice: Its voice: espeak-ng's name for it (`en` if empty), the path of Piper's `.onnx`
            file, the server's name for it (`alloy` if empty).
        base_url: Where the server is, up to `/v1`; OpenAI's if empty.
        model: The server's model; `gpt-4o-mini-tts` if empty.
        api_key: The server's key; empty where none is needed.

    Raises:
        SpeechError: when it cannot be used as asked.
    """
    match name:
        case "espeak":
            from tickertape.speech.espeak.client import Espeak  # noqa: PLC0415

            return Espeak(voice or "en")
        case "piper":
            from tickertape.speech.piper.client import Piper  # noqa: PLC0415

            return Piper(Path(voice).expanduser())
        case "openai":
            from tickertape.speech.remote.client import RemoteSpeech  # noqa: PLC0415 - HTTP

            return RemoteSpeech(
                base_url or "https://api.openai.com/v1",
                model=model or "gpt-4o-mini-tts",
                voice=voice or "alloy",
                api_key=api_key,
            )
        case _:
            assert_never(name)


def words_of_voice(name: EngineName, voice: str) -> Phrases:
    """Return the phrases in the language of a voice, as far as its name tells it.

    Args:
        name: Which engine.
        voice: Its voice, as `open_engine` takes it.
    """
    return ENGLISH if name == "openai" else phrases_for(voice.rpartition("/")[2])
