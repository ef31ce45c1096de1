"""What the text of an answer turned out to be so far, and what of that was given out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from tickertape.events import ReasoningDelta, Restarted, TextDelta

__all__ = ["PartedText", "Said"]

Said: TypeAlias = TextDelta | ReasoningDelta | Restarted
"""What a piece of text turns out to be. `Restarted` voids the text, never the thinking."""


class PartedText:
    """The text and the thinking of one piece of an answer, on their way out."""

    __slots__ = ("_out", "_shown", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        """The text, without what was taken back."""
        self._shown = 0  # how many of them were given out by earlier calls
        self._out: list[Said] = []

    @property
    def text(self) -> str:
        """All of the text."""
        return "".join(self.pieces)

    def note_passed(self, pieces: Iterable[str]) -> None:
        """Take text that was given out by others."""
        self.pieces.extend(pieces)
        self._shown = len(self.pieces)

    def say(self, text: str) -> None:
        """Add text, if there is any."""
        if text:
            self.pieces.append(text)
            self._out.append(TextDelta(text))

    def think(self, text: str) -> None:
        """Add thinking, if there is any."""
        if text:
            self._out.append(ReasoningDelta(text))

    def take_back(self, thinking: str) -> None:
        """Take back all text, and add the thinking that it was."""
        if self._shown:
            self._out.append(Restarted())
        else:
            self._out = [said for said in self._out if not isinstance(said, TextDelta)]
        self.think(thinking)
        self.pieces.clear()
        self._shown = 0

    def take_out(self) -> list[Said]:
        """Return what is to be given out."""
        out, self._out = self._out, []
        self._shown = len(self.pieces)
        return out
