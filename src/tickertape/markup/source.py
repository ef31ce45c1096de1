r"""The text of one message in Markdown's own letters, for channels that read Markdown themselves.

What is written is what was said, and what is open where a page ends is closed and opened again: a
fence, a quote, a table's header. A preview is the prefix that nothing that follows can change
(`tickertape.markup.stable`): no emphasis that is open, no line that may become something else. So
each preview begins with the one before, and the final with the last.
"""

from __future__ import annotations

import re

from tickertape.markup import cuts, plain
from tickertape.markup.forms import Format, Rendering
from tickertape.markup.pages import Cut, Limits
from tickertape.markup.stable import StableBlocks
from tickertape.markup.text import GrowingText

__all__ = ["SourcePage"]

_WORDS = 24
"""Characters after which a paragraph may be shown before its end: five words, a fourth of a second
of a quick model."""
_GROUP = 1
"""Lines of code, and rows of a table, that are shown together."""
_FENCE = re.compile(r"([ >]*)(`{3,}|~{3,})[^`\n]*\n", re.MULTILINE)
_LEAST_SHARE = 0.5
"""Of a message, what has to stand before a cut between blocks: else it would be half empty."""


class SourcePage(GrowingText):
    """A text in Markdown's own letters."""

    __slots__ = ("_blocks", "_closing", "_ends", "_is_over", "_opening", "_read", "_units")

    def __init__(self, limits: Limits, opening: str = "") -> None:
        super().__init__(limits)
        self._opening = opening if 2 * limits.ruler.measure(opening) <= limits.length else ""
        self._closing = ""
        self._units = limits.ruler.measure(self._opening)
        self._blocks = StableBlocks(_WORDS, _GROUP)
        self._blocks.add(self._opening)
        self._read = 0
        # Where blocks end whose meaning is settled, in code points of the text, and what opens
        # again there what is open.
        self._ends: list[tuple[int, str]] = []
        self._is_over = False

    def add(self, text: str) -> None:
        """Add what was said."""
        super().add(text)
        self._units += self._limits.ruler.measure(text)

    def cut(self) -> Cut | None:
        """Return where the page must end; None where its text fits into one message."""
        limit, ruler = self._limits.length, self._limits.ruler
        if self._units <= limit:
            return None
        room = limit - ruler.measure(self._opening)
        settled = self.settled_cut()
        if settled and ruler.measure(self.source[: settled.at]) >= room * _LEAST_SHARE:
            return settled
        at = cuts.cut(self.source, room, ruler)
        return settled if settled and settled.at >= at else Cut(at)

    def settled_cut(self) -> Cut | None:
        """Return where to end it so that it shows what its preview shows; None: nothing.

        What is closed there is opened again on the next page; the message has room for both.
        """
        limits = self._limits
        for at, opening in reversed(self._settled()):
            cut = Cut(at, _closing(opening), opening)
            if self._units + limits.ruler.measure(cut.closing) <= limits.length:
                return cut
            shown = self._opening + self.source[:at] + cut.closing
            if limits.ruler.measure(shown) <= limits.length:
                return cut
        return None

    def end(self, cut: Cut) -> str:
        """End the page there; give the rest of its text."""
        rest = self._keep(cut.at)
        self._closing = cut.closing
        self._units = self._limits.ruler.measure(self._opening + self.source + cut.closing)
        self._is_over = True
        return rest

    def final(self, format: Format) -> Rendering:  # noqa: A002, ARG002 - the protocol's word
        """Return all of it."""
        return Rendering(plain.render(self._opening + self.source + self._closing))

    def preview(self, format: Format) -> Rendering:  # noqa: A002
        """Return the prefix of it that nothing that follows can change."""
        if self._is_over:
            return self.final(format)
        cut = self.settled_cut()
        if cut is None:
            return Rendering("")
        return Rendering(plain.render(self._opening + self.source[: cut.at]))

    def gains_by_blocks(self) -> bool:
        """Return that blocks would show nothing better."""
        return False

    def allows_blocks(self) -> bool:
        """Return that there are no blocks."""
        return False

    def _settled(self) -> list[tuple[int, str]]:
        """Return where settled blocks end, after what was added was read."""
        if self._read < self.points:
            self._blocks.add(self.source[self._read :])
            self._read = self.points
            taken = self._blocks.take()
            openings = [*(block.opening for block in taken[1:]), self._blocks.opening]
            for block, opening in zip(taken, openings, strict=False):
                if block.end > len(self._opening):
                    self._ends.append((block.end - len(self._opening), opening))
        return self._ends


def _closing(opening: str) -> str:
    """Return what closes the fence that `opening` opens; empty where it opens none."""
    fences = list(_FENCE.finditer(opening))
    return f"{fences[-1][1]}{fences[-1][2]}" if fences else ""
