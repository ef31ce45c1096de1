"""A text of the markup model as the two bodies of a Matrix message, purely: plain, and HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Final, assert_never

from tickertape.channels.matrix.blocks import blocks_html, code, is_linkable, lines, words
from tickertape.markup.forms import Blocks, Form, Look, Plain, Span, Spans
from tickertape.markup.tree import Block, LineBreak, Paragraph, Words

__all__ = ["ROOM", "body_of", "bytes_of"]

ROOM: Final = 60_000
"""Bytes of JSON that the bodies of a message may take: an event has 65,536
(spec.matrix.org/v1.16/client-server-api, "Size limits", 2026-11), and what stands around them (the
relation, ids, hashes, signatures) takes some 2,000, with the names of many servers more."""

_TAGS: Final = {
    Look.BOLD: "strong",
    Look.ITALIC: "em",
    Look.STRIKE: "del",
    Look.UNDERLINE: "u",
    Look.SPOILER: "span data-mx-spoiler",
    Look.CODE: "code",
    Look.QUOTE: "blockquote",
    Look.FOLDED_QUOTE: "blockquote",
}
# Blocks are apart by themselves.
_AROUND: Final = re.compile(
    r"(?:<br>){1,2}(?=<(?:pre|blockquote)>)|(?:(?<=</pre>)|(?<=</blockquote>))(?:<br>){1,2}"
)


def body_of(text: str, form: Form, room: int = ROOM) -> tuple[str, str]:
    """Return the plain body of a text and its HTML; empty HTML: the plain body says all.

    Args:
        text: what can be read.
        form: how it looks.
        room: how many bytes of JSON the two may take. Where they take more, there is no HTML: a
            table of single letters has ten times as many bytes there as it has letters.
    """
    html = _html(text, form)
    return text, html if bytes_of(text) + bytes_of(html) <= room else ""


def bytes_of(text: str) -> int:
    """Return how many bytes a text takes in an event, as canonical JSON writes it."""
    return len(json.dumps(text, ensure_ascii=False).encode())


def _html(text: str, form: Form) -> str:
    match form:
        case Plain() | Spans(()):
            return ""
        case Spans(spans):
            return _AROUND.sub("", "".join(_marked(text, spans)))
        case Blocks(blocks):
            return "" if all(map(_is_bare, blocks)) else blocks_html(blocks)
        case _ as unreachable:
            assert_never(unreachable)


def _is_bare(block: Block) -> bool:
    """Return whether a block is nothing but lines of words."""
    return isinstance(block, Paragraph) and all(
        isinstance(piece, Words | LineBreak) for piece in block.inlines
    )


def _marked(text: str, spans: tuple[Span, ...]) -> Iterator[str]:
    """Yield a text with the marks of its spans, which nest or follow each other."""
    units = text.encode("utf-16-le")
    at = 0
    closing: list[tuple[int, str]] = []  # where a span ends, and what is written there
    for span in (*spans, None):
        start = len(units) // 2 if span is None else span.start
        while closing and closing[-1][0] <= start:
            end, mark = closing.pop()
            yield _piece(units, at, end, mark) + mark
            at = max(at, end)
        yield _piece(units, at, start, closing[-1][1] if closing else "")
        at = max(at, start)
        if span is not None:
            begin, mark = _marks(span)
            yield begin
            closing.append((span.start + span.length, mark))


def _piece(units: bytes, start: int, end: int, mark: str) -> str:
    """Return a piece of a text; `mark` closes the span that it stands in."""
    piece = units[2 * start : 2 * end].decode("utf-16-le")
    return escape(piece, quote=False) if mark.endswith("</pre>") else lines(piece)


def _marks(span: Span) -> tuple[str, str]:
    """Return what is written before and behind a span."""
    match span.look:
        case Look.LINK if is_linkable(span.detail):
            return f'<a href="{escape(span.detail)}">', "</a>"
        case Look.LINK:
            return "", words(f" ({span.detail})")
        case Look.PRE:
            begin, end = code("", span.detail).split("\n")
            return begin, end
        case look:
            name = _TAGS[look]
            return f"<{name}>", f"</{name.partition(' ')[0]}>"
