r"""A text that grows, parted into blocks whose meaning nothing that follows can change.

A chunk (`tickertape.markup.chunks`) means the same whatever follows it; but a list or a fence is
one chunk however long it is, a terminal cannot change what has left its screen, and a message to
which text is only added cannot take any back. So chunks are parted further, at places that are
known from the text up to there and one character more:

- before each block, and before each item at any depth;
- in code before every `GROUP`-th line or so, in tables before each row that follows
  the first `GROUP` (from which the widths of the columns are known);
- in a paragraph between words, and between lines, once some `WORDS` characters stand there and
  no mark is open: an emphasis is never parted.

What is open at such a place (quotes, items, a fence, a table's header) is opened again by the
block's `opening`, as between pages. Where a block ends depends on the text alone: not on the pieces
in which it came, nor on the width of any screen. So a text that came in a thousand deltas has the
same blocks as one that came at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from tickertape.markup.healing import healed
from tickertape.markup.lines import FRESH, Box, Leaf, State, goes_on, reopened, step
from tickertape.markup.marks import marks

__all__ = ["GROUP", "LONGEST_TAIL", "WORDS", "Joint", "StableBlock", "StableBlocks"]

GROUP = 8
"""Lines of code that are painted together, and rows of a table from which its columns are known:
with a table's header and its rule they still fit into the region (`region.MOST_ROWS`)."""

WORDS = 160
"""Characters after which a paragraph may be parted: two rows of eighty."""

LONGEST_TAIL = 2400
"""Characters of an open strip that are looked at: more than any region holds (`MOST_ROWS`), on
a screen of two hundred columns."""

Joint: TypeAlias = Literal["", " ", "\n"]
"""What stands between two strips of one paragraph: nothing, a blank, the end of a line."""

_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]+\\Z")
# Writing without blanks between words: a full stop ends a piece that can stand by itself.
_STOPS = "。！？"


@dataclass(frozen=True, slots=True)
class StableBlock:
    """A piece of a text that is read by itself."""

    source: str
    """What was said."""
    opening: str = ""
    """What opens again what is open before it."""
    goes_on: bool = False
    """Whether it goes on with the paragraph, the code or the table that the strip before began."""
    goes_further: bool = False
    """Whether the next strip goes on with what this one ends with."""
    joint: Joint = "\n"
    """What stands between its words and those before, where it goes on."""
    is_apart: bool = False
    """Whether an empty line stands above it."""
    around: tuple[Box, ...] = ()
    """The quotes and items in which the strip before stands as well."""
    end: int = 0
    """Where it ends, in code points of the text; once it is complete."""


class StableBlocks:
    """Parts a text as it comes."""

    __slots__ = (
        "_before",
        "_begun",
        "_cut",
        "_end",
        "_group",
        "_lines",
        "_newest",
        "_open",
        "_ready",
        "_tries_at",
        "_words",
    )

    def __init__(self, words: int = WORDS, group: int = GROUP) -> None:
        """Begin with nothing.

        Args:
            words: Characters after which a paragraph may be parted.
            group: Lines of code, and rows of a table, after which they may be.
        """
        self._words = words
        self._group = group
        self._ready: list[StableBlock] = []
        self._end = 0
        self._open = StableBlock("")
        self._before = FRESH
        self._newest = ""  # the line that is not complete
        self._cut = 0  # where in that line the open strip begins
        self._begun = False  # whether it is known to which strip that line belongs
        self._lines = 0  # complete lines of the open strip
        self._tries_at = words  # how long the open strip must be to be parted within its words

    def add(self, text: str) -> None:
        """Take what was said."""
        *complete, newest = (self._newest + text).split("\n")
        for line in complete:
            self._newest = line
            self._part()
            self._end_line("\n")
        self._newest = newest
        self._part()

    def take(self) -> list[StableBlock]:
        """Return the strips that are complete since the last time."""
        ready, self._ready = self._ready, []
        return ready

    @property
    def opening(self) -> str:
        """What opens again what is open before the block that is not complete."""
        return self._open.opening

    def end(self) -> list[StableBlock]:
        """Return what is left: nothing more comes."""
        if self._newest[self._cut :]:
            self._end_line("")
        self._close(goes_further=False)
        return self.take()

    def tail(self) -> list[StableBlock]:
        """Return what is open, as it can be shown while more may come."""
        newest = _whole(self._newest[self._cut :])
        current = self._open
        if not newest.strip() or self._begun:
            return _healed(replace(current, source=current.source + newest))
        begun = self._begins(newest)
        if begun is None:
            return _healed(replace(current, source=current.source + newest))
        at = self._title_at() if begun.source else len(current.source)
        head = replace(current, source=current.source[:at], goes_further=begun.goes_on)
        last = _healed(replace(begun, source=begun.source + newest))
        return [head, *last] if head.source.strip() else last

    def _part(self) -> None:
        """Part the newest line between its words, where that can be done already.

        What a line is, is decided by its first letter, if it begins with one, else by its first
        `WORDS` characters: the same, however they came.
        """
        if self._newest[:1].isalpha() and self._before.leaf != Leaf.TABLE:
            self._begin(self._newest[0])
        if len(self._newest) <= self._words:
            return
        self._begin(self._newest[: self._words])
        while at := self._word():
            line, words = self._newest, self._open.source + self._newest[self._cut : at]
            if _is_open(words):
                self._tries_at = 2 * len(words)
                continue
            boxes = step(self._before, line[:at])[0].boxes
            opening = reopened(step(self._before, line[:at])[0], None) if boxes else ""
            joint: Joint = " " if line[at - 1] == " " else ""
            self._open = replace(self._open, source=words)
            self._close(goes_further=True)
            self._open = StableBlock("", opening, goes_on=True, joint=joint, around=boxes)
            self._cut = at

    def _word(self) -> int:
        """Return where in the newest line a paragraph may be parted, before a word; or 0.

        Only what stands before that word, and its first letter, are looked at.
        """
        line = self._newest
        at = max(self._tries_at + self._cut - len(self._open.source), self._words)
        while at < len(line) and not _begins_word(line, at):
            at += 1
        if at >= len(line) or "|" in line[:at]:
            return 0
        after = step(self._before, line[: at + 1])[0]
        return at if after.leaf == Leaf.PARAGRAPH and not _is_indented(after) else 0

    def _end_line(self, line_break: str) -> None:
        """Take the newest line as it is: it is complete."""
        line = self._newest
        self._begin(line)
        self._before = step(self._before, line.rstrip("\r"))[0]
        self._open = replace(self._open, source=self._open.source + line[self._cut :] + line_break)
        self._lines += 1
        self._newest, self._cut, self._begun = "", 0, False

    def _begin(self, line: str) -> None:
        """Begin a strip with the newest line, if it does not belong to the open one."""
        if self._begun:
            return
        begun = self._begins(line)
        self._begun = True
        if begun is None:
            if len(self._open.source) >= self._tries_at:  # so that trying costs O(n) in all
                self._tries_at = 2 * len(self._open.source)
            return
        if begun.source:
            self._open = replace(self._open, source=self._open.source[: self._title_at()])
        self._close(goes_further=begun.goes_on)
        self._open = begun
        self._lines = 1 if begun.source else 0

    def _title_at(self) -> int:
        """Return where the last complete line of the open strip begins."""
        return self._open.source.rfind("\n", 0, -1) + 1

    def _begins(self, line: str) -> StableBlock | None:
        """Return the strip that begins with a line; None where the line belongs to the open one."""
        source, before = self._open.source, self._before
        line = line.rstrip("\r")
        if not source or not line.strip():
            return None
        after, starts = step(before, line)
        last = source[self._title_at() :]
        is_apart = not last.strip(" >\t\r\n")
        if starts:
            return StableBlock("", is_apart=is_apart)
        kept = goes_on(before, line)
        around = before.boxes[:kept]
        if kept == len(before.boxes) == len(after.boxes) and before.leaf:
            return self._goes_on(line, after, last)
        return StableBlock("", reopened(before, line), is_apart=is_apart, around=around)

    def _goes_on(self, line: str, after: State, last: str) -> StableBlock | None:
        """Return whether a strip begins with a line that goes on in what is open."""
        before = self._before
        match before.leaf, after.leaf:
            case (Leaf.PARAGRAPH, Leaf.TABLE):  # the line above it is the table's header
                is_header_alone = len(self._open.source) == len(last)
                opening = reopened(before, line)
                return None if is_header_alone else StableBlock(last, opening, around=before.boxes)
            case (Leaf.PARAGRAPH, Leaf.PARAGRAPH):
                if not self._may_part(line, after):
                    return None
                return StableBlock("", reopened(before, line), goes_on=True, around=before.boxes)
            case (Leaf.FENCE, Leaf.FENCE):
                # Blank lines at the end of a piece of code would be lost.
                is_full = self._lines >= self._group and bool(last.strip(" >\t\r\n"))
            case (Leaf.TABLE, Leaf.TABLE):
                is_full = self._open.goes_on or self._lines >= self._group + 2
            case (Leaf.FENCE | Leaf.FORMULA | Leaf.DETAILS, _):
                return None
            case (_, Leaf.NONE) if not line.strip(" >\t"):  # an empty line of a quote
                return None
            case _:
                return StableBlock("", reopened(before, line), around=before.boxes)
        if not is_full:
            return None
        return StableBlock("", reopened(before, line), goes_on=True, around=before.boxes)

    def _may_part(self, line: str, after: State) -> bool:
        """Return whether a paragraph may be parted before a line of it."""
        source, before = self._open.source, self._before
        if before.formula.opener or len(source) < self._tries_at or not after.title[:1].isalpha():
            return False
        if source.endswith("\\\n") or _is_indented(before):
            return False
        is_lazy = goes_on(before._replace(leaf=Leaf.NONE), line) < len(before.boxes)
        return not is_lazy and not _is_open(source)

    def _close(self, *, goes_further: bool) -> None:
        """Complete the open strip."""
        self._end += len(self._open.source)
        if self._open.source.strip():
            self._ready.append(replace(self._open, goes_further=goes_further, end=self._end))
        self._open = StableBlock("")
        self._lines, self._tries_at = 0, self._words


def _begins_word(line: str, at: int) -> bool:
    return line[at].isalpha() and (line[at - 1] == " " or line[at - 1] in _STOPS)


def _is_open(words: str) -> bool:
    """Return whether a mark is open behind words; a link may go on in the next line."""
    return bool(marks(words.replace("\n", " ")).open)


def _is_indented(state: State) -> bool:
    """Return whether a line is code by its indentation, where blanks mean something."""
    return state.title.startswith("    ")


def _healed(strip: StableBlock) -> list[StableBlock]:
    """Return a strip as it can be shown while more may come; none where nothing can be yet."""
    strip = _end_of(strip)
    source = healed(strip.opening + strip.source)[len(strip.opening) :]
    return [replace(strip, source=source)] if source.strip() else []


def _end_of(strip: StableBlock) -> StableBlock:
    """Return the end of a block that is longer than any region: a look at it costs little."""
    source = strip.source
    if len(source) <= LONGEST_TAIL or strip.opening:
        return strip
    half = LONGEST_TAIL // 2  # in steps, or its rows would be wrapped again with every word
    begin = (len(source) // half - 1) * half
    at = source.find("\n", begin) + 1 or source.find(" ", begin) + 1
    return replace(strip, source=source[at:])


def _whole(text: str) -> str:
    """Return a text without a letter that has only begun: a joiner, half of a pair or of a flag."""
    if text.isascii():
        return text
    text = text.rstrip("\u200d")
    flags = _FLAGS.search(text)
    is_half = "\ud800" <= text[-1:] <= "\udbff" or (flags and len(flags[0]) % 2)
    return text[:-1] if is_half else text
