"""An engine and a player in memory, which take as long as they are told to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tickertape.errors import SpeechError
from tickertape.speech.audio import Audio

__all__ = ["FakeEngine", "FakePlayer", "words_of"]

RATE = 8_000


def words_of(audio: Audio) -> str:
    """Read the words that `FakeEngine` put in place of samples."""
    return audio.samples.decode().rstrip("\0")


@dataclass
class FakeEngine:
    """Makes samples of which the words can be read again."""

    seconds: float = 0.0
    """How long a sentence takes."""
    failing: frozenset[str] = frozenset()
    """Sentences that cannot be had."""
    asked: list[str] = field(default_factory=list)
    """What it was asked for."""
    given_up: list[str] = field(default_factory=list)
    """What nobody waited for any more."""

    async def synthesise(self, text: str) -> Audio:
        """Give the words."""
        self.asked.append(text)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.given_up.append(text)
            raise
        if text in self.failing:
            msg = "out of voice"
            raise SpeechError(msg)
        raw = text.encode()
        return Audio(RATE, raw + b"\0" * (len(raw) % 2))

    async def aclose(self) -> None:
        """Nothing is held."""


@dataclass
class FakePlayer:
    """Notes what is heard, and when."""

    seconds: float = 0.0
    """How long a sentence lasts."""
    is_broken: bool = False
    """Whether nothing can be heard."""
    begun: list[tuple[float, str]] = field(default_factory=list)
    """What was begun, and when."""
    heard: list[str] = field(default_factory=list)
    """What was heard to its end."""

    async def play(self, audio: Audio) -> None:
        """Let it be heard."""
        if self.is_broken:
            msg = "no loudspeaker"
            raise SpeechError(msg)
        self.begun.append((asyncio.get_running_loop().time(), words_of(audio)))
        await asyncio.sleep(self.seconds)
        self.heard.append(words_of(audio))

    async def aclose(self) -> None:
        """Nothing is held."""
