"""The open tail of a text, as it can be shown while more may come.

What is open is closed: `**bo` shows a bold "bo", a fence its lines. What may still become something
else is held back until it is known: a `-` alone may become an item, a divider or a title, the first
row of a table is text until the line below it comes. A mark that will vanish with the next words is
not shown. Only previews are healed, never what stays.
"""

from __future__ import annotations

import re

from tickertape.markup.chunks import chunks
from tickertape.markup.lines import FRESH, Leaf, State, step
from tickertape.markup.marks import Open, marks

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
_DELIMITER = re.compile(r"[ \t>|:\-]*\Z")
_LAST_CELL = re.compile(r"(?:.*(?<!\\)\|)?", re.DOTALL)
# What may be the beginning of a tag, an entity or an escape.
_PENDING = re.compile(r"(?:<(?:[A-Za-z/!][^<>\n]{0,60})?|&(?:#?\w{1,31})?|\\)\Z")
_RUN = re.compile(r"(?:\*+|_+|~+|`+|!?\[|\$+)\Z")
_SUMMARY = "</summary>"
# A `<details>` without a title is shown after so many characters.
_LONGEST_SUMMARY = 300


def healed(chunk: str) -> str:
    """Give what can be shown of the last chunk of a text; it may be empty."""
    start = chunk[:8].lower()
    if start == "<details":
        return _details(chunk)
    if "<details".startswith(start):
        return ""
    before, after, line_at, leaf_at, title_at = _structure(chunk)
    if before.leaf == Leaf.FENCE and before.boxes == after.boxes:
        return _fence(chunk, line_at, before)
    if Leaf.FORMULA in (before.leaf, after.leaf):
        return _formula(chunk)
    line = chunk[line_at:]
    if before.leaf != Leaf.TABLE and (after.leaf == Leaf.TABLE or _may_delimit(before, line)):
        return _held(chunk, title_at)
    if _is_held(line, before, after):
        return _held(chunk, line_at)
    if before.leaf == Leaf.TABLE:
        leaf_at = line_at + _cell(line)
    return chunk[:leaf_at] + _words(chunk[leaf_at:])


def _is_held(line: str, before: State, after: State) -> bool:
    """Say whether a line that is not complete may still become something else."""
    if not line:
        return False
    begins_fence = after.leaf == Leaf.FENCE
    may_head = before.leaf != Leaf.TABLE and line.lstrip(" >").startswith("|")
    return begins_fence or may_head or bool(_BEGINNING.match(line) or _BOX.match(line))


def _held(chunk: str, at: int) -> str:
    """Hold back what follows `at`, and heal what is before."""
    return healed(chunk[:at].rstrip()) if chunk[:at].strip() else ""


def _structure(chunk: str) -> tuple[State, State, int, int, int]:
    """Read the lines of a chunk.

    Returns:
        What is open above the last line, and behind it; where that line begins, where the
        words of its paragraph begin, and where the line above it begins.
    """
    before = after = FRESH
    at = leaf_at = title_at = line_at = 0
    while True:
        end = chunk.find("\n", at)
        line = chunk[at : end if end >= 0 else len(chunk)]
        title_at, line_at, before = line_at, at, after
        after = step(before, line.rstrip("\r"))[0] if line or end >= 0 else before
        goes_on = before.leaf == after.leaf == Leaf.PARAGRAPH and len(before.boxes) >= len(
            after.boxes
        )
        if line and not (goes_on and before.boxes[: len(after.boxes)] == after.boxes):
            found = _LEAD.match(line)
            leaf_at = at + (found.end() if found else 0)
        if end < 0:
            return before, after, line_at, leaf_at, title_at
        at = end + 1


def _may_delimit(before: State, line: str) -> bool:
    """Say whether a line may become the one that makes a table of the line above it."""
    return (
        before.leaf == Leaf.PARAGRAPH
        and before.title.lstrip().startswith("|")
        and bool(_DELIMITER.match(line))
    )


def _cell(line: str) -> int:
    found = _LAST_CELL.match(line)
    return found.end() if found else 0


def _fence(chunk: str, line_at: int, before: State) -> str:
    """Hold back what may become the end of a fence."""
    line = chunk[line_at:].strip(" >")
    if line and line == before.closing[0] * len(line):
        return chunk[:line_at]
    return chunk


def _formula(chunk: str) -> str:
    """Hold back what may become the end of a formula."""
    bare = chunk.rstrip()
    bare = bare if bare.endswith(("$$", "\\]")) and len(bare) > 4 else bare.rstrip("$\\")
    return bare if bare.strip(" $\\[\n") else ""


def _details(chunk: str) -> str:
    head, found, body = chunk.partition(_SUMMARY)
    if not found:
        return "" if len(chunk) < _LONGEST_SUMMARY else chunk
    parts = chunks(body)
    if not parts:
        return chunk
    return head + found + "".join(parts[:-1]) + healed(parts[-1])


def _words(text: str) -> str:
    """Heal the words of a paragraph."""
    while True:
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
    if opened and opened.mark[0] == "$":
        return text[: opened.start].rstrip()
    if opened and opened.mark.endswith("]("):
        words_end = text.index("]", opened.start) if "]" in text[opened.start :] else len(text)
        is_image = opened.mark[0] == "!"
        return text[: opened.start].rstrip() if is_image else text[:words_end]
    if opened and opened.mark == "![":
        return text[: opened.start].rstrip()
    if pending := _PENDING.search(text):
        return text[: pending.start()].rstrip()
    run = _RUN.search(text)
    if run and not (run[0][0] in "$`" and _is_closed(found.stretches, len(text))):
        return text[: run.start()].rstrip()
    if opened and not text[opened.end :].strip():
        return text[: opened.start].rstrip()
    return text


def _is_closed(stretches: tuple[object, ...], end: int) -> bool:
    return any(getattr(stretch, "end", 0) == end for stretch in stretches)


def _code(text: str, opened: Open) -> str:
    """Hold back what may become the end of code."""
    inner = text[opened.end :].rstrip("`")
    if not inner.strip():
        return text[: opened.start].rstrip()
    return text[: opened.end] + inner
