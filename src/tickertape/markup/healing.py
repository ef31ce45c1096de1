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
from typing import Literal, TypeAlias

from tickertape.markup.cells import columns, last_cell, protected
from tickertape.markup.chunks import chunks
from tickertape.markup.cleaning import begun, clean
from tickertape.markup.details import head, is_begun
from tickertape.markup.emphasis import BRACKET, END
from tickertape.markup.fences import MARKERS, opening_of
from tickertape.markup.formulas import Opened, is_mathematical, opened_at
from tickertape.markup.lines import FRESH, HTML, Leaf, State, begins_anew, content, goes_on, step
from tickertape.markup.marks import OpenMark, Stretch, marks
from tickertape.markup.scanner import ScannedLine
from tickertape.markup.signs import FOLDER, NUMBER, foldered, may_be_sign

__all__ = ["healed"]

# What may be the beginning of a list, a title, a quote, a divider, a fence, a table.
_BEGINNING = re.compile(
    rf"[ \t>]*(?:(?:[-*+]|{NUMBER}[.)])[ \t]+)*"
    rf"(?:[-=*_+#>|~`:\\]+|{NUMBER}[.)]?|(?:[-*_][ \t]*)+|\[[ xX]?\]?|\|[ \t|:\-]*)?[ \t]*\Z"
)
_BOX = re.compile(rf"[ \t>]*(?:[-*+]|{NUMBER}[.)])[ \t]+\[(?:[ xX]\]?)?[ \t]*\Z")
_LEAD = re.compile(
    rf"[ \t>]*(?:(?:[-*+]|{NUMBER}[.)])[ \t]+[> \t]*)*(?:\[[ xX]\][ \t]+)?(?:#{{1,6}}[ \t]+)?"
)
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*\Z")
# Where HTML may be, nothing but an empty line is known to begin again.
_MAY_BE_HTML = re.compile(rf"^[ \t>]*(?:(?:[-*+]|{NUMBER}[.)])[ \t]+)*<", re.MULTILINE)
_EMPTY = re.compile(r"[ \t]*$", re.MULTILINE)
_BEGUN_TAG = re.compile(r"<(?:[A-Za-z/!][^<>\n]{0,60})?\Z")
_TAG_ALONE = re.compile(r"</?[A-Za-z][^<>\n]*>[ \t\r]*\Z")
_DELIMITER = re.compile(r"[ \t>]*[ \t|:\-]*\Z")
# What may be the beginning of a tag, an entity, an escape, an image or a server's name. Each of
# these begins with a character, so that a search skips all others.
_PENDING = re.compile(
    r"(?:<(?:[A-Za-z/!][^<>\n]{0,60})?|&(?:#?\w{1,31})?|\\|!(?:(?<!\S!)|(?<=[*_~(\[]!))"
    r"|\\\\(?<![\w\\]\\\\)[\w.\-]{0,64})\Z"
)
# What may be a formula in LaTeX's brackets. A longer one is shown as it comes: it may be none.
_FORMULA = re.compile(r"\\(?<!\\\\)(?:\((?:(?!\\\))[^\n$`]){0,80}|\[(?:(?!\\\])[^\n$`]){0,80})\Z")
# No beginning of these is longer.
_LONGEST_TAIL = 100
_LONGEST_FORMULA = 300
_RUNS = (*"*_~`[$",)
_RUN = re.compile(r"(?:\*+|_+|~+|`+|!?\[|\$+)\Z")
# Whether a quotation mark opens, or a path begins, is known from what follows it.
_QUOTES = ('"', "'", "/")
_QUOTED = re.compile(r"(?:\*+|_+|~+)[\"'/]\Z")
_OPERATION = re.compile(r"\s[-+=<>/|&]|[\d,;]\s|\s\d")
_NAME = re.compile(r"(?:[A-Za-z0-9]|\\?_)*\s*\Z")
# No one means more marks that wait at an end; each is found by reading all of the words.
_MOST_PENDING = 16
_Reading: TypeAlias = Literal["words", "code", "html", "comment", "begun comment", "begun program"]
_RAW = frozenset({"html", "begun comment", "begun program"})
_BRACKETS = {"[", "![", "]("}
_MARKS = ("*", "_", "~")
# What says nothing between marks, however they may be meant.
_NOTHING = re.compile(r"[*_~\s]*\Z")
# So long is no title of a column: words that begin with a `|` are shown as they come.
_LONGEST_TITLE = 80
# A `<details>` without a title is shown after so many characters.
_LONGEST_SUMMARY = 300


def healed(chunk: str, rows: Sequence[ScannedLine] = (), shift: int = 0) -> str:
    """Return the part of a text's last chunk that can be shown; it may be empty.

    Args:
        chunk: The chunk.
        rows: Its lines, the last one included, where they are known.
        shift: Where in the text of `rows` the chunk begins.
    """
    cleaned = clean(chunk)
    return _healed(cleaned, () if cleaned != chunk else rows, shift, 0)


def _healed(chunk: str, rows: Sequence[ScannedLine], shift: int, cuts: int) -> str:
    """Heal a chunk; where it was cut, a line follows that makes no table of the one above it."""
    chunk, whole = begun(chunk), len(chunk)
    shift += whole - len(chunk)
    begin = chunk[:8].lower()
    if "<details".startswith(begin) and begin != "<details":
        return ""
    place = _place(chunk, rows, shift)
    if begin == "<details":
        return _details(chunk, place.after)
    before, after, line = place.before, place.after, chunk[place.line_at :]
    if before.leaf == Leaf.FENCE and before.boxes == after.boxes:
        return _fence(chunk, place.line_at, before)
    if after.leaf == Leaf.FORMULA:
        return _formula(chunk, after.formula)
    if before.leaf == Leaf.FORMULA and before.closing in line:
        leaf_at = place.line_at + line.index(before.closing) + len(before.closing)
        return chunk[:leaf_at] + _words(chunk[leaf_at:])
    if after.formula.opener and (at := opened_at(chunk[place.leaf_at :])) >= 0:
        at += place.leaf_at
        if len(chunk) - at <= _LONGEST_FORMULA and cuts < _MOST_PENDING:
            return _healed(chunk[:at], rows, shift, cuts + 1) if at else ""
    held_at = _held_at(place, line, is_cut=cuts > 0)
    if held_at < 0:
        is_row = before.leaf == Leaf.TABLE and not place.is_raw
        leaf_at = place.line_at + _cell_at(before, line) if is_row else place.leaf_at
        text = _words(chunk[leaf_at:])
        if text or is_row or cuts >= _MOST_PENDING or not _is_marker(chunk, leaf_at):
            return chunk[:leaf_at] + text
        held_at = chunk.rfind("\n", 0, leaf_at) + 1
    shorter = chunk[:held_at]
    return _healed(shorter, rows, shift, cuts + 1) if shorter.strip() else ""


def _held_at(place: _LastLine, line: str, *, is_cut: bool) -> int:
    """Return from where the end is held back as ambiguous; -1 if nothing is."""
    before, after = place.before, place.after
    may_delimit = not is_cut and _may_delimit(before, line)
    if before.leaf != Leaf.TABLE and (after.leaf == Leaf.TABLE or may_delimit):
        return place.title_at
    return place.line_at if _is_held(line, before, after) else -1


def _cell_at(table: State, line: str) -> int:
    """Return where the cell that is being written begins; one without a column is raw."""
    at = last_cell(foldered(line))
    before = (content(table, line[:at]) or "").strip()
    width = columns(table.again.split("\n")[1])
    is_raw = before not in {"", "|"} and columns(protected(before, width)) >= width
    return len(line) if is_raw else at


def _is_marker(chunk: str, at: int) -> bool:
    """Return whether only block markers stand before a place, and something after it."""
    line_at = chunk.rfind("\n", 0, at) + 1
    return line_at < at < len(chunk) and line_at + _lead(chunk[line_at:]) == at


def _is_held(line: str, before: State, after: State) -> bool:
    """Return whether an incomplete line may still become something else."""
    if not line:
        return False
    begins_fence = after.leaf == Leaf.FENCE
    may_head = (
        before.leaf != Leaf.TABLE
        and line.lstrip(" >").startswith("|")
        and len(line) - line.rfind("|") <= _LONGEST_TITLE
    )
    may_mark = _BEGINNING.match(line) or _BOX.match(line) or may_be_sign(line)
    return begins_fence or may_head or bool(may_mark)


@dataclass(frozen=True, slots=True)
class _LastLine:
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
    """Where the words of its paragraph begin; where marks mean nothing in them: a tag at the end
    that has begun, or the end."""
    is_raw: bool
    """Whether marks mean nothing in it: HTML, indented code."""


def _place(chunk: str, rows: Sequence[ScannedLine], shift: int) -> _LastLine:
    """Read the lines of a chunk, from the last place where a paragraph begins for certain."""
    after, at, row = _certain(chunk, rows, shift)
    leaf_at = line_at = at
    reading: _Reading = "words"
    html = FRESH
    is_title = False
    while True:
        end = chunk.find("\n", at)
        line = chunk[at : end if end >= 0 else len(chunk)]
        title_at, line_at, before, above = line_at, at, after, reading
        row += 1
        if line or end >= 0:
            after = _behind(before, line, rows[row : row + 1], shift + end + 1)
        is_same = not is_title and above not in _RAW and _goes_on(before, after, line)
        if line:
            lead = _lead(line)
            is_html = (
                end >= 0 and not is_same and ">" in line and bool(_TAG_ALONE.match(line, lead))
            )
            still = _still_html(line, above, html) if above in _RAW else None
            if still:
                reading = still
            else:
                reading = "html" if is_html else _read(line, above, after, is_same=is_same)
                html = _around(before, after, line) if reading in _RAW else FRESH
            leaf_at = leaf_at if is_same and reading == above == "words" else at + lead
        is_title = is_same and reading == "words" and _is_underline(before, after, line)
        # A fence, or an empty line, ends HTML; a rule or a title does not.
        ends = reading not in _RAW or before.leaf == Leaf.FENCE or not line.strip(" \t\r")
        is_over = after.leaf == Leaf.NONE and ends
        if end >= 0 and (is_over or is_title):
            leaf_at, reading = end + 1, "words"  # an empty line, a title: it is complete
        if end < 0:
            if reading != "words":
                tag = _BEGUN_TAG.search(line) if reading in _RAW else None
                leaf_at = line_at + tag.start() if tag else len(chunk)
            return _LastLine(before, after, title_at, line_at, leaf_at, reading != "words")
        if after.is_done:  # a formula is whole: none of its marks waits for another
            leaf_at = end + 1
        at = end + 1


def _certain(chunk: str, rows: Sequence[ScannedLine], shift: int) -> tuple[State, int, int]:
    """Return what is open at the last place where a paragraph begins for certain.

    The line above the last one is read in any case.

    Returns:
        What is open, the place, and the number of the line there; one that is too large for
        what is not known.
    """
    is_certain = _EMPTY.match if "<" in chunk and _MAY_BE_HTML.search(chunk) else begins_anew
    line_at = chunk.rfind("\n") + 1
    for index in reversed(range(len(rows))):
        row = rows[index]
        at = row.start - shift
        if at <= 0:
            return FRESH, 0, index if at == 0 else len(rows)
        if at < line_at and is_certain(chunk, at):
            end = chunk.find("\n", at)
            line, above = chunk[at:end], row.state
            after = _behind(above, line, rows[index + 1 : index + 2], shift + end + 1)
            if above.leaf != Leaf.PARAGRAPH or not _goes_on(above, after, line):
                return above, at, index
    return FRESH, 0, len(rows)


def _behind(above: State, line: str, row: Sequence[ScannedLine], at: int) -> State:
    """Return what is open behind a line: as it was read before, if `row` begins behind it, `at`."""
    return row[0].state if row and row[0].start == at else step(above, line.rstrip("\r"))[0]


def _goes_on(before: State, after: State, line: str) -> bool:
    """Return whether a line continues the paragraph; `2)` begins no list in it."""
    is_open = before.leaf == after.leaf == Leaf.PARAGRAPH and before.boxes == after.boxes
    if is_open and before.formula.opener:
        return True
    return is_open and (not begins_anew(line, 0) or goes_on(before, line) == len(before.boxes))


def _is_underline(before: State, after: State, line: str) -> bool:
    """Return whether a line that continues a paragraph makes a title of it."""
    return bool(_UNDERLINE.match(after.title)) and content(before, line) is not None


def _lead(line: str) -> int:
    found = _LEAD.match(line)
    return found.end() if found else 0


def _around(before: State, after: State, line: str) -> State:
    """Return what is open around HTML that begins with a line: it is no lazy line of an item."""
    is_lazy = after.boxes == before.boxes and content(before, line) is None
    return FRESH if is_lazy else after


def _still_html(line: str, above: _Reading, html: State) -> _Reading | None:
    """Return how a line that continues HTML is read; None if the HTML ends above it.

    Args:
        line: The line.
        above: As what the line above it is read: HTML.
        html: What is open behind the line that begins the HTML: where it ends, the HTML does.
    """
    held = content(html, line)
    if held is None:
        return None
    if above == "html":
        return "html" if held.strip(" \t") else None
    return "comment" if ("-->" if above == "begun comment" else "?>") in held else above


def _read(line: str, above: _Reading, after: State, *, is_same: bool) -> _Reading:
    """Return how a line of a paragraph is read, where it continues no HTML."""
    if "<" in line and (found := HTML.match(line, _lead(line))):
        if found[0].endswith("?"):
            return "comment" if "?>" in line else "begun program"
        if not found[0].endswith("--"):
            return "html"
        return "comment" if "-->" in line else "begun comment"
    if after.leaf == Leaf.PARAGRAPH and after.title.startswith("    "):
        return "code" if above in {"code", "comment"} or not is_same else "words"
    return "words"


def _may_delimit(before: State, line: str) -> bool:
    """Return whether a line may become the delimiter row of a table."""
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
    is_line = opened.opener == "\\[" and "\n" not in bare and not bare[2:3].isspace()
    if is_line and not is_mathematical(bare[2:]):
        return ""  # it may hold words
    return bare + opened.closing if bare.strip(" $\\[\n") else ""


def _details(chunk: str, after: State) -> str:
    """Heal what the innermost details hold; those that are closed are whole."""
    begun = head(chunk)
    if begun is None or (begun[2] is None and not is_begun(chunk, begun.end())):
        return "" if len(chunk) < _LONGEST_SUMMARY else chunk
    if after.leaf != Leaf.DETAILS or chunk.lower().count("<details") > _MOST_PENDING:
        return chunk
    *parts, last = chunks(chunk[begun.end() :]) or [""]
    return chunk[: begun.end()] + "".join(parts) + healed(last)


def _words(text: str) -> str:
    """Heal the words of a paragraph."""
    whole = text = foldered(text)
    for _ in range(_MOST_PENDING):
        shorter = _without_pending(text)
        if shorter == text:
            break
        text = shorter
    opened = marks(text).open if text == whole else _open(text, whole)
    if any(mark.mark in _BRACKETS for mark in opened):
        text, whole = (_without_brackets(each, opened) for each in (text, whole))
        opened = _open(text, whole)
    if opened:
        likely = frozenset(marks(text).open)
        text = _without_begun(text)
        if text.endswith(FOLDER):  # it may part no folders any more
            text = foldered(text.replace(FOLDER, "\\"))
        text = text[: len(text) - _escapes(text)].rstrip()
        text += "".join(_closing(mark, is_likely=mark in likely) for mark in reversed(opened))
    return text.replace(FOLDER, "\\")


def _closing(mark: OpenMark, *, is_likely: bool) -> str:
    """Return what closes a mark, at the end; behind `END` it closes what more likely is open."""
    if mark.mark[0] == "`":
        return mark.closing
    return (END if is_likely else END + BRACKET) + mark.closing


def _open(text: str, whole: str) -> Sequence[OpenMark]:
    """Return the marks that are open behind the beginning of a text.

    One that was taken for a word's own character is open as well where what is held back closes it,
    and goes on behind its close.
    """
    opened = list(marks(text).open)
    if len(text) < len(whole.rstrip()):
        known = {at for mark in opened for at in range(mark.start, mark.end)}
        opened += [
            OpenMark(stretch.start, stretch.mark)
            for stretch in marks(whole, is_complete=True).stretches
            if stretch.start < len(text) < stretch.end < len(whole)
            and stretch.mark.startswith(_MARKS)
            and stretch.start not in known
        ]
        opened.sort(key=lambda mark: mark.start)
    return opened


def _without_brackets(text: str, opened: Sequence[OpenMark]) -> str:
    """Take away the brackets of links that are open: their words are shown."""
    for mark in reversed(opened):
        if mark.mark in _BRACKETS:
            text = text[: mark.start] + BRACKET + text[mark.end :]
    return text


def _without_begun(text: str) -> str:
    """Take away blanks at the end, and lines that say nothing yet: the `>` of a quote."""
    text = text.rstrip()
    while (at := text.rfind("\n") + 1) and not text[at:].strip(" \t>"):
        text = text[:at].rstrip()
    return text


def _escapes(text: str) -> bool:
    """Return whether a text ends with a backslash that is not escaped itself."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _without_pending(text: str) -> str:
    """Take away what may still become something else at the end of a text."""
    bare = text.rstrip()
    if len(bare) < len(text) and _escapes(bare):
        text = bare[:-1]  # it may break a line, which has not begun
    found = marks(text)
    opened = found.open[-1] if found.open else None
    if opened and opened.mark[0] == "`":
        return _code(text, opened)
    if opened and opened.mark == "](":
        return text[: opened.words_end]
    if opened and _hides(text, opened):
        return text[: opened.start].rstrip()
    tail = max(0, len(text) - _LONGEST_TAIL)
    if pending := _PENDING.search(text, tail):
        return text[: pending.start()].rstrip()
    if formula := _FORMULA.search(text, tail):
        return text[: formula.start()].rstrip()
    if (quoted := text.endswith(_QUOTES) and _QUOTED.search(text)) and not any(
        stretch.end == quoted.end() - 1 for stretch in found.stretches
    ):
        return text[: quoted.start()].rstrip()
    run = _RUN.search(text) if text.endswith(_RUNS) else None
    if run and not _is_closed(found.stretches, len(text), run[0][0]):
        at = run.start() + _escapes(text[: run.start()])
        shorter = text[:at].rstrip()
        return text if _closes_doubt(text, at, found.stretches, shorter) else shorter
    return text


def _closes_doubt(text: str, at: int, stretches: tuple[Stretch, ...], shorter: str) -> bool:
    """Return whether a run at the end closes one that was taken for a word's own character.

    It is not open any more without it. What looks like a formula may go on: `a**b + c**`.
    """
    starts = {s.start for s in stretches if s.end > at}
    doubtful = starts - {mark.start for mark in marks(shorter).open}
    return any(not _OPERATION.search(text, start, at) for start in doubtful)


def _hides(text: str, opened: OpenMark) -> bool:
    """Return whether all after a mark is held back: it is ambiguous, or empty."""
    inner = text[opened.end :]
    return (
        opened.mark[0] in "$!"
        or bool(_NOTHING.match(inner))
        or (opened.mark == "__" and bool(_NAME.match(inner)))  # such a name is not bold
    )


def _is_closed(stretches: tuple[Stretch, ...], end: int, char: str) -> bool:
    """Return whether the last characters surely end an escape, code or a formula.

    Emphasis that ends may have more marks to come.
    """
    return any(stretch.end == end and (char in "$`" or not stretch.mark) for stretch in stretches)


def _code(text: str, opened: OpenMark) -> str:
    """Hold back what may become the end of code."""
    inner = text[opened.end :].rstrip("`")
    if not inner.strip():
        return text[: opened.start].rstrip()
    return text[: opened.end] + inner
