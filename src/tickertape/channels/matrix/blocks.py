"""Blocks of the markup model as the HTML of a Matrix message, purely.

The HTML is what the specification lets clients show (spec.matrix.org/v1.16/client-server-api,
"m.room.message msgtypes", 2026-11). What that subset lacks is written in letters, or left out:

- boxes to tick are `☑` and `☐`, for there is no `<input>`;
- a list whose numbers jump is several lists, for an item has no number of its own;
- details that are open stand below their title in bold, for `open` is no attribute: while an answer
  is written, so do those that it writes;
- an address that no link may have (a path, `tel:`) stands behind its words, as in the plain body;
- the columns of a table have no alignment.
"""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from typing import Final, assert_never
from urllib.parse import urlsplit

from tickertape.markup.spans import written
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

__all__ = ["blocks_html", "code", "is_linkable", "lines", "tag", "words"]

_TAGS: Final = {
    Style.BOLD: "strong",
    Style.ITALIC: "em",
    Style.STRIKE: "del",
    Style.UNDERLINE: "u",
    Style.SPOILER: "span data-mx-spoiler",
}
_BOXES: Final = {True: "☑ ", False: "☐ "}
# "with a scheme matching one of" (the specification there, of `a`).
_WEB: Final = {"https", "http", "ftp"}
_OTHER: Final = {"mailto", "magnet"}
# A language is one word of a class.
_LANGUAGE: Final = re.compile(r"[\w+#.-]{1,32}")
# HTML shows one blank for several, and none at the beginning of a line.
_BLANKS: Final = re.compile(r"(?<=\n) | (?= )")
_SUMMARY: Final = 100
"""Code points of a folded aside that are seen of it, at most: a line of a wide screen."""


def words(text: str) -> str:
    """Return words as HTML."""
    return _BLANKS.sub("\u00a0", escape(text, quote=False))


def lines(text: str) -> str:
    """Return lines of words as HTML."""
    return words(text).replace("\n", "<br>")


def tag(name: str, inner: str) -> str:
    """Return HTML within a tag; `name` may have attributes."""
    return f"<{name}>{inner}</{name.partition(' ')[0]}>"


def blocks_html(blocks: tuple[Block, ...], *, is_tight: bool = False) -> str:
    """Write blocks below each other.

    Args:
        blocks: the blocks.
        is_tight: whether paragraphs among them are lines, as in the items of a tight list.
    """
    if not is_tight:
        return "".join(map(_block, blocks))
    parts: list[str] = []
    for is_line, some in groupby(blocks, key=lambda block: isinstance(block, Paragraph)):
        inner = [
            _inlines(one.inlines) if isinstance(one, Paragraph) else _block(one) for one in some
        ]
        parts.append(("<br>" if is_line else "").join(inner))
    return "".join(parts)


def _block(block: Block) -> str:
    match block:
        case Listing():
            return _list(block)
        case Quote(blocks):
            return tag("blockquote", blocks_html(blocks))
        case Table():
            return _table(block)
        case Details():
            return _details(block)
        case Folded(text):
            return _folded(text)
        case _:
            return _flat(block)


def _flat(block: Paragraph | Heading | CodeBlock | FormulaBlock | Divider | Thinking) -> str:
    """Write a block that holds no blocks."""
    match block:
        case Paragraph(inlines):
            return tag("p", _inlines(inlines))
        case Heading(level, inlines):
            return tag(f"h{level}", _inlines(inlines))
        case CodeBlock(text, language):
            return code(text, language)
        case FormulaBlock(source):
            return _maths("div", source, code(source, ""))
        case Divider():
            return "<hr>"
        case Thinking(text):
            return tag("p", tag("em", lines(text)))
        case _ as unreachable:
            assert_never(unreachable)


def code(text: str, language: str) -> str:
    """Return lines of code as HTML."""
    named = _LANGUAGE.match(language)
    attribute = f' class="language-{named[0]}"' if named else ""
    return f"<pre><code{attribute}>{escape(text, quote=False)}\n</code></pre>"


def _maths(name: str, source: str, inner: str) -> str:
    """Write a formula; `inner` is shown by programs that draw none."""
    return f'<{name} data-mx-maths="{escape(source)}">{inner}</{name}>'


def _list(listing: Listing) -> str:
    """Write a list; several where its numbers jump."""
    numbers = listing.numbers
    entries = list(zip(listing.items, numbers or [0] * len(listing.items), strict=True))
    parts: list[str] = []
    if listing.items[0].continued:  # its marker stands on the page before
        parts.append(blocks_html(entries.pop(0)[0].blocks))
    # Numbers that count on are all as far from their places.
    for _, run in groupby(enumerate(entries), lambda one: bool(numbers) and one[1][1] - one[0]):
        together = [entry for _, entry in run]
        name = _list_tag(together[0][1]) if numbers else "ul"
        parts.append(tag(name, "".join(_item(item, listing) for item, _ in together)))
    return "".join(parts)


def _list_tag(start: int) -> str:
    return "ol" if start == 1 else f'ol start="{start}"'


def _item(item: Item, listing: Listing) -> str:
    return tag("li", blocks_html(_boxed(item), is_tight=not listing.loose))


def _boxed(item: Item) -> tuple[Block, ...]:
    """Return what an item holds, with its box in letters."""
    if item.checked is None:
        return item.blocks
    box = Words(_BOXES[item.checked])
    match item.blocks:
        case (Paragraph(inlines), *others):
            return (Paragraph((box, *inlines)), *others)
        case blocks:
            return (Paragraph((box,)), *blocks)


def _table(table: Table) -> str:
    rows = "".join(_row(row, "td") for row in table.rows)
    body = tag("tbody", rows) if rows else ""
    return tag("table", tag("thead", _row(table.header, "th")) + body)


def _row(cells: tuple[tuple[Inline, ...], ...], name: str) -> str:
    return tag("tr", "".join(tag(name, _inlines(cell)) for cell in cells))


def _details(details: Details) -> str:
    title, inner = _inlines(details.summary), blocks_html(details.blocks)
    if details.is_open:
        return tag("p", tag("strong", title)) + inner
    return tag("details", tag("summary", title) + inner)


def _folded(text: str) -> str:
    """Write an aside whose beginning is seen."""
    line, _, rest = text.partition("\n")
    if len(line) > _SUMMARY:
        at = line.rfind(" ", 1, _SUMMARY) + 1 or _SUMMARY
        line, rest = line[:at], text[at:]
    if not rest:
        return tag("blockquote", lines(line))
    inner = tag("blockquote", lines(rest.strip("\n")))
    return tag("details", tag("summary", words(line)) + inner)


def _inlines(inlines: tuple[Inline, ...], within: frozenset[str] = frozenset()) -> str:
    """Write pieces of a line.

    Args:
        inlines: the pieces.
        within: the tags that are open around them; none is opened within itself.
    """
    return "".join(_inline(piece, within) for piece in inlines)


def _inline(piece: Inline, within: frozenset[str]) -> str:
    match piece:
        case Words(text):
            return words(text)
        case LineBreak():
            return "<br>"
        case Styled(style, inner):
            name = _TAGS[style]
            html = _inlines(inner, within | {name})
            return html if name in within else tag(name, html)
        case Code(text):
            return tag("code", lines(text))
        case Formula(source):
            return _maths("span", source, tag("code", lines(source)))
        case Link():
            return _link(piece, within)
        case _ as unreachable:
            assert_never(unreachable)


def _link(link: Link, within: frozenset[str]) -> str:
    inner = _inlines(link.inlines, within | {"a"})
    if "a" in within:
        return inner
    if is_linkable(link.url):
        return f'<a href="{escape(link.url)}">{inner}</a>'
    return inner + words(_address_behind(link))


def _address_behind(link: Link) -> str:
    """Return what the plain body says behind a link's words."""
    plain = written((Paragraph(link.inlines),), with_spans=False).text
    return written((Paragraph((link,)),), with_spans=False).text.removeprefix(plain)


def is_linkable(url: str) -> bool:
    """Return whether a link may lead there."""
    if not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in _OTHER or (parts.scheme in _WEB and bool(host))
