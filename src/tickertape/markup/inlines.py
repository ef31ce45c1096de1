"""The pieces of a line: joined, and the few HTML tags that models mean turned into looks.

All others are shown as they are written, but for those of details (`tickertape.markup.details`): an
explanation of HTML needs them visible.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from tickertape.markup.cleaning import words
from tickertape.markup.emphasis import END, Emphasis, MarkRun, encloses, is_apart
from tickertape.markup.tree import Code, Formula, Inline, LineBreak, Link, Style, Styled, Words

__all__ = [
    "InlineTag",
    "Marked",
    "Piece",
    "emphasised",
    "joined",
    "leads",
    "linked",
    "paired",
    "read_html",
    "trimmed",
]

# What a reader can open; everything else is shown. A host has a dot or is a number: `localhost` and
# names of a house's own are not the reader's, and platforms refuse links to them.
_LEADS = re.compile(
    r"""
    https?://
        (?: [\w-] [\w.-]* \. [\w-] [\w.-]* | \[ [0-9a-f]* : [0-9a-f:]* \] )
        (?: : (?: [0-5]?\d{1,4} | 6[0-4]\d{3} ) )?
        (?: [/?\#] \S* )? \Z
    | mailto: [^\s@]+ @ \S* \Z
    | tel: \+? \d \S* \Z
    | tg:// (?!user\b) \w+ (?: [/?\#] \S* )? \Z
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)\s*(/?)>\Z")
_STYLES = {
    "b": Style.BOLD,
    "strong": Style.BOLD,
    "i": Style.ITALIC,
    "em": Style.ITALIC,
    "u": Style.UNDERLINE,
    "ins": Style.UNDERLINE,
    "s": Style.STRIKE,
    "del": Style.STRIKE,
    "strike": Style.STRIKE,
}
_PARTS = re.compile(r"(<[^<>]*>)")
_CODES = {"code", "kbd", "samp"}
_SUPER = str.maketrans("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
_SUB = str.maketrans("0123456789+-=()aeox", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓ")
_SHIFTED = {"sup": (_SUPER, "^"), "sub": (_SUB, "_")}


@dataclass(frozen=True, slots=True)
class InlineTag:
    """An HTML tag within a line, before it is known whether it has a partner."""

    raw: str
    """The tag as it is written."""


class Marked(NamedTuple):
    """A run of marks, before it is known what it encloses."""

    run: MarkRun
    """The run."""
    gap: str
    """What is written between the run before, or the beginning, and this one."""


Piece: TypeAlias = Inline | InlineTag
"""A piece of a line that is still being read."""


def leads(url: str) -> bool:
    """Return whether a reader can open `url`."""
    return url.isprintable() and bool(_LEADS.match(url))


def linked(url: str, inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Return a link, or words with the address after them if no reader could open it."""
    url = words(url)
    if not url:
        return inlines
    if leads(url):
        return (Link(url, _unlinked(inlines) or (Words(url),)),)
    if not inlines or _text(list(inlines)) == url:
        return (Words(url),)
    return (*inlines, Words(f" ({url})"))


def _unlinked(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Return pieces that lead nowhere: of a picture within a link, the outer address counts."""
    pieces: list[Inline] = []
    for piece in inlines:
        match piece:
            case Link(_, inner):
                pieces += _unlinked(inner)
            case Styled(style, inner):
                pieces.append(Styled(style, _unlinked(inner)))
            case _:
                pieces.append(piece)
    return joined(pieces)


# No one means more emphasis within emphasis, and our own stack ends at some hundreds.
_DEEPEST = 16


def emphasised(pieces: list[Any], shaped: Callable[[str, list[Any]], list[Any]]) -> list[Any]:
    """Return pieces with what runs of marks enclose made into one piece.

    Args:
        pieces: The pieces of a line or paragraph, with the runs between them.
        shaped: Makes pieces of what stands between two marks, given the mark (`**`) and that.
    """
    runs = [at for at, piece in enumerate(pieces) if type(piece) is Marked]
    if not runs:
        return pieces
    if len(runs) == 2 and (mark := _only_pair(pieces[runs[0]], pieces[runs[1]])):
        first, last = runs
        return [*pieces[:first], *shaped(mark, pieces[first + 1 : last]), *pieces[last + 1 :]]
    opened, closed = _pairs(pieces)
    stack: list[tuple[str, list[Any]]] = []
    target: list[Any] = []
    for piece in pieces:
        if type(piece) is not Marked:
            target.append(piece)
            continue
        start, char = piece.run.start, piece.run.char
        closes, opens = closed.get(start, []), opened.get(start, [])
        for _ in closes:
            mark, outer = stack.pop()
            is_deep = len(stack) >= _DEEPEST
            outer += [Words(mark), *target, Words(mark)] if is_deep else shaped(mark, target)
            target = outer
        used = sum(closes) + sum(opens)
        if used < piece.run.length:
            target.append(_literal(piece, used))
        for count in reversed(opens):
            stack.append((char * count, target))
            target = []
    return target


def _only_pair(first: Marked, last: Marked) -> str:
    """Return the mark of two runs that are all there are, where they enclose what is between."""
    opener, closer = first.run, last.run
    if not opener.opens or not closer.closes or opener.char != closer.char:
        return ""
    if "(" in first.gap and ")" in last.gap:
        return ""  # they may be apart
    length = opener.length
    is_pair = length == closer.length <= 2 and encloses(
        opener, closer, is_double=length == 2, is_apart=is_apart(last.gap)
    )
    return opener.char * length if is_pair else ""


def _pairs(pieces: list[Any]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Return how many marks open and close at each run, by its place, the inner ones first."""
    opened: dict[int, list[int]] = {}
    closed: dict[int, list[int]] = {}
    emphasis = Emphasis()
    for piece in pieces:
        if type(piece) is Marked:
            for pair in emphasis.take(piece.run, piece.gap):
                opened.setdefault(pair.opener.start, []).append(pair.marks)
                closed.setdefault(pair.closer.start, []).append(pair.marks)
    return opened, closed


def _literal(piece: Marked, used: int) -> Words:
    return Words(piece.run.char * (piece.run.length - used))


def joined(pieces: list[Inline]) -> tuple[Inline, ...]:
    """Join neighbouring words."""
    if len(pieces) < 2:
        return tuple(pieces)
    result: list[Inline] = []
    run: list[str] = []
    for piece in pieces:
        if type(piece) is Words:
            run.append(piece.text)
            continue
        if run:
            result.append(Words("".join(run)))
            run = []
        result.append(piece)
    if run:
        result.append(Words("".join(run)))
    return tuple(result)


def trimmed(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Take blanks and line breaks from both ends."""
    if len(inlines) == 1 and type(inlines[0]) is Words and inlines[0].text.strip():
        bare = inlines[0].text.strip()
        return inlines if bare == inlines[0].text else (Words(bare),)
    pieces = list(inlines)
    while pieces and (cut := _trimmed(pieces[0], is_end=False)) is not pieces[0]:
        pieces[:1] = [] if cut is None else [cut]
    while pieces and (cut := _trimmed(pieces[-1], is_end=True)) is not pieces[-1]:
        pieces[-1:] = [] if cut is None else [cut]
    return tuple(pieces)


def _trimmed(piece: Inline, *, is_end: bool) -> Inline | None:
    if type(piece) is Words:
        bare = piece.text.rstrip() if is_end else piece.text.lstrip()
        return piece if bare == piece.text else Words(bare) if bare else None
    return None if type(piece) is LineBreak else piece


def paired(pieces: list[Piece]) -> tuple[Inline, ...]:
    """Turn paired tags into looks, and show the others as they are written."""
    if InlineTag not in map(type, pieces):
        return joined(pieces)  # type: ignore[arg-type]  # there is no tag among them
    open_tags: list[tuple[str, str, list[Inline]]] = []
    target: list[Inline] = []
    root = target
    for piece in pieces:
        if not isinstance(piece, InlineTag):
            target.append(piece)
            continue
        name, closes = _named(piece.raw)
        if name == "br":
            target.append(LineBreak())
        elif closes and any(name == opened for opened, _, _ in open_tags):
            while True:
                opened, raw, outer = open_tags.pop()
                if opened == name:
                    outer += _shaped(name, target)
                    target = outer
                    break
                target = _unpaired(raw, outer, target)
        elif name and not closes and len(open_tags) < _DEEPEST:
            open_tags.append((name, piece.raw, target))
            target = []
        elif piece.raw != END:
            target.append(Words(words(piece.raw)))
    while open_tags:
        _, raw, outer = open_tags.pop()
        target = _unpaired(raw, outer, target)
    return joined(root)


def _named(raw: str) -> tuple[str, bool]:
    """Return the name of a known tag, "" for others, and whether it closes."""
    found = _TAG.match(raw)
    if not found:
        return "", False
    name = found[2].lower()
    is_known = name in _STYLES or name in _CODES or name in _SHIFTED or name == "br"
    return (name if is_known else ""), bool(found[1])


def _unpaired(raw: str, outer: list[Inline], inner: list[Inline]) -> list[Inline]:
    outer.append(Words(raw))
    outer += inner
    return outer


def _shaped(name: str, inner: list[Inline]) -> list[Inline]:
    """Return the content between two tags in the look that they mean."""
    if not inner:
        return []
    if name in _STYLES:
        return [Styled(_STYLES[name], joined(inner))]
    text = _text(inner)
    if name in _CODES:
        return [Code(text)] if text else []
    table, mark = _SHIFTED[name]
    shifted = text.translate(table)
    if all(ord(char) in table for char in text):
        return [Words(shifted)] if shifted else []
    return [Words(mark), *inner] if len(text) == 1 else [Words(f"{mark}("), *inner, Words(")")]


def _text(inlines: list[Inline]) -> str:
    return "".join(_plain(piece) for piece in inlines)


def _plain(piece: Inline) -> str:
    match piece:
        case Words(text) | Code(text):
            return text
        case LineBreak():
            return " "
        case Formula(source):
            return source
        case Styled(_, inlines) | Link(_, inlines):
            return _text(list(inlines))


def read_html(source: str) -> tuple[Inline, ...]:
    """Return lines of HTML, with the looks that paired tags mean."""
    pieces: list[Piece] = []
    for line in source.split("\n"):
        parts = (part for part in _PARTS.split(line) if words(part))
        pieces += [
            InlineTag(part) if part.startswith("<") and part.endswith(">") else Words(words(part))
            for part in parts
        ]
        pieces.append(LineBreak())
    return paired(pieces)
