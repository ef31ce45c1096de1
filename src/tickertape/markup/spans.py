"""Blocks as a text with spans over it, or as a text alone.

Without spans the text says what they would have carried: the address behind a link's words, the
`>` before a quote. It is never longer than the source but for tables, whose columns are aligned or
whose rows say their titles (`tickertape.markup.bounds` knows by how much).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import assert_never

from tickertape.markup.forms import Look, Span
from tickertape.markup.tables import (
    BEHIND_FIRST,
    BEHIND_TITLE,
    BETWEEN,
    aligned,
    compact,
    fits_aligned,
)
from tickertape.markup.tree import (
    Block,
    Code,
    CodeBlock,
    Details,
    Divider,
    Folded,
    Formula,
    FormulaBlock,
    Heading,
    Inline,
    Item,
    LineBreak,
    Link,
    Listing,
    Paragraph,
    Quote,
    Style,
    Styled,
    Table,
    Thinking,
    Words,
)

__all__ = ["BULLETS", "DIVIDER", "Written", "written"]

BULLETS = ("•", "◦", "▪")
"""What stands before items, by how deep they are."""
DIVIDER = "———"
"""A line across; as long as the shortest that Markdown has."""
_LOOKS = {
    Style.BOLD: Look.BOLD,
    Style.ITALIC: Look.ITALIC,
    Style.STRIKE: Look.STRIKE,
    Style.UNDERLINE: Look.UNDERLINE,
    Style.SPOILER: Look.SPOILER,
}
_BOXES = {True: "☑ ", False: "☐ "}
# Which looks contain nothing, and so are never inside another but a quote (telegram.md 6).
_OPAQUE = {Look.CODE, Look.PRE}
_QUOTES = {Look.QUOTE, Look.FOLDED_QUOTE}
# Addresses that no span carries (tdlib/td LinkManager.cpp, `check_link`): they stand behind their
# words, where readers' programs find them.
_WRITTEN = ("mailto:", "tel:")


@dataclass(frozen=True, slots=True)
class Written:
    """A piece of text, without empty lines at its ends, and the spans over it."""

    text: str
    """The characters."""
    spans: tuple[Span, ...] = ()
    """Ordered by where they begin, the longer first; in UTF-16 units."""


def written(blocks: tuple[Block, ...], *, with_spans: bool) -> Written:
    """Write blocks down."""
    writer = _Writer(with_spans=with_spans)
    writer.blocks(blocks, "", 0)
    return writer.result()


class _Writer:
    """Writes blocks, one below the other."""

    def __init__(self, *, with_spans: bool) -> None:
        self._with_spans = with_spans
        self._parts: list[str] = []
        self._at = 0
        self._spans: list[tuple[int, int, Look, str]] = []
        self._open: list[Look] = []
        self._prefix = ""

    def result(self) -> Written:
        """Return the written text."""
        raw = "".join(self._parts)
        text = raw.rstrip()
        bare = text.lstrip("\n")
        if not self._spans or not bare:
            return Written(bare)
        shift = len(text) - len(bare)
        spans = [(max(0, s - shift), e - shift, look, url) for s, e, look, url in self._spans]
        return Written(bare, _in_units(bare, _trimmed(bare, _parted(spans))))

    def blocks(self, blocks: tuple[Block, ...], indent: str, depth: int) -> None:
        """Write blocks, each on a line of its own that begins with `indent`."""
        before: Block | None = None
        for block in blocks:
            if before is not None:
                if type(block) is Paragraph and type(before) in (Paragraph, Listing):
                    self._newline()
                self._newline()
                self._put(indent)
            self._block(block, indent, depth)
            before = block

    def _block(self, block: Block, indent: str, depth: int) -> None:
        match block:
            case Paragraph(inlines):
                self._inlines(inlines)
            case Heading(_, inlines):
                self._within(Look.BOLD, inlines)
            case CodeBlock(text, language):
                self._pre(text, language)
            case FormulaBlock(source):
                self._pre(source, "")
            case Divider():
                self._put(DIVIDER)
            case Listing():
                self._list(block, indent, depth)
            case Quote(blocks):
                self._quote(blocks, depth)
            case Table():
                self._table(block, indent)
            case Details(summary, blocks):
                self._within(Look.BOLD, summary)
                self._newline()
                self.blocks(blocks, indent, depth)
            case Folded(text):
                self._span(Look.FOLDED_QUOTE, text)
            case Thinking(text):
                self._lines(text)
            case _:
                assert_never(block)

    def _list(self, listing: Listing, indent: str, depth: int) -> None:
        bullet = BULLETS[min(depth, len(BULLETS) - 1)] + " "
        numbers = listing.numbers
        for index, item in enumerate(listing.items):
            if index:
                if listing.loose:
                    self._newline()
                self._newline()
                self._put(indent)
            marker = _marked(item, f"{numbers[index]}. " if numbers else bullet)
            self._put(marker if item.blocks else marker.rstrip())
            self.blocks(item.blocks, indent + "  ", depth + 1)

    def _quote(self, blocks: tuple[Block, ...], depth: int) -> None:
        is_inner = any(look in _QUOTES for look in self._open)
        outer = self._prefix
        if (is_inner or not self._with_spans) and len(outer) < 2 * _MOST_PREFIXES:
            self._prefix += "> "
            self._put("> ")
        start = self._at
        self._open.append(Look.QUOTE)
        self.blocks(blocks, "", depth)
        self._open.pop()
        self._prefix = outer
        if not is_inner:
            self._mark(start, Look.QUOTE)

    def _table(self, table: Table, indent: str) -> None:
        rows = [tuple(_plain(cell) for cell in row) for row in (table.header, *table.rows)]
        if not fits_aligned(rows):
            self._sentences(table, indent)
        elif self._with_spans:
            self._pre("\n".join(aligned(rows, table.alignments)), "")
        else:
            self._put(f"\n{self._prefix}{indent}".join(compact(row) for row in rows))

    def _sentences(self, table: Table, indent: str) -> None:
        """Write a table as a list of its rows, below the titles that no row says."""
        is_begun = False
        if untold := [cell for cell in _untold(table) if cell]:
            self._titles(untold, Look.ITALIC if len(table.header) > 1 else Look.BOLD)
            is_begun = True
        titles = tuple(_words(cell).rstrip(": ") for cell in table.header)
        for row in table.rows:
            if not any(row):
                continue
            if is_begun:
                self._newline()
                self._put(indent)
            is_begun = True
            self._sentence(row, titles)

    def _titles(self, titles: list[tuple[Inline, ...]], look: Look) -> None:
        start = self._at
        self._open.append(look)
        for at, title in enumerate(titles):
            if at:
                self._put(BETWEEN)
            self._inlines(title)
        self._open.pop()
        self._mark(start, look)

    def _sentence(self, row: tuple[tuple[Inline, ...], ...], titles: tuple[str, ...]) -> None:
        first, *others = row
        if others:
            self._within(Look.BOLD, first)
        else:
            self._inlines(first)
        between = BEHIND_FIRST if first else ""
        for title, cell in zip(titles[1:], others, strict=True):
            if cell:
                self._put(between + (title + BEHIND_TITLE if title else ""))
                self._inlines(cell)
                between = BETWEEN

    def _inlines(self, inlines: tuple[Inline, ...]) -> None:
        for piece in inlines:
            match piece:
                case Words(text):
                    self._put(text)
                case LineBreak():
                    self._newline()
                case Styled(style, inner):
                    self._within(_LOOKS[style], inner)
                case Code(text) | Formula(text):
                    self._span(Look.CODE, text)
                case Link(url, inner):
                    self._link(url, inner)
                case _:
                    assert_never(piece)

    def _link(self, url: str, inner: tuple[Inline, ...]) -> None:
        start = self._at
        self._open.append(Look.LINK)
        self._inlines(inner)
        self._open.pop()
        if self._with_spans and not url.lower().startswith(_WRITTEN):
            self._mark(start, Look.LINK, url)
        elif not _says(_plain(inner), url):
            self._put(f" ({url})")

    def _within(self, look: Look, inner: tuple[Inline, ...]) -> None:
        if look in self._open:
            self._inlines(inner)
            return
        start = self._at
        self._open.append(look)
        self._inlines(inner)
        self._open.pop()
        self._mark(start, look)

    def _pre(self, text: str, language: str) -> None:
        self._span(Look.PRE, text, language)

    def _span(self, look: Look, text: str, detail: str = "") -> None:
        start = self._at
        self._lines(text)
        if Look.LINK not in self._open:
            self._mark(start, look, detail)

    def _lines(self, text: str) -> None:
        if not self._prefix:
            self._put(text)
            return
        for index, line in enumerate(text.split("\n")):
            if index:
                self._newline()
            self._put(line)

    def _newline(self) -> None:
        self._put("\n" + self._prefix)

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._at += len(text)

    def _mark(self, start: int, look: Look, detail: str = "") -> None:
        if self._with_spans and self._at > start:
            self._spans.append((start, self._at, look, detail))


# A source need not repeat its marks on every line of an inner quote: deeper ones look alike.
_MOST_PREFIXES = 2

_Raw = tuple[int, int, Look, str]


def _marked(item: Item, marker: str) -> str:
    if item.continued:
        return ""
    if item.checked is None:
        return marker
    box = _BOXES[item.checked]
    return marker + box if marker[0].isdigit() else box


def _plain(inlines: tuple[Inline, ...]) -> str:
    writer = _Writer(with_spans=False)
    writer._inlines(inlines)
    return writer.result().text.replace("\n", " ")


def _untold(table: Table) -> list[tuple[Inline, ...]]:
    """Return the titles that stand in no row: the first one, and those of empty columns."""
    return [
        title
        for at, title in enumerate(table.header)
        if at == 0 or not any(row[at] for row in table.rows)
    ]


def _words(inlines: tuple[Inline, ...]) -> str:
    """Return words without their looks, and links without their addresses."""
    writer = _Writer(with_spans=True)
    writer._inlines(inlines)
    return writer.result().text.replace("\n", " ")


def _says(text: str, url: str) -> bool:
    """Return whether a link's words are its address."""
    bare = url.removeprefix("mailto:").removeprefix("tel:")
    return text in {url, bare, bare.partition("://")[2], bare.partition("://")[2].rstrip("/")}


def _trimmed(text: str, spans: list[_Raw]) -> list[_Raw]:
    """Take blanks from the ends of spans, drop those that cover nothing else; put all in order."""
    result = []
    for start, end, look, detail in spans:
        bare = text[start:end].rstrip()
        if bare.strip():
            first = 0 if look in _OPAQUE or look in _QUOTES else len(bare) - len(bare.lstrip())
            result.append((start + first, start + len(bare), look, detail))
    return sorted(result, key=_order)


def _parted(spans: list[_Raw]) -> list[_Raw]:
    """Split looks around code, which nothing may contain but a quote."""
    opaque = sorted(span for span in spans if span[2] in _OPAQUE)
    result = list(opaque)
    for start, end, look, detail in spans:
        if look in _OPAQUE:
            continue
        if look in _QUOTES:
            result.append((start, end, look, detail))
            continue
        at = start
        for code_start, code_end, _, _ in opaque:
            if code_end <= at or code_start >= end:
                continue
            if code_start > at:
                result.append((at, code_start, look, detail))
            at = code_end
        if at < end:
            result.append((at, end, look, detail))
    return result


# Characters that take two UTF-16 units.
_WIDE = re.compile("[\U00010000-\U0010ffff]")
_RANKS = {look: rank for rank, look in enumerate(Look)} | {Look.QUOTE: -2, Look.FOLDED_QUOTE: -1}


def _order(span: _Raw) -> tuple[int, int, int]:
    return span[0], -span[1], _RANKS[span[2]]


def _in_units(text: str, spans: list[_Raw]) -> tuple[Span, ...]:
    """Count spans in UTF-16 units."""
    wide = [] if text.isascii() else [found.start() for found in _WIDE.finditer(text)]
    if not wide:
        return tuple(Span(look, start, end - start, detail) for start, end, look, detail in spans)
    return tuple(
        Span(
            look,
            start + bisect_left(wide, start),
            end - start + bisect_left(wide, end) - bisect_left(wide, start),
            detail,
        )
        for start, end, look, detail in spans
    )
