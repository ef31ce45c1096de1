"""The seams of speech: who makes sound of words, and who lets it be heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from tickertape.speech.audio import Audio

__all__ = ["Engine", "Player", "SpeechSettings"]


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """What a configuration says of an engine; an engine reads what concerns it."""

    voice: str = ""
    """Its voice, as the engine names it; empty: its own."""
    base_url: str = ""
    """Where its server is; empty: its own choice."""
    model: str = ""
    """Its server's model; empty: its own choice."""
    api_key: str = field(default="", repr=False)
    """Its server's key; empty where none is needed."""


class Engine(Protocol):
    """Whatever speaks."""

    async def synthesise(self, text: str) -> Audio:
        """Return the sound of a sentence. Cancelling the waiting task stops the work.

        Raises:
            SpeechError: when there is none to be had; the text says why, and quotes no words.
        """
        ...

    async def aclose(self) -> None:
        """Release all resources."""
        ...


class Player(Protocol):
    """Whatever lets sound be heard."""

    async def play(self, audio: Audio) -> None:
        """Return when it was heard to its end. Cancelling the task that waits silences it at once.

        Raises:
            SpeechError: when it cannot be heard; the text says why.
        """
        ...

    async def aclose(self) -> None:
        """Release all resources."""
        ...
