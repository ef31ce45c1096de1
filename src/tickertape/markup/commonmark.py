r"""A chunk as models mean it, written as CommonMark reads it.

Where models depart from CommonMark in the structure of lines (`tickertape.markup.lines` says how),
the lines are rewritten before the parser reads them: code on a fence's opening line gets a line of
its own, as does the close at the end of one; a fence around fences is made longer than they are;
one below a line of HTML gets an empty line between, without which it would be HTML.
In the rows of tables a `|` that is said in code gets a backslash.
"""

from __future__ import annotations

import re

from tickertape.markup.cells import columns, protected
from tickertape.markup.fences import MARKERS, Opening, before_close, opening_of
from tickertape.markup.lines import FRESH, Box, Leaf, State, content, step

__all__ = ["as_commonmark"]

_RUN = re.compile(r"`{3,}|~{3,}")
# A line of a fence that means the same to CommonMark: a run, and behind it a language at most.
_PLAIN = re.compile(
    r"[ \t>]*(?:`{3,}|~{3,})(?!(?:markdown|md|mdx)\b)[A-Za-z]*[ \t]*\Z", re.IGNORECASE
)
_HTML = re.compile(r"^[ \t>]*</?[a-z!]", re.MULTILINE | re.IGNORECASE)
_BAR_IN_CODE = re.compile(r"`[^`\n]*\|[^`\n]*`")


def as_commonmark(source: str) -> str:
    """Return a clean chunk as CommonMark reads it."""
    if "```" in source or "~~~" in source:
        has_html = "<" in source and bool(_HTML.search(source))
        if has_html or not _are_plain(source):
            source = _Fences(has_html=has_html).rewritten(source)
    if "|" in source and _BAR_IN_CODE.search(source):
        source = _rows_rewritten(source)
    return source


def _are_plain(source: str) -> bool:
    """Return whether CommonMark reads all fences alike; only lines with a run are checked."""
    at = 0
    while run := _RUN.search(source, at):
        begin, end = source.rfind("\n", 0, run.start()) + 1, source.find("\n", run.end())
        at = end if end >= 0 else len(source)
        if not _PLAIN.match(source[begin:at]):
            return False
    return True


def _rows_rewritten(source: str) -> str:
    """Return a chunk in which each `|` that is said in code has a backslash before it."""
    lines: list[str] = []
    state, width = FRESH, 0
    for line in source.split("\n"):
        before, (state, _) = state, step(state, line)
        lines.append(line)
        if state.leaf == Leaf.TABLE and state.again == before.again:
            lines[-1] = protected(line, width)
        elif state.leaf == Leaf.TABLE:
            width = columns(state.again.split("\n")[1])
            lines[-2] = protected(lines[-2], width)
    return "\n".join(lines)


class _Fences:
    """Rewrites the fences of a chunk."""

    def __init__(self, *, has_html: bool) -> None:
        self._has_html = has_html
        self._lines: list[str] = []
        self._opened_at = 0  # the line that opens the fence, and what it holds
        self._run = ""
        self._longest = 0  # the longest run within the fence

    def rewritten(self, source: str) -> str:
        """Return a chunk with its fences rewritten."""
        state = FRESH
        for line in source.split("\n"):
            after, _ = step(state, line)
            held = content(state, line) if state.leaf == Leaf.FENCE else None
            if held is None:
                self._outside(after, line)
            elif after.leaf == Leaf.FENCE:
                self._hold(line)
            else:
                self._close(_prefix(state.boxes), held)
            state = after
        self._lengthen()
        return "\n".join(self._lines)

    def _outside(self, after: State, line: str) -> None:
        """Take a line that goes on in no fence; it may open one."""
        self._lengthen()
        bare = MARKERS.sub("", line, count=1)
        opening = opening_of(bare)
        if opening is None or after.leaf != _leaf_of(opening):
            self._lines.append(line)
            return
        lead, prefix = line[: len(line) - len(bare)], _prefix(after.boxes)
        if self._has_html and self._lines and not lead.strip(" \t>"):
            self._lines.append(prefix.rstrip())  # HTML ends with an empty line, and only so
        self._opened_at, self._run = len(self._lines), opening.run
        self._lines.append(lead + opening.again)
        if opening.first:
            self._hold(prefix + opening.first)
        if opening.is_closed:
            self._lines.append(prefix + self._lengthen())

    def _hold(self, line: str) -> None:
        """Take a line of code."""
        self._longest = max([self._longest, *map(len, _RUN.findall(line))])
        self._lines.append(line)

    def _close(self, prefix: str, line: str) -> None:
        """Close the fence."""
        if code := before_close(line, self._run):
            self._hold(prefix + code)
        self._lines.append(prefix + self._lengthen())

    def _lengthen(self) -> str:
        """Make the fence longer than its contents; return its run."""
        run = self._run
        if run and self._longest >= len(run):
            run = run[0] * (self._longest + 1)
            opening = self._lines[self._opened_at]
            self._lines[self._opened_at] = opening.replace(self._run, run, 1)
        self._run, self._longest = "", 0
        return run


def _leaf_of(opening: Opening) -> str:
    return Leaf.NONE if opening.is_closed else Leaf.FENCE


def _prefix(boxes: tuple[Box, ...]) -> str:
    """Return the prefix of a line within boxes."""
    return "".join("> " if box.marker == ">" else " " * box.width for box in boxes)
