"""What a segment says, apart from its message: a text that is cut again may go into another."""

from __future__ import annotations

from dataclasses import dataclass

from tickertape.delivery.marks import EMPTY
from tickertape.delivery.reply.screen import Posted, Unheard
from tickertape.delivery.reply.segment import Segment
from tickertape.markup.forms import Format
from tickertape.markup.pages import Cut

__all__ = ["Wording", "place", "wording"]


@dataclass(frozen=True, slots=True)
class Wording:
    """What a segment says; the fields without a word here have the meanings of the segment's."""

    number: int
    """Which segment says it, so far."""
    text: str
    opening: str
    closing: str
    sealed: bool
    mark: str
    thought: str
    covered: int
    rung: Format

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is said, and nothing will be: a message that shows it has to go.

        One that could not be deleted, and says that it is empty, is tried again.
        """
        return self.sealed and not self.text and self.mark in {"", EMPTY}

    def begin(self, segment: Segment) -> None:
        """Record what holds of the first piece of the text, which goes into `segment`."""
        segment.step_down(self.rung)
        if segment.number == self.number:
            segment.cover_to(self.covered)  # its message shows some of it

    def end(self, segment: Segment) -> None:
        """Record what holds of the last piece of the text, which is in `segment`."""
        if self.closing:
            segment.end(Cut(segment.points, self.closing))
        if self.sealed:
            segment.seal()
        segment.annotate(self.mark)
        segment.fold(self.thought)


def wording(segment: Segment) -> Wording:
    """Return what a segment says."""
    return Wording(
        number=segment.number,
        text=segment.text,
        opening=segment.opening,
        closing=segment.closing,
        sealed=segment.sealed,
        mark=segment.mark,
        thought=segment.thought,
        covered=segment.covered,
        rung=segment.rung,
    )


def place(segment: Segment) -> tuple[int, int]:
    """Return the place of a segment among those whose texts were taken back: the least is first.

    Messages that are there come in their order in the chat, whichever segments they belonged to;
    then those that may be there, for a text that is told again is known by them; then what gets a
    message of its own, which stands below all others.
    """
    match segment.screen:
        case Posted(nth=nth):
            return 0, nth
        case Unheard():
            return 1, 0
        case _:
            return (1 if segment.barring else 2), 0
