"""The entries that an answer leaves in the memory, purely: events go in, entries come out."""

from __future__ import annotations

from tickertape.conversation import Entry, Step, ToolResult, Utterance
from tickertape.events import Event, Recorded, Restarted, SegmentEnded, TextDelta, ToolStarted

__all__ = ["Transcript"]


class Transcript:
    """Collects the entries of one answer, each once.

    Entries that the agent records are stored as they come. Words that it did not record are stored
    at the end: those of an answer that was stopped or broke off, or all if the agent records
    nothing. A step records all words before it; a restart drops the words since the last tool.
    """

    def __init__(self) -> None:
        self._before_tools: list[str] = []
        self._pieces: list[str] = []

    def add(self, event: Event) -> Step | ToolResult | None:
        """Add an event of the agent; return the entry to store, if it records one."""
        match event:
            case TextDelta(text=text):
                self._pieces.append(text)
            case SegmentEnded():
                self._pieces.append("\n\n")
            case Restarted():
                self._pieces.clear()
            case ToolStarted():
                self._before_tools.append(self._said())
                self._pieces.clear()
            case Recorded(entry=entry):
                if isinstance(entry, Step):
                    self._before_tools.clear()
                    self._pieces.clear()
                return entry
            case _:
                pass
        return None

    def rest(self) -> Entry | None:
        """Return an entry of the words that were not recorded; None if there are none."""
        said = [piece for piece in (*self._before_tools, self._said()) if piece]
        return Utterance("assistant", "\n\n".join(said)) if said else None

    def _said(self) -> str:
        said = "".join(self._pieces)
        return said.removesuffix("\n\n") if self._pieces[-1:] == ["\n\n"] else said
