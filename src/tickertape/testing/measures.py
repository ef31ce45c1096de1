"""What a live reply is measured by, purely: the agent's tokens and the reader's screen in.

The names are used everywhere in the project:

    first delta          seconds from the start until the agent says something
    first text           seconds from the start until something of the answer is visible
    staleness            characters generated and not yet visible, averaged over the answer's time
    mean character delay seconds from generation to visible, averaged over the characters
    longest freeze       the longest time in which the visible text did not change
    final lag            seconds from the last token until the whole answer is a message
    delivery latency     seconds from the launch of a call until its answer was heard

All moments of one answer are seconds on one clock, which begins with the turn.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

__all__ = ["Measures", "SeenFrame", "Token", "measure", "quantile", "same", "seen"]

# What Markdown marks with. A mark that is not on screen became a look.
_MARKS = frozenset("*_~`#|>[]()!\\-+=$")
# What looks are drawn with, where no mark of the text stands for it.
_DRAWN = frozenset("•◦▪☐☑│┃─━—┼├┤|+-")
# Words that a mark owns: the language of a fence, a link's address, a box that is ticked.
_OWNED = re.compile(r"`{3,}[^\n`]*|\]\([^)\n]*\)|\[[xX ]\]")
# The line below a table's header.
_RULE = re.compile(r"[ |:-]+(?:\n|$)")

# A table: its titles, the line below them, its rows.
_TABLE = re.compile(
    r"^[^\S\n]*(?P<titles>\|?[^\n|]*\|[^\n]*)\n[^\S\n]*\|?[ :-]*-[ :|-]*\n"
    r"(?P<rows>(?:[^\n]*\|[^\n]*(?:\n|$))*)",
    re.MULTILINE,
)
_CELL = re.compile(r"[^|\n]+")
# What stands between the cells of a row that is shown as a line of a list.
_BETWEEN_CELLS = frozenset("–·")

Token: TypeAlias = tuple[float, str]
"""When the agent said something, in seconds, and what."""


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """What the reader saw from a moment on."""

    at: float
    """The moment, in seconds on the tokens' clock."""
    text: str
    """The whole visible text of the answer."""
    durable: bool
    """Whether all of it is in messages rather than in a draft."""


@dataclass(frozen=True, slots=True)
class Measures:
    """One answer, measured."""

    staleness: float
    """Characters."""
    delay: float
    """Seconds, the mean over the characters."""
    first_text: float
    """Seconds."""
    freeze: float
    """Seconds, the longest."""
    lag: float
    """Seconds, of the final; infinity where the answer never became a message."""


def measure(tokens: Sequence[Token], frames: Sequence[SeenFrame]) -> Measures:
    """Measure one answer.

    Args:
        tokens: What the agent said, in order; at least one.
        frames: What the reader saw, in order; at least one.
    """
    end = tokens[-1][0]
    whole = "".join(text for _, text in tokens).strip()
    done = [f.at for f in frames if f.durable and f.text == whole]
    gaps = [b.at - a.at for a, b in itertools.pairwise(frames)]
    return Measures(
        staleness=_staleness(tokens, frames),
        delay=_delay(tokens, frames),
        first_text=frames[0].at,
        freeze=max(gaps, default=0.0),
        lag=min(done, default=math.inf) - end,
    )


def seen(screen: str, whole: str) -> str:
    """Return the beginning of an answer that can be read on a screen.

    What stands on a screen need not be a prefix of the answer: blanks vanish where it is cut into
    messages, marks of Markdown become looks, and below the words a cursor, or a line about thoughts
    and tools, may stand. Marks count as read with the words before them.

    Args:
        screen: everything that is visible.
        whole: the whole answer, as the agent said it.
    """
    return whole[: _read(screen, whole)[0]]


def same(screen: str, whole: str) -> bool:
    """Return whether a screen shows an answer and nothing else.

    Blanks do not count, nor do marks of Markdown that became looks, and what looks are drawn with
    (bullets, boxes, the lines of a table). A table may be shown as a list of its rows, in which
    each cell has its title before it.
    """
    read, rest = _read(screen, whole)
    return read == len(whole) and not rest.strip()


def _read(screen: str, whole: str) -> tuple[int, str]:
    """Read along: give how much of `whole` stands on `screen`, and what follows there."""
    at, read, number = 0, 0, 0
    titles, cells = _tables(whole)
    while number < len(whole):
        while at < len(screen) and screen[at].isspace():
            at += 1
        if number in cells:
            at = _behind_title(screen, at, cells[number])
        if number in titles and at < len(screen) and not _stands(screen, at, titles[number]):
            number += len(titles[number])
        elif whole[number].isspace():
            number += 1
        elif at < len(screen) and screen[at] == whole[number]:
            at, number = at + 1, number + 1
            read = number
        elif hidden := _hidden(whole, number, any_words=at < len(screen)):
            number += hidden
            read = number if at == len(screen) else read
        elif at < len(screen) and screen[at] in _DRAWN:
            at += 1
        else:
            break
    else:
        return len(whole), screen[at:]
    return read, screen[at:]


@lru_cache(maxsize=16)
def _tables(whole: str) -> tuple[dict[int, str], dict[int, str]]:
    """Find the tables of an answer: where titles begin, and cells, each with its title's words.

    The first column is left out: it is shown in its place in every form of a table.
    """
    titles: dict[int, str] = {}
    cells: dict[int, str] = {}
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


def _stands(screen: str, at: int, words: str) -> bool:
    """Return whether words stand on a screen at a place, whatever is drawn before them."""
    while at < len(screen) and (screen[at].isspace() or screen[at] in _DRAWN):
        at += 1
    bare = "".join(c for c in words if c not in _MARKS).strip()
    return screen.startswith(bare, at)


def _behind_title(screen: str, at: int, title: str) -> int:
    """Return the place after the title that precedes a cell in a list of rows."""
    start = at
    while at < len(screen) and (screen[at].isspace() or screen[at] in _BETWEEN_CELLS):
        at += 1
    bare = "".join(c for c in title if c not in _MARKS).strip() + ":"
    return at + len(bare) if screen.startswith(bare, at) else start


def _hidden(whole: str, at: int, *, any_words: bool) -> int:
    """Return how many characters from `at` on formatting hides; 0 if they are shown.

    Of words only those are hidden that a mark owns, and only where other words follow on screen.
    """
    if any_words:
        owned = _OWNED.match(whole, at)
        if owned is not None and (owned[0][0] != "`" or _begins_line(whole, at)):
            return owned.end() - at
        if whole[at] == ":" and _RULE.match(whole, whole.rfind("\n", 0, at) + 1):
            return 1
    return 1 if whole[at] in _MARKS else 0


def _begins_line(whole: str, at: int) -> bool:
    return not whole[whole.rfind("\n", 0, at) + 1 : at].strip()


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value under which a share of all values lies, interpolated linearly.

    Args:
        values: at least one, in any order.
        share: from 0, the least value, to 1, the greatest; 0.5 gives the median.
    """
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    low, high = ordered[below], ordered[above]
    # Infinities have no difference, and no part of one.
    return low if low == high or place == below else low + (high - low) * (place - below)


def _staleness(tokens: Sequence[Token], frames: Sequence[SeenFrame]) -> float:
    begin, end = tokens[0][0], tokens[-1][0]
    totals = itertools.accumulate(len(text) for _, text in tokens)
    changes = sorted(
        [(at, True, total) for (at, _), total in zip(tokens, totals, strict=True)]
        + [(min(frame.at, end), False, len(frame.text)) for frame in frames]
    )
    area, last, said, shown = 0.0, begin, 0, 0
    for at, is_token, total in changes:
        area += max(said - shown, 0) * (at - last)  # marks may be read before they are said
        last = at
        if is_token:
            said = total
        else:
            shown = total
    return area / (end - begin) if end > begin else 0.0


def _delay(tokens: Sequence[Token], frames: Sequence[SeenFrame]) -> float:
    remaining = iter(frames)
    frame = next(remaining)
    total, said = 0.0, 0
    longest = max(len(frame.text) for frame in frames)
    for at, text in tokens:
        said += len(text)
        while len(frame.text) < min(said, longest):
            frame = next(remaining)
        total += len(text) * (max(frame.at, at) - at)
    return total / said
