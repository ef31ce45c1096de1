"""An answer as bare text, purely: events go in, the text to write comes out.

What is written cannot be taken back. So where an answer starts over (`Restarted`), only that is
written in which it goes on from what stands there already; once it differs, it is written whole,
below a blank line. A blank line also parts what was said before a tool ran from what follows.
"""

from __future__ import annotations

from tickertape.delivery.acknowledged import rest, stands
from tickertape.events import Event, Restarted, SegmentEnded, TextDelta, ToolStarted

__all__ = ["PlainText"]

_PARTED = "\n\n"


class PlainText:
    """The text of one answer, while it is being written."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._said: list[str] = []  # since the last tool, or since it started over
        self._former = ""  # written before it started over, as long as it is said again
        self._gap = ""
        self._first_gap = ""
        self._ends_with = ""

    def feed(self, event: Event) -> str:
        """Return the text to write for an agent's event, often ""."""
        match event:
            case TextDelta(text=text):
                return self._out(text)
            case SegmentEnded():
                self._gap = _PARTED if self._said else self._gap
            case ToolStarted():
                self._settle()
            case Restarted():
                self._former = self._former or "".join(self._said)
                self._said, self._gap = [], self._first_gap
            case _:
                pass
        return ""

    def end(self) -> str:
        """Return the end of the last line; "" if no text was written."""
        return "" if self._ends_with in {"", "\n"} else "\n"

    @property
    def empty(self) -> bool:
        """Whether nothing was written."""
        return not self._ends_with

    def _out(self, text: str) -> str:
        text, self._gap = self._gap + text, ""
        self._said.append(text)
        new = self._beyond_former() if self._former else text
        if new:
            self._former, self._ends_with = "", new[-1]
        return new

    def _beyond_former(self) -> str:
        """Return the rest of a text whose beginning an earlier attempt has written."""
        said = "".join(self._said)
        self._said = [said]
        if stands(said, self._former):
            return rest(said, self._former)
        return _PARTED + said.lstrip("\n")

    def _settle(self) -> None:
        """Commit the text, because a tool follows it."""
        self._gap = self._first_gap = "" if self.empty else _PARTED
        self._said, self._former = [], ""
