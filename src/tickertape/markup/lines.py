r"""What a line of Markdown does to the blocks around it, known from the lines before it alone.

This is a reading of the structure only: which quotes, items, fences, tables, formulas and details
are open behind a line, so that a text can be parted there, and what is open can be opened again.
What is departed from CommonMark is what models mean otherwise: a quote ends with its last `>`, a
table with its last `|`, `---` is a divider and never makes a title of the lines above it.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tickertape.markup.cells import columns, protected
from tickertape.markup.cleaning import clean
from tickertape.markup.details import head, tags
from tickertape.markup.fences import Opening, before_close, inner_after, nests, opening_of
from tickertape.markup.formulas import NOTHING_OPEN, Opened, begins, closed_at, opened_behind
from tickertape.markup.signs import NUMBER, is_sign

__all__ = [
    "COUNTS",
    "FRESH",
    "HTML",
    "Box",
    "Leaf",
    "State",
    "begins_anew",
    "content",
    "goes_on",
    "innermost",
    "reopened",
    "step",
]


class Leaf:
    """What may be open in the innermost box."""

    NONE: Final = ""
    PARAGRAPH: Final = "paragraph"
    FENCE: Final = "fence"
    TABLE: Final = "table"
    FORMULA: Final = "formula"
    DETAILS: Final = "details"


class Box(NamedTuple):
    """A quote, or an item of a list, around what follows."""

    marker: str
    """`>`, or the item's marker as it is written."""
    indent: int = 0
    """Blanks before the marker."""
    width: int = 0
    """Columns from the outer box's edge to the item's content."""
    number: int = 0
    """The item's number as it is shown; 0 for bullets."""
    counts: bool = False
    """Whether an item `1.` behind it is the next one: it is written `1.` itself."""


class State(NamedTuple):
    """What is open behind a line."""

    boxes: tuple[Box, ...] = ()
    """Quotes and items, the outermost first."""
    leaf: str = Leaf.NONE
    """What is open in the innermost."""
    closing: str = ""
    """What ends a fence or a formula."""
    formula: Opened = NOTHING_OPEN
    """The formula that is open, in lines of its own or in a paragraph."""
    again: str = ""
    """The lines that open the leaf again: a fence with its language, a table's header."""
    inner: tuple[str, ...] = ()
    """The lines that opened the fences within a fence of Markdown, the outermost first."""
    title: str = ""
    """The paragraph's last line, which may become a table's header."""
    is_blank: bool = False
    """Whether the line is empty."""
    is_list: bool = False
    """Whether the chunk ends with a list."""
    is_done: bool = False
    """Whether whatever follows begins a new chunk."""
    is_fresh: bool = False
    """Whether there is no line yet."""
    depth: int = 0
    """How many details are open."""
    inside: State | None = None
    """What is open within the innermost details."""
    is_bare: bool = False
    """Whether the line is the marker of an item without words: an empty line ends that item."""


FRESH = State(is_fresh=True)
COUNTS = " "
"""What stands behind the marker of an item without words, where `1.` behind it is the next one."""

_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(rf"( {{0,3}})([-*+]|{NUMBER}[.)])( +|$)")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_DASHES = re.compile(r" {0,3}-{3,}[ \t]*$")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_DELIMITER = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_NEW = re.compile(rf"[ \t>]*(?:(?:[-*+]|{NUMBER}[.)])[ \t]|#{{1,6}}[ \t]|$)", re.MULTILINE)
HTML = re.compile(
    r" {0,3}<(?:!--|\?|/?(?:address|article|aside|blockquote|body|center|col|dd|details|dialog|div"
    r"|dl|dt|figure|figcaption|footer|form|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu"
    r"|meta|nav|ol|optgroup|option|p|section|source|summary|table|tbody|td|tfoot|th|thead|title"
    r"|tr|track|ul)(?=[\s>/]|$))",
    re.IGNORECASE,
)
"""What begins HTML, which lasts to the next empty line, or to the end of a comment or a program
(`<?php`), and whose marks mean nothing (CommonMark, 4.6)."""
_TITLE_END = "</summary>"
# What a quote, an item, a heading, a rule, a fence or HTML begins with, besides digits.
_FIRST = frozenset(">-*+#_`~<")
_PLAIN = re.compile(r"[^\s>\-*+#`~|$\\<=_\d]")


def step(state: State, line: str) -> tuple[State, bool]:
    """Take one line, without its line break.

    Returns:
        What is open behind it, and whether a new chunk begins with it.
    """
    if not line.isprintable():
        line = clean(line)
    if _PLAIN.match(line) and not state.boxes:
        return _plainly(state, line)
    if "\t" in line:
        line = line.expandtabs(4)
    if state.leaf == Leaf.DETAILS:
        return _inside(state, line), False
    kept, at, is_blank = _kept(state.boxes, line)
    rest = line[at:]
    if state.leaf == Leaf.FENCE and kept == len(state.boxes):
        return _in_fence(state, rest), False
    if state.formula.opener and (after := _in_formula(state, kept, rest)):
        return after, False
    if is_blank:
        return _blank(state, kept), False
    if kept < len(state.boxes) and state.leaf == Leaf.PARAGRAPH and not _begins(rest):
        is_outside = kept == 0 and (state.boxes[0].marker == ">" or _stands_alone(line))
        if not is_outside:  # a lazy line: the paragraph goes on without its marks
            return state._replace(title=rest, is_blank=False), False
    starts = kept == 0 and _starts_chunk(state, line)
    if starts:
        state = FRESH
    return _opened(state, kept, rest), starts


def reopened(state: State, line: str | None) -> str:
    """Return the text that reopens all open constructs for the text after a cut.

    Args:
        state: What is open.
        line: The line that follows; None where the text is parted within a line.
    """
    if state.inside is not None:
        return "<details>\n\n" * state.depth + reopened(state.inside, line)
    boxes, sibling = state.boxes, None
    if line is not None and state.leaf != Leaf.FENCE:
        after = step(state, line)[0].boxes
        kept = goes_on(state, line)
        if len(after) > kept and after[kept].number and len(boxes) > kept:
            sibling = boxes[kept]  # its number goes on, its content does not
        boxes = boxes[:kept]
    lines: list[str] = []
    before = ""
    for box in boxes:
        if box.marker == ">":
            before += "> "
            continue
        marker = _counted(box)
        if box.indent + len(marker.rstrip()) >= box.width:
            marker = box.marker
        lines.append(f"{before}{' ' * box.indent}{marker}\n")
        before += " " * box.width
    if sibling and sibling.marker != ">":
        lines.append(f"{before}{' ' * sibling.indent}{_counted(sibling)}\n")
    again = (*state.again.split("\n"), *state.inner)
    lines += [f"{before}{line}\n" for line in again if line]
    return "".join(lines) + (before if line is None else "")


def goes_on(state: State, line: str) -> int:
    """Return in how many of the open boxes a line continues."""
    line = clean(line).expandtabs(4)
    kept, at, _ = _kept(state.boxes, line)
    is_lazy = kept < len(state.boxes) and state.leaf == Leaf.PARAGRAPH and not _begins(line[at:])
    return len(state.boxes) if is_lazy else kept


def content(state: State, line: str) -> str | None:
    """Return what a line holds within all boxes that are open; None where it leaves one."""
    line = clean(line).expandtabs(4)
    kept, at, _ = _kept(state.boxes, line)
    return line[at:] if kept == len(state.boxes) else None


def begins_anew(text: str, at: int) -> bool:
    """Return whether the line at `at` ends a paragraph: an item, a title, an empty line."""
    return bool(_NEW.match(text, at))


def _counted(box: Box) -> str:
    """Return the marker of an item with its number, and how to count on from it."""
    return f"{box.number}{box.marker[-1]}{COUNTS * box.counts}" if box.number else box.marker


def _plainly(state: State, line: str) -> tuple[State, bool]:
    """Take a line that begins with an ordinary character, outside of every box."""
    match state.leaf:
        case Leaf.FENCE if line.rstrip().endswith(("```", "~~~")):
            return _in_fence(state, line), False
        case Leaf.FENCE:
            return state, False
        case Leaf.DETAILS:
            return _inside(state, line), False
        case _ if state.formula.opener and (after := _in_formula(state, 0, line)):
            return after, False
        case Leaf.TABLE if "|" in line:
            return state, False
        case Leaf.TABLE:
            return State(leaf=Leaf.PARAGRAPH, title=line, formula=_begun(line)), True
        case _:
            starts = not state.is_fresh and (state.is_blank or state.is_done)
            return State(leaf=Leaf.PARAGRAPH, title=line, formula=_begun(line)), starts


def _kept(boxes: tuple[Box, ...], line: str) -> tuple[int, int, bool]:
    """Return how many boxes a line continues, where its content begins, and if it has any."""
    at = 0
    for index, box in enumerate(boxes):
        if box.marker == ">":
            found = _QUOTE.match(line, at)
            if not found:
                return index, at, not line[at:].strip()
            at = found.end()
            continue
        indent = len(line) - at - len(line[at:].lstrip(" "))
        if at + indent == len(line):
            # An empty line ends the quotes in an item, and what they hold, but not the item.
            inner = (i for i in range(index, len(boxes)) if boxes[i].marker == ">")
            return next(inner, len(boxes)), len(line), True
        if indent < box.width:
            return index, at, False
        at += box.width
    return len(boxes), at, not line[at:].strip()


def _in_fence(state: State, rest: str) -> State:
    if "```" not in rest and "~~~" not in rest:
        return state
    if nests(state.again):
        inner = inner_after(state.inner, state.closing, rest)
        if inner is not None:
            return state._replace(inner=inner)
    elif before_close(rest, state.closing) is None:
        return state
    return state._replace(leaf=Leaf.NONE, closing="", again="", inner=(), is_blank=False)


def _in_formula(state: State, kept: int, rest: str) -> State | None:
    """Take a line of a formula; None where it is no formula, as it cannot go on so."""
    is_lazy = kept < len(state.boxes) and _ITEM.match(rest)
    opened = None if is_lazy else opened_behind(state.formula, rest)
    if opened is None:
        return None
    if opened.opener == state.formula.opener:
        return state._replace(formula=opened, title=rest)
    if state.leaf == Leaf.FORMULA and not opened.opener:
        return State(is_done=True)
    return state._replace(leaf=Leaf.PARAGRAPH, closing="", again="", formula=opened, title=rest)


def _begun(line: str) -> Opened:
    """Return the formula that is open after a line of a paragraph."""
    if "$$" in line or "\\[" in line or "\\begin{" in line:
        return opened_behind(NOTHING_OPEN, line) or NOTHING_OPEN
    return NOTHING_OPEN


def innermost(state: State) -> State:
    """Return what is open within details; outside of these, the state itself."""
    return state.inside or state


def _inside(state: State, line: str) -> State:
    """Take a line of details."""
    inside, depth, at = state.inside or FRESH, state.depth, 0
    if inside.leaf == Leaf.FENCE and content(inside, line) is not None:
        return state._replace(inside=step(inside, line)[0])
    for tag in tags(line):
        depth += -1 if tag.closes else 1
        if depth == 0:
            return State(is_done=True)
        inside, at = FRESH, tag.end
    if (title_end := line.lower().find(_TITLE_END, at)) >= 0:
        inside, at = FRESH, title_end + len(_TITLE_END)
    rest = line[at:]
    if rest.strip() or not at:
        inside, _ = step(inside, rest)
    return State(leaf=Leaf.DETAILS, depth=depth, inside=inside)


def _blank(state: State, kept: int) -> State:
    boxes = state.boxes[:-1] if state.is_bare and kept == len(state.boxes) else state.boxes[:kept]
    return State(
        boxes,
        is_blank=not boxes or boxes[0].marker != ">",
        is_list=state.is_list,
        is_done=state.is_done,
        is_fresh=state.is_fresh,
    )


def _begins(rest: str) -> bool:
    """Return whether a line begins a block, which ends a paragraph."""
    return _may_begin(rest) and bool(
        (_QUOTE.match(rest) and not is_sign(rest, is_item=False))
        or _HEADING.match(rest)
        or _RULE.match(rest)
        or _opens_fence(rest)
        or _ITEM.match(rest)
        or HTML.match(rest)
    )


def _may_begin(rest: str) -> bool:
    """Return whether a line begins with a character that a block could begin with."""
    first = rest.lstrip(" ")[:1]
    return first in _FIRST or first.isdecimal()


def _opens_fence(rest: str) -> Opening | None:
    return opening_of(rest) if "```" in rest or "~~~" in rest else None


def _stands_alone(line: str) -> bool:
    """Return whether a line begins a formula or details of their own."""
    return begins(line) or line[:8].lower() == "<details"


def _starts_chunk(state: State, line: str) -> bool:
    """Return whether a chunk begins with a line that is not empty and continues no box."""
    if state.is_fresh:
        return False
    if state.is_done or _stands_alone(line):
        return True
    if state.boxes and state.boxes[0].marker == ">":
        return True
    if state.leaf == Leaf.TABLE:
        return "|" not in line
    if _HEADING.match(line) or (state.leaf == Leaf.PARAGRAPH and _DASHES.match(line)):
        return True
    if line[0] == " " or not state.is_blank:
        return False
    return not (state.is_list and _ITEM.match(line) and not _RULE.match(line))


def _opened(state: State, kept: int, rest: str) -> State:
    """Open what a line begins, in the boxes that it goes on in."""
    boxes = state.boxes[:kept]
    siblings = state.boxes[kept : kept + 1]
    was_paragraph = state.leaf == Leaf.PARAGRAPH and kept == len(state.boxes)
    is_new = False
    while len(boxes) < _MOST_BOXES and _may_begin(rest):
        if is_sign(rest, is_item=is_new and boxes[-1].marker != ">"):
            break
        if found := _QUOTE.match(rest):
            boxes = (*boxes, Box(">"))
        elif (found := _ITEM.match(rest)) and _is_item(found, rest, was_paragraph):
            boxes = (*boxes, _box(found, siblings, rest))
        else:
            break
        rest = (
            rest[found.end() :]
            if found[0][-1:] == ">" or "> " in found[0]
            else _content(found, rest)
        )
        siblings, was_paragraph, is_new = (), False, True
    is_list = (bool(boxes) and boxes[0].marker != ">") or (state.is_list and rest[:1] == " ")
    if state.leaf == Leaf.TABLE and not is_new and kept == len(state.boxes) and not _begins(rest):
        return state._replace(is_blank=False) if state.is_blank else state
    return _leaf(State(boxes, is_list=is_list), state, rest, is_new=is_new)


# Deeper nesting is shown as it is written (`events.py`), where boxes mean nothing.
_MOST_BOXES = 50


def _is_item(found: re.Match[str], rest: str, was_paragraph: bool) -> bool:
    if _RULE.match(rest):
        return False
    # An item without words, or one that is not the first, interrupts no paragraph.
    has_words = found.end() < len(rest)
    return not was_paragraph or (has_words and found[2] in {"-", "*", "+", "1.", "1)"})


def _content(found: re.Match[str], rest: str) -> str:
    blanks = len(found[3])
    return rest[found.end() - (blanks - 1 if blanks > 4 else 0) :]


def _box(found: re.Match[str], siblings: tuple[Box, ...], rest: str) -> Box:
    indent, marker, blanks = len(found[1]), found[2], len(found[3])
    width = indent + len(marker) + (blanks if 1 <= blanks <= 4 else 1)
    if found.end() == len(rest):
        width = indent + len(marker) + 1
    number = int(marker[:-1]) if len(marker) > 1 else 0
    above = siblings[0] if siblings and siblings[0].marker[-1] == marker[-1] else None
    counts = number == 1 or (number > 1 and rest.endswith(marker + COUNTS))
    if number == 1 and above and above.counts:
        number = above.number + 1
    return Box(marker, indent, width, number, counts)


# To the parser an item with a box and nothing more has no words.
_BOX_ALONE = re.compile(r"\[[ xX]\][ \t]*\Z")


def _leaf(opened: State, before: State, rest: str, *, is_new: bool) -> State:
    """Return the state after a line's content."""
    is_item = is_new and opened.boxes[-1].marker != ">"
    if not rest.strip() or (is_item and _BOX_ALONE.match(rest)):
        return opened._replace(is_bare=True) if is_item else opened
    if opening := _opens_fence(rest):
        if opening.is_closed:
            return opened
        return opened._replace(leaf=Leaf.FENCE, closing=opening.run, again=opening.again)
    if not opened.boxes and (standing := _standing(opened, rest)):
        return standing
    if _may_begin(rest) and (_HEADING.match(rest) or _RULE.match(rest)):
        return opened
    title = "" if is_new else before.title
    if "|" in title and _DELIMITER.match(rest) and _heads(title, rest):
        return opened._replace(leaf=Leaf.TABLE, again=f"{title.strip()}\n{rest.strip()}")
    formula = _begun(rest)
    return State(opened.boxes, Leaf.PARAGRAPH, "", formula, title=rest, is_list=opened.is_list)


def _standing(opened: State, rest: str) -> State | None:
    """Return the state in a formula or details outside all boxes; None if it is neither."""
    if begins(rest):
        end = closed_at(rest)
        if end >= 0:
            return None if rest[end:].strip() else opened._replace(is_done=True)
        formula = opened_behind(NOTHING_OPEN, rest) or NOTHING_OPEN
        return opened._replace(
            leaf=Leaf.FORMULA,
            closing=formula.closing,
            again=formula.opener,
            formula=formula,
            title=rest,
        )
    if rest[:8].lower() == "<details" and head(rest):
        return _inside(State(), rest)
    return None


def _heads(title: str, delimiter: str) -> bool:
    """Return whether a line is the header above a table's delimiter row."""
    width = columns(delimiter)
    return columns(protected(title, width)) == width
