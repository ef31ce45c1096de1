"""The open tail of a text, as it can be shown while more may come.

What is open is closed: `**bo` shows a bold "bo", a fence its lines. What may still become something
else is held back until it is known: a `-` alone may become an item, a divider or a title, the first
row of a table is text until the line below it comes. A mark that will vanish with the next words is
not shown. Only previews are healed, never what stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tickertape.markup.cells import last_cell
from tickertape.markup.chunks import chunks
from tickertape.markup.cleaning import begun
from tickertape.markup.details import head, is_begun
from tickertape.markup.fences import MARKERS, opening_of
from tickertape.markup.formulas import Opened, opened_at
from tickertape.markup.lines import FRESH, Leaf, State, begins_anew, step
from tickertape.markup.marks import Open, Stretch, marks
from tickertape.markup.scanner import Row

__all__ = ["healed"]

# What may be the beginning of a list, a title, a quote, a divider, a fence, a table.
_BEGINNING = re.compile(
    r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*"
    r"(?:[-=*_+#>|~`:\\]+|\d{1,9}[.)]?|(?:[-*_][ \t]*)+|\[[ xX]?\]?|\|[ \t|:\-]*)?[ \t]*\Z"
)
_BOX = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[(?:[ xX]\]?)?[ \t]*\Z")
_LEAD = re.compile(
    r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+[> \t]*)*(?:\[[ xX]\][ \t]+)?(?:#{1,6}[ \t]+)?"
)
# A paragraph with more lines is healed less exactly.
_MOST_ROWS = 40
_DELIMITER = re.compile(r"[ \t>|:\-]*\Z")
# What may be the beginning of a tag, an entity, an escape or an image.
_PENDING = re.compile(r"(?:<(?:[A-Za-z/!][^<>\n]{0,60})?|&(?:#?\w{1,31})?|\\|(?<!\S)!)\Z")
# What may be a formula in LaTeX's brackets. A longer one is shown as it comes: it may be none.
_FORMULA = re.compile(r"(?<!\\)\\(?:\((?:(?!\\\))[^\n$`]){0,80}|\[(?:(?!\\\])[^\n$`]){0,80})\Z")
_LONGEST_FORMULA = 300
_RUN = re.compile(r"(?:\*+|_+|~+|`+|!?\[|\$+)\Z")
_NAME = re.compile(r"\w*\s*\Z")
# Nobody means more marks that wait at an end; each is found by reading all of the words.
_MOST_PENDING = 16
# A `<details>` without a title is shown after so many characters.
_LONGEST_SUMMARY = 300


def healed(chunk: str, rows: Sequence[Row] = (), shift: int = 0) -> str:
    """Give what can be shown of the last chunk of a text; it may be empty.

    Args:
        chunk: The chunk.
        rows: Its complete lines, where they are known.
        shift: Where in the text of `rows` the chunk begins.
    """
    return _healed(chunk, rows, shift, is_cut=False)


def _healed(chunk: str, rows: Sequence[Row], shift: int, *, is_cut: bool) -> str:
    """Heal a chunk; where it is cut, a line follows that makes no table of the one above it."""
    chunk, whole = begun(chunk), len(chunk)
    shift += whole - len(chunk)
    begin = chunk[:8].lower()
    if "<details".startswith(begin) and begin != "<details":
        return ""
    place = _place(chunk, rows, shift)
    if begin == "<details":
        return _details(chunk, place.after)
    before, after, line = place.before, place.after, chunk[place.line_at :]
    held_at = -1
    if before.leaf == Leaf.FENCE and before.boxes == after.boxes:
        return _fence(chunk, place.line_at, before)
    if after.leaf == Leaf.FORMULA:
        return _formula(chunk, after.formula)
    if before.leaf == Leaf.FORMULA and before.closing in line:
        leaf_at = place.line_at + line.index(before.closing) + len(before.closing)
        return chunk[:leaf_at] + _words(chunk[leaf_at:])
    if after.formula.opener and (at := opened_at(chunk[place.leaf_at :])) >= 0:
        at += place.leaf_at
        if len(chunk) - at <= _LONGEST_FORMULA:
            return _healed(chunk[:at], rows, shift, is_cut=True) if at else ""
    may_delimit = not is_cut and _may_delimit(before, line)
    if before.leaf != Leaf.TABLE and (after.leaf == Leaf.TABLE or may_delimit):
        held_at = place.title_at
    elif _is_held(line, before, after):
        held_at = place.line_at
    if held_at >= 0:
        shorter = chunk[:held_at]
        return _healed(shorter, rows, shift, is_cut=True) if shorter.strip() else ""
    leaf_at = place.line_at + last_cell(line) if before.leaf == Leaf.TABLE else place.leaf_at
    return chunk[:leaf_at] + _words(chunk[leaf_at:])


def _is_held(line: str, before: State, after: State) -> bool:
    """Say whether a line that is not complete may still become something else."""
    if not line:
        return False
    begins_fence = after.leaf == Leaf.FENCE
    may_head = before.leaf != Leaf.TABLE and line.lstrip(" >").startswith("|")
    return begins_fence or may_head or bool(_BEGINNING.match(line) or _BOX.match(line))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the last line of a chunk stands."""

    before: State
    """What is open above it."""
    after: State
    """What is open behind it."""
    title_at: int
    """Where the line above it begins."""
    line_at: int
    """Where it begins."""
    leaf_at: int
    """Where the words of its paragraph begin."""


def _place(chunk: str, rows: Sequence[Row], shift: int) -> _Place:
    """Read the lines of a chunk, from the last place where a paragraph begins for certain."""
    known = [row for row in rows[-_MOST_ROWS:] if shift <= row.start < shift + len(chunk)]
    after, at = FRESH, 0
    for row in reversed(known[:-1]):
        if row.start > shift and begins_anew(chunk, row.start - shift):
            after, at = row.state, row.start - shift
            break
    leaf_at = line_at = at
    while True:
        end = chunk.find("\n", at)
        line = chunk[at : end if end >= 0 else len(chunk)]
        title_at, line_at, before = line_at, at, after
        after = step(before, line.rstrip("\r"))[0] if line or end >= 0 else before
        is_same = before.leaf == after.leaf == Leaf.PARAGRAPH
        if is_same and not before.formula.opener:
            is_same = not begins_anew(line, 0)
        if line and not is_same:
            found = _LEAD.match(line)
            leaf_at = at + (found.end() if found else 0)
        if end < 0:
            return _Place(before, after, title_at, line_at, leaf_at)
        if after.is_done:  # a formula is whole: none of its marks waits for another
            leaf_at = end + 1
        at = end + 1


def _may_delimit(before: State, line: str) -> bool:
    """Say whether a line may become the one that makes a table of the line above it."""
    return (
        before.leaf == Leaf.PARAGRAPH
        and before.title.lstrip().startswith("|")
        and bool(_DELIMITER.match(line))
    )


def _fence(chunk: str, line_at: int, before: State) -> str:
    """Hold back what may become the end of a fence, and a fence that holds nothing yet."""
    line = chunk[line_at:].rstrip()
    runs = {before.closing[0], *(opening[0] for opening in before.inner[-1:])}
    chunk = chunk[:line_at] + line.rstrip("".join(runs))
    held = chunk.rstrip(" \t>\n")
    last_at = held.rfind("\n") + 1
    last = opening_of(MARKERS.sub("", held[last_at:], count=1))
    is_opening = last is not None and last.again == before.again and not last.first
    if last_at < line_at and is_opening and not before.inner:
        return chunk[:last_at]
    return chunk


def _formula(chunk: str, opened: Opened) -> str:
    """Close a formula, without what may become its end."""
    if opened.opener.startswith("\\begin"):
        return chunk
    bare = chunk.rstrip().rstrip("$\\")
    return bare + opened.closing if bare.strip(" $\\[\n") else ""


def _details(chunk: str, after: State) -> str:
    """Heal what the innermost details hold; those that are closed are whole."""
    begun = head(chunk)
    if begun is None or (begun[2] is None and not is_begun(chunk, begun.end())):
        return "" if len(chunk) < _LONGEST_SUMMARY else chunk
    if after.leaf != Leaf.DETAILS:
        return chunk
    *parts, last = chunks(chunk[begun.end() :]) or [""]
    return chunk[: begun.end()] + "".join(parts) + healed(last)


def _words(text: str) -> str:
    """Heal the words of a paragraph."""
    for _ in range(_MOST_PENDING):
        shorter = _without_pending(text)
        if shorter == text:
            break
        text = shorter
    found = marks(text)
    closing: list[str] = []
    for mark in reversed(found.open):
        if mark.mark in {"[", "![", "]("} or mark.mark.endswith("]("):
            text = text[: mark.start] + text[mark.end :]
        else:
            closing.append(mark.closing)
    if closing:
        text = text.rstrip()
    return text + "".join(closing)


def _without_pending(text: str) -> str:
    """Take away what may still become something else at the end of a text."""
    found = marks(text)
    opened = found.open[-1] if found.open else None
    if opened and opened.mark[0] == "`":
        return _code(text, opened)
    if opened and opened.mark == "](":
        return text[: text.index("]", opened.start)]
    if opened and _hides(text, opened):
        return text[: opened.start].rstrip()
    if pending := _PENDING.search(text):
        return text[: pending.start()].rstrip()
    if formula := _FORMULA.search(text):
        return text[: formula.start()].rstrip()
    run = _RUN.search(text)
    if run and not _is_closed(found.stretches, len(text), run[0][0]):
        return text[: run.start()].rstrip()
    return text


def _hides(text: str, opened: Open) -> bool:
    """Say whether all behind a mark waits: for its meaning, or because there is nothing."""
    inner = text[opened.end :]
    return (
        opened.mark[0] in "$!"
        or not inner.strip()
        or (opened.mark == "__" and bool(_NAME.match(inner)))  # such a name is not bold
    )


def _is_closed(stretches: tuple[Stretch, ...], end: int, char: str) -> bool:
    """Say whether the last characters are known to be an escape, or the end of code or a formula.

    Emphasis that ends may have more marks to come.
    """
    return any(stretch.end == end and (char in "$`" or not stretch.mark) for stretch in stretches)


def _code(text: str, opened: Open) -> str:
    """Hold back what may become the end of code."""
    inner = text[opened.end :].rstrip("`")
    if not inner.strip():
        return text[: opened.start].rstrip()
    return text[: opened.end] + inner
