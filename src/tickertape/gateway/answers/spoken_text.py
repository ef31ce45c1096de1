"""What an answer is read aloud from, purely: its words, with the ends of what was said at a time.

The text on the screen has none: there, messages and lines of tools part what was said before a tool
from what was said after it.
"""

from __future__ import annotations

from tickertape.events import Event, Restarted, SegmentEnded, TextDelta, ToolStarted

__all__ = ["SpokenText"]


class SpokenText:
    """The words of one answer, as they are to be heard."""

    def __init__(self) -> None:
        self._before: list[str] = []
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """All that was said, each piece of it a paragraph of its own."""
        said = (text.strip("\n") for text in (*self._before, self._latest()))
        return "\n\n".join(text for text in said if text.strip())

    def note(self, event: Event) -> None:
        """Take what the agent said; a restart voids what was said since the last tool."""
        match event:
            case TextDelta(text=text):
                self._pieces.append(text)
            case SegmentEnded():
                self._pieces.append("\n\n")
            case Restarted():
                self._pieces.clear()
            case ToolStarted():
                self._before.append(self._latest())
                self._pieces.clear()
            case _:
                pass

    def _latest(self) -> str:
        return "".join(self._pieces)
