"""What stands of an answer: its events go in, and what was taken back is left out.

`Restarted` takes back what was said since the last tool began, or since the beginning; a tool parts
what was said before it from what follows, as the end of a segment does. It is read in three ways:

    said          a screen that shows it, and checks of that: byte for byte
    text          a voice that reads it aloud: paragraph by paragraph
    unrecorded    the memory, at the end: as far as no recorded step holds it
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from tickertape.conversation import Step
from tickertape.events import Event, Recorded, Restarted, SegmentEnded, TextDelta, ToolStarted

__all__ = ["Spoken"]


class Spoken:
    """What stands of one answer, folded from its events: at once, or one by one, each in O(1)."""

    __slots__ = ("_committed", "_ends", "_pieces", "_recorded")

    def __init__(self, events: Iterable[Event] = ()) -> None:
        """Begin with nothing said.

        Args:
            events: What the agent said and did so far, in its order.
        """
        self._pieces: list[str] = []
        self._ends: list[int] = []  # of paragraphs: how many pieces there were
        self._committed = 0  # how many pieces nothing takes back
        self._recorded = 0  # how many pieces a recorded step holds
        for event in events:
            self.note(event)

    @property
    def said(self) -> str:
        """All that stands, byte for byte."""
        return "".join(self._pieces)

    @property
    def text(self) -> str:
        """All that stands, with a blank line between what was said at a time."""
        return self._text(0)

    @property
    def unrecorded(self) -> str:
        """What no recorded step holds of it, as `text` has it; empty where all is recorded."""
        return self._text(self._recorded)

    def note(self, event: Event) -> None:
        """Take what the agent said, or did."""
        match event:
            case TextDelta(text):
                self._pieces.append(text)
            case SegmentEnded():
                self._ends.append(len(self._pieces))
            case ToolStarted():
                self._committed = len(self._pieces)
                self._ends.append(self._committed)
            case Recorded(Step()):
                self._recorded = len(self._pieces)
            case Restarted():
                del self._pieces[self._committed :]
                self._ends = [end for end in self._ends if end <= self._committed]
                self._recorded = min(self._recorded, self._committed)
            case _:
                pass

    def _text(self, begin: int) -> str:
        """Return what stands from a piece on, in paragraphs."""
        ends = (end for end in self._ends if end > begin)
        places = pairwise((begin, *ends, len(self._pieces)))
        paragraphs = ("".join(self._pieces[at:end]) for at, end in places)
        return "\n\n".join(one.strip("\n") for one in paragraphs if one.strip())
