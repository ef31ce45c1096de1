"""A person's message as the Markdown that says the same, purely.

Telegram sends a text and a list of entities: which stretch of it is code, a quotation, or leads to
an address. A model that reads the text alone does not know the addresses, and takes code for
words. Looks that say nothing (bold, italic, spoilers) are left out: a model reads the words.

Entities nest (core.telegram.org/bots/api#messageentity, 2026-11): quotations hold code and links;
code holds nothing. What overlaps otherwise is not Telegram's, and the later one is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never

from tickertape.channels.telegram.mentions import TextRange

__all__ = ["Mark", "MarkKind", "markdown_of"]

MarkKind: TypeAlias = Literal["text_link", "code", "pre", "blockquote", "expandable_blockquote"]
"""The types of entity that are kept."""

_TICKS: Final = re.compile(r"`+")
_LANGUAGE: Final = re.compile(r"[\w+#.\-]{1,32}")
# What would end an address in Markdown, or stand for something else in it.
_IN_ADDRESS: Final = {char: f"%{ord(char):02X}" for char in '()<>\\"`[]'}


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a text that is more than its words."""

    kind: MarkKind
    """What it is."""
    span: TextRange
    """Where it is."""
    detail: str = ""
    """The address of a link, or the language of a block of code."""


def markdown_of(text: str, marks: Iterable[Mark]) -> str:
    """Return `text` with `marks` written as Markdown.

    A text without marks comes back as it is, whatever it looks like.
    """
    # Of two marks over the same stretch, the quotation is the outer one, and code the inner.
    rank = {"blockquote": 0, "expandable_blockquote": 0, "text_link": 1, "pre": 2, "code": 2}
    order = sorted(marks, key=lambda mark: (mark.span.start, -mark.span.end, rank[mark.kind]))
    return _joined(_pieces(text, 0, len(text), order)) if order else text


def _pieces(text: str, start: int, end: int, marks: Sequence[Mark]) -> Iterator[tuple[str, bool]]:
    """Yield the pieces between `start` and `end`, each with whether it needs lines of its own."""
    at = start
    for number, mark in enumerate(marks):
        span = mark.span
        if span.start < at or span.end > end:
            continue
        if span.start > at:
            yield text[at : span.start], False
        inner = [one for one in marks[number + 1 :] if one.span.start < span.end]
        yield _marked(text, mark, inner)
        at = span.end
    if at < end:
        yield text[at:end], False


def _marked(text: str, mark: Mark, inner: Sequence[Mark]) -> tuple[str, bool]:
    start, end = mark.span.start, mark.span.end
    words = text[start:end]
    match mark.kind:
        case "code" if "\n" not in words:
            return _code(words), False
        case "code" | "pre":
            return _block(words, mark.detail), True
        case "text_link":
            label = _joined(_pieces(text, start, end, inner))
            return _link(label, words, mark.detail), False
        case "blockquote" | "expandable_blockquote":
            said = _joined(_pieces(text, start, end, inner))
            return "\n".join(f"> {line}".rstrip() for line in said.strip("\n").split("\n")), True
        case _:
            assert_never(mark.kind)


def _joined(pieces: Iterable[tuple[str, bool]]) -> str:
    """Join pieces; one that needs lines of its own gets an empty line behind."""
    said, was_block = "", False
    for piece, is_block in pieces:
        if is_block and said and not said.endswith("\n"):
            said += "\n"
        if was_block:
            said += "\n" * (2 - (len(piece) - len(piece.lstrip("\n")))) if piece.strip("\n") else ""
        said += piece
        was_block = is_block
    return said


def _code(words: str) -> str:
    longest = max((len(run) for run in _TICKS.findall(words)), default=0)
    ticks = "`" * (1 if not longest else longest + 1)
    blank = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{ticks}{blank}{words}{blank}{ticks}"


def _block(words: str, language: str) -> str:
    longest = max((len(run) for run in _TICKS.findall(words)), default=0)
    fence = "`" * max(3, longest + 1)
    info = language if _LANGUAGE.fullmatch(language) else ""
    last = "" if words.endswith("\n") else "\n"
    return f"{fence}{info}\n{words}{last}{fence}"


def _link(label: str, words: str, address: str) -> str:
    """Write a link; words that are its address say it already."""
    shown = "".join(address.split())
    if not shown or shown.rstrip("/") == words.strip().rstrip("/"):
        return label
    shown = "".join(_IN_ADDRESS.get(char, char) for char in shown)
    if label == words:
        label = label.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    core = label.strip()
    before, after = label[: label.index(core)], label[label.index(core) + len(core) :]
    return f"{before}[{' '.join(core.split())}]({shown}){after}" if core else label
