"""How much of an answer can be read on a screen, purely.

What stands on a screen need not be a prefix of the answer: blanks vanish where it is cut into
messages, marks of Markdown become looks, and below the words a cursor, or a line about thoughts
and tools, may stand. So both are read along, side by side.

A screen that grows is not read from its beginning again (`Reading`): an answer with a hundred
frames costs little more than one reading of its last.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

__all__ = ["Reading", "common_prefix", "same", "seen"]

# What Markdown marks with. A mark that is not on screen became a look.
_SOFT: Final = "*_~#>()!\\-+=$"
# Marks that may own words, or part the cells of a table.
_HARD: Final = "`[]|"
_MARKS: Final = frozenset(_SOFT + _HARD)
# What looks are drawn with, where no mark of the text stands for it.
_DRAWN: Final = frozenset("•◦▪☐☑│┃─━—┼├┤|+-")
_DRAWN_HERE: Final = re.compile(rf"[\s{re.escape(''.join(sorted(_DRAWN)))}]*")
# Words up to the next mark, behind blanks, and marks that hide nothing but themselves. They do not
# begin with a colon, which may be of the line below a table's header. What is longer is read in
# pieces, so that a text without marks is not searched from each place to its end.
_ANY: Final = re.escape(_SOFT + _HARD)
_WORDS_AHEAD: Final = re.compile(
    rf"(?:[\s{re.escape(_SOFT)}]|(?<!`)`{{1,2}}(?!`)){{0,20}}"
    rf"((?!:)[^\s{_ANY}](?:[^{_ANY}]{{0,100}}[^\s{_ANY}])?)"
)
# Characters that are compared at once, where two texts may soon differ: a choice.
_LONGEST: Final = 400
# Words that a mark owns: the language of a fence, a link's address, a box that is ticked.
_OWNED: Final = re.compile(r"`{3,}[^\n`]*|\]\([^)\n]*\)|\[[xX ]\]")
# The line below a table's header.
_RULE: Final = re.compile(r"[ |:-]+(?:\n|$)")

# A table: its titles, the line below them, its rows.
_TABLE: Final = re.compile(
    r"^[^\S\n]*(?P<titles>\|?[^\n|]*\|[^\n]*)\n[^\S\n]*\|?[ :-]*-[ :|-]*\n"
    r"(?P<rows>(?:[^\n]*\|[^\n]*(?:\n|$))*)",
    re.MULTILINE,
)
_CELL: Final = re.compile(r"[^|\n]+")
# What stands between the cells of a row that is shown as a line of a list.
_BETWEEN_CELLS: Final = frozenset("–·")


def seen(screen: str, whole: str) -> str:
    """Return the beginning of an answer that can be read on a screen.

    Marks count as read with the words before them.

    Args:
        screen: everything that is visible.
        whole: the whole answer, as the agent said it.
    """
    return whole[: Reading(whole).read(screen).length]


def same(screen: str, whole: str) -> bool:
    """Return whether a screen shows an answer and nothing else.

    Blanks do not count, nor do marks of Markdown that became looks, and what looks are drawn with
    (bullets, boxes, the lines of a table). A table may be shown as a list of its rows, in which
    each cell has its title before it.
    """
    read = Reading(whole).read(screen)
    return read.length == len(whole) and not read.rest.strip()


class Read(NamedTuple):
    """What was read on a screen."""

    length: int
    """How much of the answer, in code points."""
    rest: str
    """What follows it on the screen."""


_Stand: TypeAlias = tuple[int, int, int, int]
"""A place in the reading, from which it can go on when the screen has grown: the next character of
the screen, that of the answer, how much of the answer was read, and how much of the screen had been
looked at: a screen that begins with the same is read the same so far."""

_LOOKED: Final = 3
_BEGINNING: Final = (0, 0, 0, 0)


class Reading:
    """Reads one answer on its screens, one after the other."""

    __slots__ = ("_cells", "_places", "_screen", "_starts", "_titles", "_whole")

    def __init__(self, whole: str) -> None:
        """Begin with an empty screen.

        Args:
            whole: the whole answer, as the agent said it.
        """
        self._whole = whole
        self._titles, self._cells = _tables(whole)
        self._starts = sorted([*self._titles, *self._cells, len(whole)])
        self._screen = ""
        self._places: list[_Stand] = [_BEGINNING]

    def read(self, screen: str) -> Read:
        """Return how much of the answer stands on `screen`, and what follows there."""
        kept = common_prefix(self._screen, screen)
        self._screen = screen
        places = self._places
        while places[-1][_LOOKED] > kept:
            places.pop()
        return self._go_on(screen, *places[-1])

    def _go_on(self, screen: str, at: int, number: int, read: int, looked: int) -> Read:
        whole, cells, titles, places = self._whole, self._cells, self._titles, self._places
        length, end = len(screen), len(whole)
        while number < end:
            while at < length and screen[at].isspace():
                at += 1
            skipped = 0
            if number in cells:
                at, looked = _behind_title(screen, at, cells[number], looked)
            elif number in titles and at < length:
                skipped, looked = _hidden_title(screen, at, titles[number], looked)
            # What is decided at the end of a screen may be decided otherwise when it grows.
            if looked <= at:
                looked = at + 1
            if skipped:
                number += skipped
            elif whole[number].isspace():
                number += 1
            elif at < length and screen[at] == whole[number]:
                run = self._run(screen, at, number)
                at, number = self._hop(screen, at + run, number + run)
                read = number
                looked = max(looked, at)
                places.append((at, number, read, looked))
            elif hidden := _hidden(whole, number, any_words=at < length):
                number += hidden
                read = number if at == length else read
            elif at < length and screen[at] in _DRAWN:
                at += 1
            else:
                break
        else:
            return Read(end, screen[at:])
        return Read(read, screen[at:])

    def _hop(self, screen: str, at: int, number: int) -> tuple[int, int]:
        """Return how far words go on that are the same but for blanks, marks, and what is drawn.

        One by one they would be read to the same places. Cells of a table begin behind a hard mark,
        which is not passed over.
        """
        if number in self._cells or number in self._titles:
            return at, number
        while (ahead := _WORDS_AHEAD.match(self._whole, number)) is not None:
            text, words = ahead[0], ahead[1]
            if not screen.startswith(text, at):
                drawn = _DRAWN_HERE.match(screen, at)
                at_words = drawn.end() if drawn is not None else at
                if not screen.startswith(words, at_words):
                    break
                at, text = at_words, words
            at, number = at + len(text), ahead.end()
        return at, number

    def _run(self, screen: str, at: int, number: int) -> int:
        """Return how many characters from two places on are the same: at least the one there.

        They end behind a character that is no blank, and before the next cell of a table.
        """
        whole = self._whole
        most = min(_LONGEST, self._starts[bisect_right(self._starts, number)] - number)
        size = common_prefix(screen[at : at + most], whole[number : number + most])
        while size > 1 and whole[number + size - 1].isspace():
            size -= 1
        return size


def common_prefix(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    if other.startswith(one):
        return len(one)
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


@lru_cache(maxsize=16)
def _tables(whole: str) -> tuple[Mapping[int, str], Mapping[int, str]]:
    """Find the tables of an answer: where titles begin, and cells, each with its title's words.

    The first column is left out: it is shown in its place in every form of a table.
    """
    titles: dict[int, str] = {}
    cells: dict[int, str] = {}
    if "|" not in whole:
        return titles, cells
    for table in _TABLE.finditer(whole):
        heads = list(_CELL.finditer(whole, *table.span("titles")))
        titles |= {head.start(): head[0] for head in heads[1:]}
        at = table.start("rows")
        for row in table["rows"].splitlines(keepends=True):
            found = list(_CELL.finditer(whole, at, at + len(row)))
            for head, cell in zip(heads[1:], found[1:], strict=False):
                cells[cell.start()] = head[0]
            at += len(row)
    return titles, cells


def _hidden_title(screen: str, at: int, title: str, looked: int) -> tuple[int, int]:
    """Return how long a title is that does not stand on a screen at a place; 0 if it does.

    Whatever is drawn before it does not count. And how much of the screen was looked at by then.
    """
    while at < len(screen) and (screen[at].isspace() or screen[at] in _DRAWN):
        at += 1
    bare = "".join(c for c in title if c not in _MARKS).strip()
    looked = max(looked, at + len(bare) + 1)
    return (0 if screen.startswith(bare, at) else len(title)), looked


def _behind_title(screen: str, at: int, title: str, looked: int) -> tuple[int, int]:
    """Return the place after the title that precedes a cell in a list of rows.

    And how much of the screen was looked at by then.
    """
    start = at
    while at < len(screen) and (screen[at].isspace() or screen[at] in _BETWEEN_CELLS):
        at += 1
    bare = "".join(c for c in title if c not in _MARKS).strip() + ":"
    looked = max(looked, at + len(bare) + 1)
    return (at + len(bare) if screen.startswith(bare, at) else start), looked


def _hidden(whole: str, at: int, *, any_words: bool) -> int:
    """Return how many characters from `at` on formatting hides; 0 if they are shown.

    Of words only those are hidden that a mark owns, and only where other words follow on screen.
    """
    mark = whole[at]
    if any_words and mark in "`][":
        owned = _OWNED.match(whole, at)
        if owned is not None and (mark != "`" or _begins_line(whole, at)):
            return owned.end() - at
    elif any_words and mark == ":" and _RULE.match(whole, whole.rfind("\n", 0, at) + 1):
        return 1
    return 1 if mark in _MARKS else 0


def _begins_line(whole: str, at: int) -> bool:
    return not whole[whole.rfind("\n", 0, at) + 1 : at].strip()
