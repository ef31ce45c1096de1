"""Text that flows into rows, and rows as they are written.

A flow is wrapped greedily: a row is complete when the next one has begun, and how the next one is
wrapped does not depend on the rows above. So complete rows can be taken away, and what is left, to
which more is added, is wrapped as if they were still there.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TypeAlias

from rich.cells import cell_len, chop_cells, get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.text import Text

from tickertape.channels.terminal.sanitized import sanitized

__all__ = ["Fold", "Piece", "TextFlow", "ansi", "joined", "words", "wrapped"]

# Rich asks it for the meaning of style names only; nothing is ever written to it.
_CONSOLE = Console(file=io.StringIO(), color_system=None, _environ={})
_WORD = re.compile(r"\S+")
# A flag is two letters that rich takes for two; this is as long and as wide, and one.
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_AS_WIDE = "日\u0301"


def words(text: str, look: Style | None = None) -> Text:
    """Make a text of words that look alike: the only door by which words come in."""
    result = Text()
    result.append(sanitized(text), look)
    return result


@dataclass(frozen=True, slots=True)
class TextFlow:
    """Words that fill rows, parted between them."""

    first: Text
    """What stands before the first row: a marker, say."""
    other: Text
    """What stands before the others."""
    text: Text
    """The words; a line break ends a row."""

    def parted(self, columns: int) -> tuple[list[Text], TextFlow]:
        """Return the complete rows, and the flow of the last row, which is not."""
        lines = wrapped(self.text, _room(columns, self.first, self.other))
        rows = _led(self, lines, columns)
        rest = TextFlow(self.other if len(lines) > 1 else self.first, self.other, lines[-1])
        return rows[:-1], rest

    def rows(self, columns: int) -> list[Text]:
        """Return all rows."""
        return _led(self, wrapped(self.text, _room(columns, self.first, self.other)), columns)


@dataclass(frozen=True, slots=True)
class Fold:
    """One line in which every blank counts: it goes on in the next row wherever a row is full."""

    first: Text
    """What stands before the first row."""
    other: Text
    """What stands before the others."""
    text: Text
    """The line."""

    def rows(self, columns: int) -> list[Text]:
        """Return the rows."""
        room = _room(columns, self.first, self.other)
        if self.text.cell_len <= room:
            return _led(self, [self.text], columns)
        offsets: list[int] = []
        _chop(self.text.plain, 0, 0, room, offsets)
        return _led(self, list(self.text.divide(offsets)), columns)


Piece: TypeAlias = TextFlow | Fold
"""What a block is laid out as."""


def joined(before: TextFlow, joint: str, after: TextFlow) -> TextFlow:
    """Return a flow continued with the words of another."""
    text = before.text.copy()
    text.append(joint)
    text.append_text(after.text)
    return TextFlow(before.first, before.other, text)


def wrapped(text: Text, room: int) -> list[Text]:
    """Return a text as rows of `room` columns; trailing blanks are not shown."""
    lines = text.split(allow_blank=True) if "\n" in text.plain else [text]
    rows: list[Text] = []
    for line in lines:
        if line.cell_len <= room:
            rows.append(line)
            continue
        parts = line.divide(_breaks(line.plain, room))
        for part in parts:
            part.rstrip()
        rows += parts
    return rows or [text]


def _breaks(line: str, room: int) -> list[int]:
    """Return the places where the rows of a line begin, except for the first."""
    offsets: list[int] = []
    used, end = 0, 0
    for found in _WORD.finditer(line):
        word, start = found[0], found.start()
        used += cell_len(line[end:start])
        wide = cell_len(word)
        end = found.end()
        if used + wide <= room:
            used += wide
        elif wide <= room and not _is_wide(word):
            offsets.append(start)
            used = wide
        elif _is_wide(word) and used < room:
            used = _chop(word, start, used, room, offsets)
        else:
            if start:
                offsets.append(start)
            used = _chop(word, start, 0, room, offsets)
    return offsets


def _is_wide(word: str) -> bool:
    """Return whether a word can be broken anywhere: its script has letters of two columns."""
    return not word.isascii() and any(get_character_cell_size(char) == 2 for char in word)


def _chop(word: str, at: int, used: int, room: int, offsets: list[int]) -> int:
    """Split a word between its letters; return the columns that its last row takes."""
    parts = chop_cells("x" * used + _FLAG.sub(_AS_WIDE, word), room)
    at -= used
    for part in parts[:-1]:
        at += len(part)
        offsets.append(at)
    return cell_len(parts[-1]) if parts else used


def ansi(row: Text) -> str:
    """Write a row as a terminal takes it: its words, and sequences that colour them."""
    if row.plain.endswith(" "):
        row.rstrip()
    if not row.spans:
        return row.plain
    return "".join(
        text if style is None else style.render(text, color_system=ColorSystem.STANDARD)
        for text, style, _ in row.render(_CONSOLE)
    )


def _lead(columns: int) -> int:
    """Return the most columns that the lead before the words of a row may take: half of it."""
    return columns // 2


def _room(columns: int, first: Text, other: Text) -> int:
    """Return the columns that the words of a row have."""
    return max(columns - min(max(first.cell_len, other.cell_len), _lead(columns)), 1)


def _led(piece: Piece, lines: list[Text], columns: int) -> list[Text]:
    """Put the lead before each row; a narrow screen shows less of it."""
    rows = []
    for index, line in enumerate(lines):
        row = (piece.other if index else piece.first).copy()
        if row.cell_len > _lead(columns):
            row.truncate(_lead(columns))
        row.append_text(line)
        rows.append(row)
    return rows
