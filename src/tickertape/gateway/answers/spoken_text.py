"""The text of an answer that is read aloud, purely: its words, in paragraphs.

The words before a tool are a paragraph, and those after it another. On the screen, messages and
lines of tools part them.
"""

from __future__ import annotations

from tickertape.events import Event, Restarted, SegmentEnded, TextDelta, ToolStarted

__all__ = ["SpokenText"]


class SpokenText:
    """Collects the words of one answer, to be read aloud."""

    def __init__(self) -> None:
        self._before: list[str] = []
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """The words, with a blank line between paragraphs."""
        said = (text.strip("\n") for text in (*self._before, self._latest()))
        return "\n\n".join(text for text in said if text.strip())

    def add(self, event: Event) -> None:
        """Add an event of the agent; a restart drops the words since the last tool."""
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
