r"""Formulas in LaTeX's own brackets, `\(x\)` and `\[x\]`, which Markdown's parser does not know.

To Markdown they are escaped brackets, and what they hold is words: `_` would begin emphasis, `|` a
cell, `+ b` at the beginning of a line an item. So each is lifted out before the parser reads, and a
token that is one word to it stands in its place. What stands in code, in HTML or in the address of
a link is no formula.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

from tickertape.markup.formulas import is_mathematical, is_words, over_lines
from tickertape.markup.signs import NUMBER, restored

__all__ = ["Bracketed", "Place", "lifted", "put_back", "tokens", "with_formulas"]

Place: TypeAlias = tuple[int, int]
"""Where something stands, in bytes: from where, to where."""

# Within a line. What has a dollar sign or a backtick in it is something else.
_INLINE = re.compile(rb"(?<!\\)\\\([ \t]*([^\n$`]*?[^\s$`\\])[ \t]*\\\)")
# What begins one, what ends one that has begun, and what no formula goes on behind.
_INLINE_MARK = re.compile(rb"((?<!\\)\\\()|([^\s$`\\][ \t]*\\\))|(?<!\\)\\\)|[\n$`]")
# It may have several lines, without an empty one; `\\[2pt]` in it is a row's end.
_DISPLAY = re.compile(
    rb"(?<!\\)\\\[((?:(?!(?<!\\)\\[\]\[]|\n[ \t>]*\n)[^$`])*?[^\s$`\\])[ \t]*(?:\n[ \t>]*)?\\\]"
)
# What may stand before a formula that has its lines for itself: marks of quotes and items. Each
# blank has one place in it: with two, the time to refuse a line would double with each item.
_BEGINS_LINE = re.compile(rf"[ \t>]*(?:(?:[-*+]|{NUMBER}[.)])[ \t][ \t>]*)*\Z".encode())
_OPENS_LINE = re.compile(rb"\\\[[ \t]*\n")
_ENDS_LINE = re.compile(rb"[ \t]*(?:\n|\Z)")
# `\[1\]` and `\[key=value\]` are escaped brackets: behind words a formula is what looks like one.
_LATEX = re.compile(rb"\\[A-Za-z]|[\^{]|\s=\s")
# `- \[x\]` is a box.
_BOX = re.compile(rb"\s*[xX]\Z")
# `f\(x\)` is a call.
_CALLED = re.compile(rb"[A-Za-z0-9]")
_LATEX_ITSELF = re.compile(rb"[\\^{}]")
# What `over_lines` found: an environment is shown with its marks.
_WHOLE = re.compile(rb"(?:\$\$)?(.+?)(?:\$\$)?\Z", re.DOTALL)
_PREFIX = re.compile(r"\n[ \t>]*")
# No clean source has these characters (`tickertape.markup.cleaning`).
_TOKEN = re.compile("\x01(\\d+)\x02")


@dataclass(frozen=True, slots=True)
class Bracketed:
    """A formula in brackets."""

    written: str
    """What stands in the source, brackets included."""
    source: str
    """Its LaTeX."""
    is_display: bool
    """Whether it asks for a line for itself."""


def lifted(
    source: str, verbatim: Callable[[str], Iterable[Place]]
) -> tuple[str, tuple[Bracketed, ...]]:
    """Put tokens in the places of formulas.

    Args:
        source: a clean text.
        verbatim: tells where code and its like stand in it; only asked where there may be formulas.

    Returns:
        The text with the tokens, and what they stand for.
    """
    may_go_on = ("\\begin{" in source) or ("$$" in source and "\n" in source)
    if not may_go_on and "\\(" not in source and "\\[" not in source:
        return source, ()
    raw = source.encode()
    rows: dict[int, bool] = {}
    found = [
        *(match for match in _meant(raw) if not _parts_cells(raw, match, rows)),
        *(match for match in _DISPLAY.finditer(raw) if _is_formula(raw, match, rows)),
        *(_over_lines(source, raw) if may_go_on else ()),
    ]
    if not found:
        return source, ()
    taken = sorted(verbatim(source))
    starts, ends = [start for start, _ in taken], [*accumulate((end for _, end in taken), max)]
    result: list[Bracketed] = []
    pieces: list[bytes] = []
    at = 0
    for match in sorted(found, key=lambda match: match.start()):
        before = bisect_left(starts, match.end())
        if match.start() < at or (before and ends[before - 1] > match.start()):
            continue
        pieces += [raw[at : match.start()], f"\x01{len(result)}\x02".encode()]
        result.append(_bracketed(match))
        at = match.end()
    return b"".join([*pieces, raw[at:]]).decode(), tuple(result)


def put_back(text: str, formulas: Sequence[Bracketed]) -> str:
    """Return a text as it was written, after its formulas turned out to be something else."""
    return with_formulas(restored(text), formulas)


def with_formulas(text: str, formulas: Sequence[Bracketed]) -> str:
    """Return a stretch of what the parser reads with its formulas as they were written."""
    if not formulas:
        return text
    return _TOKEN.sub(lambda token: formulas[int(token[1])].written, text)


def tokens(words: str, formulas: Sequence[Bracketed]) -> list[str | Bracketed]:
    """Split words into text and the formulas between; no piece is empty."""
    words = restored(words)
    if not formulas:
        return [words] if words else []
    pieces: list[str | Bracketed] = list(_TOKEN.split(words))
    pieces[1::2] = [formulas[int(str(number))] for number in pieces[1::2]]
    return [piece for piece in pieces if piece]


def _inlines(raw: bytes) -> Iterator[re.Match[bytes]]:
    """Find what stands between round brackets, each from the first mark that is open.

    Mark by mark: where none ends what has begun, the marks behind it need not be tried.
    """
    begun = -1
    for mark in _INLINE_MARK.finditer(raw):
        if mark[1]:
            begun = mark.start() if begun < 0 else begun
            continue
        if mark[2] and begun >= 0 and (match := _INLINE.match(raw, begun, mark.end())):
            yield match
        begun = -1


def _meant(raw: bytes) -> Iterator[re.Match[bytes]]:
    """Find the round brackets that hold a formula, rather than words or a call."""
    is_latex = False
    for match in _inlines(raw):
        held = match[1].decode()
        if is_words(held, is_latex=is_latex or _is_padded(match)):
            continue
        is_called = _CALLED.match(raw, match.start() - 1) if match.start() else None
        if not is_called or _LATEX_ITSELF.search(match[1]):
            is_latex = is_latex or is_mathematical(held)
            yield match


def _is_padded(match: re.Match[bytes]) -> bool:
    """Return whether a blank stands behind the opening bracket: no one escapes such a one."""
    return match[0][2:3].isspace()


def _over_lines(source: str, raw: bytes) -> Iterator[re.Match[bytes]]:
    """Find environments, and what stands between two dollar signs over several lines."""
    for start, end in over_lines(source):
        at = len(source[:start].encode())
        if match := _WHOLE.match(raw, at, at + len(source[start:end].encode())):
            yield match


def _is_formula(raw: bytes, match: re.Match[bytes], rows: dict[int, bool]) -> bool:
    """Return whether square brackets hold a formula, rather than being escaped."""
    begin = raw.rfind(b"\n", 0, match.start()) + 1
    before = raw[begin : match.start()]
    begins = bool(_BEGINS_LINE.match(before))
    if b"\n" in match[0]:
        return begins or bool(_OPENS_LINE.match(match[0]) or _LATEX.search(match[1]))
    if begins and _ENDS_LINE.match(raw, match.end()):
        is_box = before.strip(b" \t>") and _BOX.match(match[1])
        return not is_box and not is_words(match[1].decode().strip(), is_latex=_is_padded(match))
    return bool(_LATEX.search(match[1])) and not _parts_cells(raw, match, rows)


def _parts_cells(raw: bytes, match: re.Match[bytes], rows: dict[int, bool]) -> bool:
    """Return whether a formula has a `|` in a table's line; each line is read once."""
    if b"|" not in match[1]:
        return False
    begin = raw.rfind(b"\n", 0, match.start()) + 1
    if begin not in rows:
        end = raw.find(b"\n", match.end())
        line = raw[begin : end if end >= 0 else len(raw)]
        at, pieces = 0, []
        for inline in _inlines(line):
            pieces.append(line[at : inline.start()])
            at = inline.end()
        rows[begin] = b"|" in _DISPLAY.sub(b"", b"".join([*pieces, line[at:]]))
    return rows[begin]


def _bracketed(match: re.Match[bytes]) -> Bracketed:
    source = _PREFIX.sub("\n", restored(match[1].decode())).strip()
    return Bracketed(restored(match[0].decode()), source, not match[0].startswith(b"\\("))
