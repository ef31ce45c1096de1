"""Which places of a Markdown text are code, as it comes: fences and inline code.

The rules are CommonMark's (spec.commonmark.org/0.31.2, 4.5 and 6.1), read without looking ahead,
since a text that is still being written has no end to look at:

- a fence is three or more backticks or tildes at the start of a line, after indentation, quote
  marks and list marks; a line with at least as many of the same, and nothing else, closes it;
- inline code is what stands between two runs of as many backticks; a run that never finds its
  equal counts as open until the blank line that ends its paragraph, or until a fence.

Indented code is not known here: a list looks the same.
"""

from __future__ import annotations

import re
from enum import Enum, auto

__all__ = ["CodeSpans"]

_PIECES = re.compile(r"`+|~+|\n|[^`~\n]+")
_MARKS = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+[ \t>]*)*")
_MARKS_BEGUN = re.compile(
    r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+[ \t>]*)*(?:[-*+]|\d{1,9}[.)]?)?\r?"
)
_LONGEST_MARKS = 200  # of our own: no list is nested deeper than some tens of characters


class _SpanPlace(Enum):
    PROSE = auto()
    SPAN = auto()
    """In inline code."""
    OPENING = auto()
    """On the line of a fence that opens."""
    FENCED = auto()
    CLOSING = auto()
    """On a line that closes the fence if nothing more comes on it."""


class CodeSpans:
    """Follows a text; `feed` takes what is passed on, however it is cut."""

    __slots__ = ("_fence", "_line", "_place", "_run", "_size", "paragraph")

    def __init__(self) -> None:
        self.paragraph = 0
        """How many paragraphs ended so far."""
        self._place = _SpanPlace.PROSE
        self._fence = ""
        self._size = 0
        # The run of backticks or tildes that may still grow.
        self._run = ""
        # The line so far while a fence could follow on it; None in the middle of a line.
        self._line: str | None = ""

    @property
    def steady(self) -> bool:
        """Whether text without line breaks, backticks and tildes changes nothing here."""
        return self._line is None and not self._run and self._place is not _SpanPlace.CLOSING

    @property
    def is_closing(self) -> bool:
        """Whether a fence is closed if nothing more comes on this line."""
        return self._place is _SpanPlace.CLOSING

    @property
    def at_line_start(self) -> bool:
        """Whether nothing but white space stands on the line so far."""
        return self._line is not None and not self._run and not self._line.strip()

    def covers(self) -> bool:
        """Return whether the next character is code, if it is neither backtick nor tilde."""
        self._end_run()
        return self._place is not _SpanPlace.PROSE

    def begin_line(self) -> None:
        """Take what comes next as the start of a line."""
        self._end_run()
        self._line = ""

    def feed(self, text: str) -> None:
        """Take the next characters."""
        for piece in _PIECES.findall(text):
            if piece[0] in "`~":
                if self._run and self._run[0] != piece[0]:
                    self._end_run()
                self._run += piece
                continue
            self._end_run()
            if piece == "\n":
                self._end_line()
            else:
                self._take_words(piece)

    def _take_words(self, words: str) -> None:
        if self._place is _SpanPlace.CLOSING and words.strip():
            self._place = _SpanPlace.FENCED
        if self._line is not None:
            line = self._line + words
            is_bare = len(line) <= _LONGEST_MARKS and _MARKS_BEGUN.fullmatch(line)
            self._line = line if is_bare else None

    def _end_line(self) -> None:
        is_blank = self._line is not None and not self._line.strip()
        if is_blank:
            self.paragraph += 1
        match self._place:
            case _SpanPlace.OPENING:
                self._place = _SpanPlace.FENCED
            case _SpanPlace.CLOSING:
                self._place = _SpanPlace.PROSE
            case _SpanPlace.SPAN if is_blank:
                self._place = _SpanPlace.PROSE
            case _:
                pass
        self._line = ""

    def _end_run(self) -> None:
        if not self._run:
            return
        mark, size = self._run[0], len(self._run)
        opens = size >= 3 and self._line is not None and _MARKS.fullmatch(self._line) is not None
        self._run, self._line = "", None
        match self._place:
            case _SpanPlace.FENCED if opens and mark == self._fence and size >= self._size:
                self._place = _SpanPlace.CLOSING
            case _SpanPlace.CLOSING:
                self._place = _SpanPlace.FENCED
            case _SpanPlace.OPENING if mark == self._fence == "`":
                # What the line began with was inline code: no backtick stands behind a fence.
                self._place = _SpanPlace.PROSE if size == self._size else _SpanPlace.SPAN
            case _SpanPlace.SPAN if mark == "`" and size == self._size:
                self._place = _SpanPlace.PROSE
            case _SpanPlace.PROSE | _SpanPlace.SPAN if opens:
                self._place, self._fence, self._size = _SpanPlace.OPENING, mark, size
            case _SpanPlace.PROSE if mark == "`":
                self._place, self._size = _SpanPlace.SPAN, size
            case _:
                pass
