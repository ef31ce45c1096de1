"""What an answer leaves in the memory, purely: events go in, entries come out, each once."""

from __future__ import annotations

from tickertape.conversation import Entry, Step, ToolResult, Utterance
from tickertape.events import Event, Recorded, Restarted, SegmentEnded, TextDelta, ToolStarted

__all__ = ["Transcript"]


class Transcript:
    """Collects what one answer leaves in the memory.

    What the agent records is kept as it comes. What it said and did not record is kept at the end:
    an answer that was stopped or broke off, or all of it where an agent records nothing. A step
    records all that was said before it; a restart voids what was said since the last tool.
    """

    def __init__(self) -> None:
        self._before_tools: list[str] = []
        self._pieces: list[str] = []

    def note(self, event: Event) -> Step | ToolResult | None:
        """Take what the agent said; return what is to be kept because of it."""
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
        """Return what was said and not recorded; None where there is nothing."""
        said = [piece for piece in (*self._before_tools, self._said()) if piece]
        return Utterance("assistant", "\n\n".join(said)) if said else None

    def _said(self) -> str:
        said = "".join(self._pieces)
        return said.removesuffix("\n\n") if self._pieces[-1:] == ["\n\n"] else said
