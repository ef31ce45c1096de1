"""The lines of a page: each is read once, however the text comes in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tickertape.markup.bounds import (
    EMPTY,
    SizeBound,
    heaviest,
    lighter,
    may_mark,
    may_take,
    weighed,
)
from tickertape.markup.lines import FRESH, State, innermost, step
from tickertape.markup.pages import Limits
from tickertape.markup.plain import BREAKS
from tickertape.markup.rulers import Ruler

__all__ = ["Headroom", "ScannedLine", "Scanner", "Unread"]

# A line is weighed in strips of so many characters: a long one is not weighed again and again.
_STRIP = 256
# What may begin a span, a block or a line, and all else that weighs more than its length.
_HEAVY = re.compile(rf"[*_~`$(<#>=&\\\t\n{''.join(map(chr, BREAKS))}+.)|\-]")
# So many lines tell what is open at the end of most paragraphs.
_LATEST = 40
# Any other may be doubled by a table.
_DOUBLED = 2


class Unread:
    """What was added to a page since it was read."""

    __slots__ = ("_ruler", "begins_line", "has_pipe", "heavies", "units")

    def __init__(self, ruler: Ruler, text: str = "") -> None:
        self._ruler = ruler
        self.units = 0
        """How long it is."""
        self.heavies = 0
        """How many of its characters weigh more than their length."""
        self.has_pipe = False
        """Whether it has a `|`, which may make a table of the line before it."""
        self.begins_line = False
        """Whether it begins a line."""
        self.add(text)

    def add(self, text: str) -> None:
        """Count what is added."""
        self.units += self._ruler.measure(text)
        if not text.isalnum():
            self.heavies += len(_HEAVY.findall(text))
            self.has_pipe = self.has_pipe or "|" in text
            self.begins_line = self.begins_line or "\n" in text


@dataclass(frozen=True, slots=True)
class Headroom:
    """What may be added before a page is worth to be read again."""

    units: int = 0
    """How much in length."""
    heavies: int = -1
    """How many heavy characters."""
    heaviest: int = 0
    """How much in length each of them counts more."""
    has_table: bool = False
    """Whether there is a table, or a line that may become its header, where a `|` is no news."""
    has_rows: bool = False
    """Whether the next line may be a row of a table, as wide as a table can be."""

    def holds(self, unread: Unread) -> bool:
        """Return whether the added text cannot overflow the page."""
        return (
            unread.heavies <= self.heavies
            and _DOUBLED * unread.units + self.heaviest * unread.heavies <= self.units
            and not (unread.has_pipe and not self.has_table)
            and not (unread.begins_line and self.has_rows)
        )


@dataclass(frozen=True, slots=True)
class ScannedLine:
    """A line of a page, seen from its start."""

    start: int
    """Where it begins, in code points."""
    state: State
    """What is open above it."""
    starts: bool
    """Whether a chunk begins with it."""


Measure: TypeAlias = Callable[[str, list[int]], SizeBound]
"""What measures settled text."""


class Scanner:
    """Reads lines as they become complete, until the page is full."""

    __slots__ = (
        "_above",
        "_bound",
        "_head",
        "_limits",
        "_measured",
        "_settled",
        "_strip_at",
        "at",
        "chunks",
        "full_at",
        "rows",
        "state",
    )

    def __init__(self, limits: Limits) -> None:
        """Begin a page that may hold so much."""
        self._limits = limits
        self._measured = 0
        self._settled = EMPTY
        self.at = 0
        """Where the first line begins that is not complete."""
        self.state = FRESH
        """What is open above it."""
        self.rows: list[ScannedLine] = []
        """The lines that are complete, and the one that overflows."""
        self.chunks: list[int] = []
        """Where chunks begin, but for the first; all that end here are settled."""
        self.full_at: int | None = None
        """Where the page is too full, in code points; None: it is not."""
        self._bound = self._above = EMPTY
        self._strip_at = 0
        self._head: State | None = None

    def read(self, text: str, measure: Measure) -> Headroom:
        """Read a text that only grows; return how much more may come before the next reading.

        Args:
            text: All of it.
            measure: Says what settled text takes exactly, given the text and where its chunks
                begin, but for the first; what follows the last of them is not settled.
        """
        self.read_lines(text, measure)
        if self.full_at is not None:
            return Headroom()
        strip = text[self._strip_at :]
        bound = self._fitting(text, strip, measure) if strip else self._bound
        return Headroom() if bound is None else self._headroom(bound)

    def read_lines(self, text: str, measure: Measure) -> None:
        """Read a text that only grows but for the end of its last line, as `read` does."""
        while self.full_at is None:
            end = text.find("\n", self._strip_at, self._strip_at + _STRIP)
            if end < 0 and self._bound.grid:
                end = text.find("\n", self._strip_at)
            if end >= 0:
                self._take(text, end, measure)
            elif len(text) > self._strip_at + _STRIP and not self._bound.grid:
                self._fold(text, measure)
            else:
                return

    def lines(self) -> list[ScannedLine]:
        """Return the latest lines that were read, and the one behind them."""
        return [*self.rows[-_LATEST:], ScannedLine(self.at, self.state, starts=False)]

    def shorten(self, end: int) -> None:
        """Forget what was read from `end` on: the page ends there."""
        self.chunks = [start for start in self.chunks if start < end]
        self.rows = [row for row in self.rows if row.start < end]
        self.state = self.rows[-1].state if self.rows else FRESH

    def _take(self, text: str, end: int, measure: Measure) -> None:
        """Take the rest of a line that is complete."""
        strip = text[self._strip_at : end + 1]
        line = strip if self._strip_at == self.at else text[self.at : end + 1]
        after, starts = step(self.state, line.rstrip("\r\n"))
        bound = self._fitting(text, strip, measure, after)
        if bound is None:
            return
        self.rows.append(ScannedLine(self.at, self.state, starts))
        if starts:
            self.chunks.append(self.at)
            self._settled = self._above  # without the strips of this line
        self.at = self._strip_at = end + 1
        self.state, self._head = after, None
        self._bound = self._above = bound

    def _fold(self, text: str, measure: Measure) -> None:
        """Take a strip of a line that goes on."""
        strip = text[self._strip_at : self._strip_at + _STRIP]
        bound = self._fitting(text, strip, measure)
        if bound is None:
            return
        if self._head is None:
            self._head, _ = step(self.state, strip)
        self._bound = bound
        self._strip_at += _STRIP

    def _fill(self, text: str, strip: str) -> None:
        """Find the first character with which the page is too full."""
        low, high = 1, len(strip)
        while low < high:
            middle = (low + high) // 2
            if self._overflows(self._weighed(strip[:middle])):
                high = middle
            else:
                low = middle + 1
        # Whether a chunk begins here is known from the line as far as it fits.
        fitting = text[self.at : self._strip_at + low - 1].rstrip("\r\n")
        _, starts = step(self.state, fitting)
        self.rows.append(ScannedLine(self.at, self.state, starts and bool(fitting)))
        self.full_at = self._strip_at + low

    def _weighed(self, strip: str, after: State | None = None) -> SizeBound:
        """Weigh all up to the end of a strip."""
        if self._head is not None:
            return weighed(
                self._bound, self.state, self._head, strip, self._limits.ruler, is_first=False
            )
        if after is None:
            after, _ = step(self.state, strip.rstrip("\r\n"))
        return weighed(self._bound, self.state, after, strip, self._limits.ruler)

    def _fitting(
        self, text: str, strip: str, measure: Measure, after: State | None = None
    ) -> SizeBound | None:
        """Weigh all up to the end of a strip; return None, and fill the page, where it is too much.

        Before that, what is settled above is measured: it looks the same whatever follows, so what
        it takes exactly is known from the text alone, as its bound is.
        """
        bound = self._weighed(strip, after)
        if not self._overflows(bound):
            return bound
        if self.chunks and self.chunks[-1] > self._measured:
            self._measured = self.chunks[-1]
            exact = measure(text, self.chunks)
            self._bound = lighter(self._bound, self._settled, exact)
            self._above = lighter(self._above, self._settled, exact)
            self._settled = exact
            bound = self._weighed(strip, after)
            if not self._overflows(bound):
                return bound
        self._fill(text, strip)
        return None

    def _overflows(self, bound: SizeBound) -> bool:
        limits = self._limits
        return (
            bound.units + limits.ruler.mark * bound.spans > limits.length
            or (limits.spans is not None and bound.spans > limits.spans)
            or (limits.blocks is not None and bound.blocks > limits.blocks.count)
        )

    def _headroom(self, bound: SizeBound) -> Headroom:
        """Return how much text of any kind cannot overflow."""
        limits = self._limits
        if bound.grid is None:  # the line may not be a row, but is weighed as one while it grows
            bound = bound._replace(grid=self._bound.grid)
        if "|" in innermost(self.state).title:  # what follows may make a header of it
            bound = bound._replace(is_title=True, last=bound.last + self._bound.last)
        ruler = limits.ruler
        units = limits.length - may_take(bound, ruler) - ruler.mark * may_mark(bound)
        heavies = units
        if limits.spans is not None:  # a `<` may begin a tag, and a block of its own
            heavies = min(heavies, (limits.spans - may_mark(bound)) // 2)
        if limits.blocks is not None:  # a `-` may begin a list, an item and its paragraph
            heavies = min(heavies, (limits.blocks.count - bound.blocks - 1) // 3)
        has_rows = bound.grid is not None
        return Headroom(units, heavies, heaviest(ruler), has_rows or bound.is_title, has_rows)
