"""Where a page of Markdown ends: behind a block, else an item or line, else a sentence, a word.

What is open there is closed, and opened again on the next page. A cut depends on the text up to
where the page is full, and on nothing that follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tickertape.markup.cuts import whole
from tickertape.markup.lines import Leaf, State, begins_anew, goes_on, innermost, reopened, step
from tickertape.markup.marks import Marks, marks
from tickertape.markup.pages import Cut, Limits
from tickertape.markup.scanner import ScannedLine, Scanner
from tickertape.markup.signs import NUMBER

__all__ = ["MOST_OPENING", "cut_at"]

MOST_OPENING = 4
"""What opens the next page again may take a quarter of it; more is left away."""

# A boundary in the first half would leave the message half empty: the next kind is tried.
_LEAST_SHARE = 0.5
_SENTENCE = re.compile(r"[.!?…:;][\"'”’)\]*_`]*\s+|[。！？；]")
_WORD = re.compile(r"\s+")
_HEADING = re.compile(r"[ >]{0,8}(#{1,6}) ")
# No one means more emphasis around a word; what is open beyond that is not closed.
_MOST_MARKS = 3
# The longest closing marks: `<!---->`, which keeps a mark from standing behind a blank, and four.
_CLOSING_ROOM = 16
# What begins a fence where it begins a page, or may when more is known: words would become its
# language, which is not shown.
_FENCE = re.compile(r"`{1,2}\Z|`{3}|~{1,2}\Z|~{3}")
# What may begin another block there: a cut is made before it only where there is no better place.
_BEGINNING = re.compile(
    rf"[>|=]|[-+*](?:\s|\Z)|[-_*]{{3}}|#{{1,6}}(?:\s|\Z)|{NUMBER}(?:[.)]|\Z)|\$(?:\$|\Z)|\\(?:\[|\Z)"
    rf"|{_FENCE.pattern}"
)
# No longer run of marks is gone back over.
_LONGEST_RUN = 64
_EMPTY_TAG = "<!---->"
# What may become the next number of a list; cut off here, it would be words.
_NUMBER_BEGUN = re.compile(rf"[ >]*{NUMBER}\Z")


def cut_at(text: str, origin: int, scanner: Scanner, limits: Limits) -> Cut:
    """Return where a page that is too full ends.

    Args:
        text: What opens the page again, and its source.
        origin: Where the source begins.
        scanner: What is known of the lines; the page is full.
        limits: What the page may hold.
    """
    hard = max(origin + 1, (scanner.full_at or 1) - 1)
    floor = origin + int((hard - origin) * _LEAST_SHARE)
    at, row = _between_lines(text, origin, floor, hard, scanner.rows)
    if row is not None:
        line = _line(text, row, hard)
        opening = "" if row.starts else reopened(row.state, line)
        closing = "" if row.starts else _closing(innermost(row.state))
        return Cut(at - origin, closing, _bearable(opening, limits))
    return _in_line(text, origin, floor, hard, scanner.rows, limits)


def _between_lines(
    text: str, origin: int, floor: int, hard: int, rows: list[ScannedLine]
) -> tuple[int, ScannedLine | None]:
    """Find the best line that begins behind `floor`."""
    best: tuple[int, int] | None = None
    for index in reversed(range(len(rows))):
        row = rows[index]
        if row.start <= max(floor, origin):
            break
        if not text[origin : row.start].strip():
            continue
        if index and _begins_fence(innermost(rows[index - 1].state), innermost(row.state)):
            continue  # nothing of it would stand above the cut but its language
        line = _line(text, row, hard)
        if _NUMBER_BEGUN.match(line) and any(box.number for box in innermost(row.state).boxes):
            continue
        rank = _rank(row, line)
        if rank is not None and (best is None or rank < best[0]):
            best = rank, index
    if best is None:
        return 0, None
    index = _before_heading(text, rows, best[1], floor)
    return rows[index].start, rows[index]


def _begins_fence(above: State, below: State) -> bool:
    """Return whether the line between two states opens a fence."""
    is_same = above.leaf == Leaf.FENCE and above.again == below.again
    return below.leaf == Leaf.FENCE and not is_same


def _line(text: str, row: ScannedLine, hard: int) -> str:
    end = text.find("\n", row.start, hard)
    return text[row.start : end if end >= 0 else hard]


def _rank(row: ScannedLine, line: str) -> int | None:
    """Return how good a cut before a line is, 0 is best; None if it would change a meaning."""
    if row.starts:
        return 0
    state = innermost(row.state)
    if state.formula.opener and _ends_formula(state, line):
        return None  # half of it would be none
    if state.leaf in (Leaf.FENCE, Leaf.FORMULA):
        return 5 if state.is_blank or not line.strip() else 6
    if not line.strip():
        return None
    after, _ = step(state, line)
    kept = goes_on(state, line)
    if len(after.boxes) > kept and after.boxes[kept].marker != ">":
        return 1 + min(kept, 3)
    if state.leaf == Leaf.TABLE or state.is_blank:
        return 4
    if after.leaf == Leaf.TABLE:
        return None  # the line below a header
    return 6


def _ends_formula(state: State, line: str) -> bool:
    """Return whether a line belongs to a formula within words, or ends one."""
    return state.leaf != Leaf.FORMULA or state.closing in line


def _closing(state: State) -> str:
    """Return the end of a formula that a page is cut in; an environment needs none."""
    is_environment = state.closing.startswith("\\end")
    return state.closing if state.leaf == Leaf.FORMULA and not is_environment else ""


def _before_heading(text: str, rows: list[ScannedLine], index: int, floor: int) -> int:
    """Move a cut before a heading that would end the page."""
    above = index - 1
    while above > 0 and not text[rows[above].start : rows[above + 1].start].strip():
        above -= 1
    row = rows[above]
    if row.start > floor and row.starts and _HEADING.match(text, row.start):
        return above
    return index


def _bearable(opening: str, limits: Limits) -> str:
    """Return the text that reopens a page, unless it would leave too little room."""
    if limits.ruler.measure(opening) * MOST_OPENING > limits.length:
        return ""
    return opening


def _in_line(
    text: str, origin: int, floor: int, hard: int, rows: list[ScannedLine], limits: Limits
) -> Cut:
    """Find the best place in the last line that fits."""
    row = rows[-1]
    start = max(row.start, origin)
    floor = max(floor, start)
    after = innermost(step(row.state, text[row.start : hard])[0])
    if {innermost(row.state).leaf, after.leaf} & {Leaf.FENCE, Leaf.FORMULA}:
        found, begin = Marks((), ()), start
    else:
        begin = _paragraph(text, rows, row)
        found = marks(text[begin:hard])
    for at in _places(text, floor, hard):
        if not _enclosing(found, at - begin):
            return _cut(text, origin, at, row, (), limits)
    for at in _places(text, floor, max(hard - _CLOSING_ROOM, origin + 1)):
        around = _enclosing(found, at - begin)
        is_bearable = len(around) <= _MOST_MARKS and not _FENCE.match(
            "".join(around) + text[at : at + 1]
        )
        if all(around) and is_bearable:
            return _cut(text, origin, at, row, around, limits)
    at = next(_places(text, floor, hard), 0) or whole(text, hard, origin + 1)
    while at > max(origin + 1, hard - _LONGEST_RUN) and _FENCE.match(text, at):
        at -= 1
    return _cut(text, origin, at, row, (), limits)


def _places(text: str, floor: int, hard: int) -> Iterator[int]:
    """Yield the places where the text can be split, best first."""
    sentences = [found.end() for found in _SENTENCE.finditer(text, floor, hard)]
    ends = [found.end() for found in _WORD.finditer(text, floor, hard)]
    for places in (sentences, ends):
        yield from (at for at in reversed(places) if floor < at and not _BEGINNING.match(text, at))
    yield from (at for at in reversed(ends) if floor < at and not _FENCE.match(text, at))
    at = whole(text, hard, floor)
    if at > floor and not _FENCE.match(text, at):
        yield at


def _enclosing(found: Marks, at: int) -> tuple[str, ...]:
    """Return the marks around a place; "" for marks that cannot be closed and reopened."""
    closed = [(s.start, s.mark) for s in found.stretches if s.start < at < s.end]
    opened = [
        (mark.start, "" if mark.mark.endswith(("[", "](")) else mark.mark)
        for mark in found.open
        if mark.start < at
    ]
    return tuple(dict.fromkeys(mark for _, mark in sorted(closed + opened)))


def _paragraph(text: str, rows: list[ScannedLine], row: ScannedLine) -> int:
    """Return where the paragraph of a line begins."""
    for above in reversed(rows[: rows.index(row) + 1]):
        is_first = above.starts or innermost(above.state).leaf != Leaf.PARAGRAPH
        if is_first or begins_anew(text, above.start):
            return above.start
    return 0


def _cut(
    text: str, origin: int, at: int, row: ScannedLine, around: tuple[str, ...], limits: Limits
) -> Cut:
    line = text[row.start : at]
    after, _ = step(row.state, line)
    opening = reopened(after, None)
    after = innermost(after)
    if after.leaf not in (Leaf.FENCE, Leaf.FORMULA) and (found := _HEADING.match(line)):
        opening += f"{found[1]} "
    opening = _bearable(opening, limits) + "".join(around)
    closing = _closing(after)
    closing += "".join(f"</{mark[1:]}" if mark[0] == "<" else mark for mark in reversed(around))
    if closing and text[at - 1].isspace() and closing[0] in "*_~":
        closing = _EMPTY_TAG + closing
    return Cut(at - origin, closing, opening)
