"""How much of a message a text may take, at most, known from its lines without reading them.

A text is never longer on screen than its source, but for what is added to lines: the mark before
each line of a quote, the blanks that align a table, the titles in its rows. These bounds only grow
while a text grows, so the place where a page is full depends on the text alone, not on the pieces
in which it comes.

By a ruler that counts bytes or escapes, what is written in the place of a mark (a bullet) may be
longer than the mark: each mark counts as the longest.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

from tickertape.markup.cells import readings
from tickertape.markup.cleaning import BREAK, clean
from tickertape.markup.lines import Leaf, State, innermost
from tickertape.markup.rulers import Ruler
from tickertape.markup.spans import BULLETS, DIVIDER
from tickertape.markup.tables import BEHIND_FIRST, BEHIND_TITLE, BETWEEN, GAP, WIDEST, unseen, width

__all__ = ["EMPTY", "SizeBound", "heaviest", "lighter", "may_mark", "may_take", "weighed"]


class Grid(NamedTuple):
    """A table that is open."""

    before: int
    """What the text above it takes."""
    source: int = 0
    """How long its rows are, written one a line."""
    padding: int = 0
    """What its characters take beyond their columns."""
    rows: int = 0
    """How many lines it has."""
    widths: tuple[int, ...] = ()
    """How wide its columns are."""
    titles: int = 0
    """What the titles take that each row says, where it is a list of rows."""
    marked: int = 0
    """How many of its rows count as a span already."""

    @property
    def is_wide(self) -> bool:
        """Whether it may be a list of rows."""
        return sum(self.widths) + len(GAP) * (len(self.widths) - 1) > WIDEST


class SizeBound(NamedTuple):
    """The most that a text can take."""

    units: int = 0
    """Its length."""
    spans: int = 0
    """Its spans."""
    blocks: int = 0
    """Its blocks, with items and rows."""
    last: int = 0
    """What the last line takes."""
    grid: Grid | None = None
    """The table that is open."""
    is_title: bool = False
    """Whether the last line may become a table's header: it has a `|`."""


EMPTY = SizeBound()

# What may begin a span within a line; a code, formula or emphasis takes two of them.
# Each kind begins with a character, so that a search skips all others.
_HALVES = re.compile(r"\*\*?|~~|``*|\$\$*")
_WHOLES = re.compile(r"\]\(|<[A-Za-z]|_(?<!\w_)_*|\\[(\[]")
_MARKS = re.compile(r"[ \t>*+\-.\d)]*")
_BOXES = re.compile(r">|(?:[-*+]|\d[.)])(?=\s)")
_FIRST = re.compile(r"[ \t]*[#>`~$\\=]")
_RULE = re.compile(r"[ \t|:>\-]*")
# An inner quote is marked a second time, a third looks like it (`spans.py`).
_MOST_PREFIXES = 2
# What the lines of an aligned table are made of, besides words.
_RULED = " |-+\n"
# The header of a table, and the rule below it.
_HEADER_LINES = 2
# A tab becomes up to four blanks.
_TAB = 3
# A line break, and the marks of two quotes behind it; what it was made of is as short as can be.
_BROKEN = 1 + 2 * _MOST_PREFIXES
_BREAK_TAG = len("<br>")
# A heavy character weighs at most six characters more: a tab or the mark of an inner quote, doubled
# by a table.
_HEAVIEST = 6


def weighed(
    bound: SizeBound,
    before: State,
    after: State,
    strip: str,
    ruler: Ruler,
    *,
    is_first: bool = True,
) -> SizeBound:
    """Weigh one more line, or a strip of one.

    Args:
        bound: What all above it takes, with the strips before it.
        before: What is open above the line.
        after: What is open behind it, as far as it is known.
        strip: The line, with its line break where it has one.
        ruler: How lengths are measured.
        is_first: Whether the line begins with the strip.
    """
    before, after = innermost(before), innermost(after)
    own = _own(ruler)
    units = ruler.measure(strip) + (_TAB * strip.count("\t") if "\t" in strip else 0)
    if not strip[:-1].isprintable():
        strip = clean(strip)  # a mark counts, whatever unseen stands before it
        units += (_BROKEN * own - 1) * strip.count(BREAK)
    if "<" in strip:  # a line break in a quote brings its marks with it
        units += (_BROKEN * own - _BREAK_TAG) * strip.lower().count("<br")
    if ruler.escapes:
        units += _most_escaped(ruler) * strip.count("&")  # it may write a character by its name
    is_code = before.leaf == Leaf.FENCE and after.boxes == before.boxes
    if not is_first:
        spans = 0 if is_code else _spans(strip)
        last = bound.last + units
        is_title = bound.is_title or "|" in strip
        return SizeBound(
            bound.units + units, bound.spans + spans, bound.blocks, last, bound.grid, is_title
        )
    if is_code:
        units += 2 * _quotes(before, "") * own
        return SizeBound(bound.units + units, bound.spans, bound.blocks, units)
    marks = _MARKS.match(strip)
    lead = marks[0] if marks else ""
    units += _added(before, after, lead) * own if lead or before.boxes else 0
    if own > 1:  # bullets and a divider stand for marks
        units += (own - 1) * (len(lead.strip()) + (len(DIVIDER) if "_" in strip else 0))
    spans = bound.spans + _spans(strip) + bool(_FIRST.match(strip))
    blocks = bound.blocks + _boxes(before, lead, strip) + (not strip.isspace())
    taken, grid = bound.units + units, None
    if bound.grid:
        grid = _grown(bound.grid, strip, ruler)
        taken = max(taken, grid.before + _taken(grid, ruler))
    elif "|" in before.title and _may_delimit(strip):
        # Whether the title is a table's header is known only when this line is complete.
        grid = _begun(bound, before.title, ruler)
        taken = max(taken, grid.before + _taken(grid, ruler) + units)
        spans += 1
    if grid and grid.is_wide:  # the first cell of each row is bold
        spans += grid.rows - grid.marked
        grid = grid._replace(marked=grid.rows)
    grid = grid if after.leaf == Leaf.TABLE else None
    return SizeBound(taken, spans, blocks, units, grid, "|" in strip)


def lighter(bound: SizeBound, guessed: SizeBound, exact: SizeBound) -> SizeBound:
    """Return `bound` with the exact size of the text's beginning in the place of a guessed one."""
    units, spans, blocks = (
        max(0, guessed.units - exact.units),
        max(0, guessed.spans - exact.spans),
        max(0, guessed.blocks - exact.blocks),
    )
    grid = bound.grid._replace(before=bound.grid.before - units) if bound.grid else None
    return bound._replace(
        units=bound.units - units,
        spans=bound.spans - spans,
        blocks=bound.blocks - blocks,
        grid=grid,
    )


def may_take(bound: SizeBound, ruler: Ruler) -> int:
    """Return the most units of a text whose end may become a table by one more character."""
    if bound.grid:
        table = bound.grid.before + _taken(bound.grid, ruler, most=True)
        return max(bound.units, table) + bound.last
    if bound.is_title:  # a header says more between its titles
        line = (WIDEST + 1) * _own(ruler)
        return bound.units + 2 * line + ruler.measure(BETWEEN) * bound.last
    return bound.units


def may_mark(bound: SizeBound) -> int:
    """Return the most spans of a text whose table may become a list by one more character."""
    return bound.spans + (bound.grid.rows + 1 - bound.grid.marked if bound.grid else 0)


def heaviest(ruler: Ruler) -> int:
    """Return how many units a character weighs at most beyond twice its length, with its marks."""
    return _HEAVIEST * _own(ruler) + 2 * ruler.mark + _most_escaped(ruler)


def _own(ruler: Ruler) -> int:
    """Return the most units of one character that a rendering has of its own."""
    return 1 if ruler.unit != "utf8" and not ruler.escapes else _widest_own(ruler)


@lru_cache
def _widest_own(ruler: Ruler) -> int:
    return max(
        map(ruler.measure, f"{''.join(BULLETS)}{DIVIDER}{BEHIND_FIRST}{BETWEEN}{GAP}>-+():.\n")
    )


def _most_escaped(ruler: Ruler) -> int:
    return max((more for _, more in ruler.escapes), default=0)


def _spans(strip: str) -> int:
    return len(_WHOLES.findall(strip)) + (len(_HALVES.findall(strip)) + 1) // 2


def _added(before: State, after: State, lead: str) -> int:
    """Return the most characters added to a line: marks of quotes, digits, an empty line."""
    added = 2 * _quotes(before, lead)
    if len(after.boxes) < len(before.boxes) and not before.is_blank:
        added += 1 + added  # a paragraph behind a list stands apart from it, as in `- ---`
    if before.formula.opener and lead:  # it may be none: quotes and lists are not known
        return added + 2 * _MOST_PREFIXES + 3
    if before.boxes and any(char.isdigit() for char in lead):
        # An item may be written `1.` and be the tenth.
        added += len(str(max(box.number for box in before.boxes) + 1)) - 1
    return added


def _boxes(before: State, lead: str, strip: str) -> int:
    """Count the quotes, items and lists that may begin with a line."""
    begun = len(_BOXES.findall(strip, 0, len(lead) + 1)) if lead else 0
    indent = len(lead) - len(lead.lstrip(" "))
    return begun + (begun > 0 and indent >= sum(box.width for box in before.boxes))


def _may_delimit(line: str) -> bool:
    found = _RULE.match(line)
    return bool(found) and "-" in (found[0] if found else "")


def _quotes(before: State, lead: str) -> int:
    around = sum(box.marker == ">" for box in before.boxes)
    return min(_MOST_PREFIXES, max(around, lead.count(">")))


def _begun(bound: SizeBound, title: str, ruler: Ruler) -> Grid:
    behind = ruler.measure(BEHIND_TITLE)
    titles = ruler.measure(title) + behind * max(map(len, readings(title)))
    grid = Grid(before=bound.units - bound.last, rows=1, titles=titles)  # the rule below the header
    return _grown(grid, title, ruler)


def _grown(grid: Grid, row: str, ruler: Ruler) -> Grid:
    read = readings(row)
    widths = grid.widths
    for cells in read:
        widths = tuple(map(max, zip_longest(widths, map(width, cells), fillvalue=1)))
    gap = max(map(ruler.measure, (GAP, BETWEEN, BEHIND_FIRST)))
    source = grid.source + ruler.measure(row) + _own(ruler) + (gap - 1) * max(map(len, read))
    padding, rows = grid.padding + unseen(row, ruler), grid.rows + 1
    return grid._replace(source=source, padding=padding, rows=rows, widths=widths)


def _taken(grid: Grid, ruler: Ruler, *, most: bool = False) -> int:
    """Return the most units of a table, aligned or as a list of rows."""
    line = WIDEST + 1 if most else min(sum(grid.widths) + len(GAP) * len(grid.widths), WIDEST + 1)
    rows = grid.rows + most
    aligned = line * max(map(ruler.measure, _RULED)) * rows + grid.padding
    if not most and not grid.is_wide:
        return max(grid.source, aligned)
    return max(aligned, grid.source + grid.titles * (rows - _HEADER_LINES))
