"""One segment of an answer, or one stretch of thinking, while it becomes rows.

    body.add(text)            O(1): nothing is read before it is shown
    body.rows(columns)        the rows that became complete since the last time; they stay
    body.tail(columns)        what is open, as it can be shown while more may come
    body.end(columns)         what is left, complete as it stands

All rows that `rows` and `end` gave, joined, are the painting of the whole text in one piece,
whatever pieces it came in and whenever it was asked: what is complete depends on the text alone.
(Where the width changes in between, each row has the width of its moment; the words are the same.)
"""

from __future__ import annotations

from typing import Protocol

from rich.text import Text

from tickertape.channels.terminal.flow import TextFlow, ansi, joined, words
from tickertape.channels.terminal.layout import AT_TOP, laid, last_rows
from tickertape.channels.terminal.looks import DIM
from tickertape.channels.terminal.sanitized import sanitized
from tickertape.markup.stable import StableBlock, StableBlocks

__all__ = ["Body", "Markdown", "Prose", "SourceLines"]


class Body(Protocol):
    """A text that becomes rows."""

    def add(self, text: str) -> None:
        """Add text."""
        ...

    def rows(self, columns: int) -> list[str]:
        """Return the rows that became complete."""
        ...

    def tail(self, columns: int) -> list[str]:
        """Return the rows that may still change."""
        ...

    def end(self, columns: int) -> list[str]:
        """Return the remaining rows, at the end of the text."""
        ...


class _Parts:
    """A text that is gathered until it is read."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[str] = []

    def add(self, text: str) -> None:
        """Add text."""
        self._parts.append(text)

    def _gathered(self) -> str:
        text = "".join(self._parts)
        self._parts.clear()
        return text


class Markdown(_Parts):
    """A text that is read as Markdown and shown formatted."""

    __slots__ = ("_above", "_blocks")

    def __init__(self) -> None:
        super().__init__()
        self._blocks = StableBlocks()
        self._above = AT_TOP

    def rows(self, columns: int) -> list[str]:
        """Return the rows that became complete."""
        self._blocks.add(self._gathered())
        return self._laid(self._blocks.take(), columns)

    def tail(self, columns: int) -> list[str]:
        """Return the rows that may still change: the open blocks, healed."""
        above = self._above
        result: list[Text] = []
        for block in self._blocks.tail():
            rows, above = laid(block, above, columns)
            result += rows
        return [ansi(row) for row in (*result, *last_rows(above, columns))]

    def end(self, columns: int) -> list[str]:
        """Return the remaining rows, at the end of the text."""
        self._blocks.add(self._gathered())
        rows = self._laid([*self._blocks.take(), *self._blocks.end()], columns)
        rows += [ansi(row) for row in last_rows(self._above, columns)]
        self._above = AT_TOP
        return rows

    def _laid(self, stable: list[StableBlock], columns: int) -> list[str]:
        result: list[Text] = []
        for block in stable:
            rows, self._above = laid(block, self._above, columns)
            result += rows
        return [ansi(row) for row in result]


class Prose(_Parts):
    """Thoughts: words that are wrapped and dimmed, and nothing else."""

    __slots__ = ("_flow",)

    def __init__(self) -> None:
        super().__init__()
        self._flow = _EMPTY

    def rows(self, columns: int) -> list[str]:
        """Return the rows that became complete."""
        self._flow = joined(self._flow, "", TextFlow(Text(), Text(), words(self._gathered(), DIM)))
        rows, self._flow = self._flow.parted(columns)
        return [ansi(row) for row in rows]

    def tail(self, columns: int) -> list[str]:
        """Return the last row."""
        return [ansi(row) for row in self._flow.rows(columns)]

    def end(self, columns: int) -> list[str]:
        """Return the remaining rows."""
        rows = [*self.rows(columns), *self.tail(columns)]
        self._flow = _EMPTY
        while rows and not rows[-1]:
            rows.pop()
        return rows


_EMPTY = TextFlow(Text(), Text(), Text())


class SourceLines(_Parts):
    """A text as it stands, line by line; the terminal wraps it."""

    __slots__ = ("_line",)

    def __init__(self) -> None:
        super().__init__()
        self._line = ""

    def rows(self, columns: int) -> list[str]:  # noqa: ARG002 - the protocol's word
        """Return the lines that became complete."""
        *lines, self._line = (self._line + self._gathered()).split("\n")
        return [sanitized(line.expandtabs()) for line in lines]

    def tail(self, columns: int) -> list[str]:  # noqa: ARG002
        """Return nothing: no line is shown before it is complete."""
        return []

    def end(self, columns: int) -> list[str]:
        """Return the remaining lines."""
        rows = self.rows(columns)
        line, self._line = self._line, ""
        return [*rows, sanitized(line.expandtabs())] if line else rows
