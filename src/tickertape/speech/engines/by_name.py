"""Opens an engine by its name, as a configuration has it, and knows the words of its voice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from tickertape.plugins import Group, find
from tickertape.speech.ports import Engine, SpeechSettings
from tickertape.speech.text.phrases import ENGLISH, Phrases, phrases_for

__all__ = ["open_engine", "words_of_voice"]

_KEY: Final = "speech.engine"
_OWN_CHOICE: Final = SpeechSettings()


def open_engine(name: str, settings: SpeechSettings = _OWN_CHOICE) -> Engine:
    """Make an engine; it is the caller's to close. Only what it needs is imported.

    Args:
        name: Which engine: `espeak`, `piper`, `openai` (a server that speaks OpenAI's protocol),
            or one that another package offers.
        settings: What it is told. Its voice is espeak-ng's name for it, the path of Piper's `.onnx`
            file, or the server's name for it.

    Raises:
        ConfigError: when there is no such engine, or it cannot be imported.
        SpeechError: when it cannot be used as asked.
    """
    opener = cast(
        "Callable[[SpeechSettings], Engine]", find(Group.SPEECH, name, key=_KEY).load(key=_KEY)
    )
    return opener(settings)


def words_of_voice(name: str, voice: str) -> Phrases:
    """Return the phrases in the language of a voice, as far as its name tells it.

    Args:
        name: Which engine.
        voice: Its voice, as `open_engine` takes it.
    """
    return ENGLISH if name == "openai" else phrases_for(voice.rpartition("/")[2])
