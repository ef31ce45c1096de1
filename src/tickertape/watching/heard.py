"""What an agent said of an answer, and when, purely: seconds from the beginning of the turn."""

from __future__ import annotations

from array import array

from tickertape.delivery.marks import mark_of_end
from tickertape.events import Event, Failed, Finished, Restarted, TextDelta, ToolStarted
from tickertape.watching.measures import Token

__all__ = ["Heard"]


class Heard:
    """The words of one answer, without those that were taken back.

    Of each token only the moment and the size are kept, side by side: thousands of answers are
    noted at once, and each is computed when it has ended.
    """

    __slots__ = ("_kept", "_texts", "failure", "mark", "sizes", "times")

    def __init__(self) -> None:
        """Begin with nothing said."""
        self.times = array("d")
        """When each token was said."""
        self.sizes = array("l")
        """How many characters each had."""
        self.mark = ""
        """What the bot adds below it, where it ends before its end."""
        self.failure = ""
        """Why the agent failed; empty where it did not."""
        self._texts: list[str] = []
        self._kept = 0

    @property
    def said(self) -> str:
        """All that was said."""
        return "".join(self._texts)

    @property
    def tokens(self) -> list[Token]:
        """What was said, in order."""
        return list(zip(self.times, self._texts, strict=True))

    def say(self, text: str, at: float) -> None:
        """Take in words that came `at` seconds after the beginning of the turn."""
        self.times.append(at)
        self.sizes.append(len(text))
        self._texts.append(text)

    def hear(self, event: Event, at: float) -> None:
        """Take in an event that came `at` seconds after the beginning of the turn."""
        match event:
            case TextDelta(text=text):
                self.say(text, at)
            case ToolStarted():
                self._kept = len(self._texts)
            case Restarted():
                del self.times[self._kept :], self.sizes[self._kept :], self._texts[self._kept :]
            case Finished():
                self.mark = mark_of_end(event)
            case Failed(error=error):
                self.mark, self.failure = mark_of_end(event), str(error)
            case _:
                pass
