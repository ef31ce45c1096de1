"""A formatted text as the blocks of a rich message: values for JSON, purely.

Blocks are the exact form: Markdown and HTML are parsed on Telegram's servers and go wrong there
(`$5 ... $6` is a formula, a line break joins lines), blocks are taken as they stand. Names and
fields: core.telegram.org/bots/api#inputrichblock and #richtext (Bot API 10.3, 2026-11).

The server refuses lists, items, quotes and details that hold nothing (tdlib/td, WebPageBlock.cpp,
"... must be non-empty"), so what has nothing to show is left out, and an item or a cell of a table
without a text gets a blank that cannot be trimmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias, assert_never

from tickertape.channels.telegram.links import is_linkable
from tickertape.markup.tree import (
    Alignment,
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

__all__ = ["Json", "rich_blocks", "rich_text"]

Json: TypeAlias = dict[str, object]
"""An object of JSON."""

_STYLES: Final = {
    Style.BOLD: "bold",
    Style.ITALIC: "italic",
    Style.STRIKE: "strikethrough",
    Style.UNDERLINE: "underline",
    Style.SPOILER: "spoiler",
}

_MAIL: Final = "mailto:"
_PHONE: Final = "tel:"

# A no-break space: it is something to show, and looks like nothing. A cell without a text would be
# "invisible", its borders included (core.telegram.org/bots/api#richblocktablecell).
_BLANK: Final = "\u00a0"


def rich_blocks(blocks: Iterable[Block], *, is_draft: bool) -> list[Json]:
    """Write blocks as the `blocks` of an `InputRichMessage`.

    Args:
        blocks: what is shown.
        is_draft: whether it is for a draft, the only place where a `thinking` block may stand;
            elsewhere it is left out.

    Returns:
        The blocks; none where there is nothing to show.
    """
    written = (_block(block, is_draft=is_draft) for block in blocks)
    return [block for block in written if block is not None]


def rich_text(inlines: Sequence[Inline]) -> object:
    """Write pieces of a line as a `RichText`: a string, a typed node, or an array of these."""
    pieces: list[object] = []
    for inline in inlines:
        piece = _inline(inline)
        last = pieces[-1] if pieces else None
        if isinstance(piece, str) and isinstance(last, str):
            pieces[-1] = last + piece
        else:
            pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else pieces


def _inline(inline: Inline) -> object:
    match inline:
        case Words(text=text):
            return text
        case LineBreak():
            return "\n"
        case Styled(style=style, inlines=inlines):
            return {"type": _STYLES[style], "text": rich_text(inlines)}
        case Code(text=text):
            return {"type": "code", "text": text}
        case Formula(source=source):
            return {"type": "mathematical_expression", "expression": source}
        case Link(url=url, inlines=inlines):
            return _link(url, rich_text(inlines))
        case _ as unreachable:
            assert_never(unreachable)


def _link(url: str, text: object) -> object:
    """Write a link, or its text alone; addresses of mail and telephone have nodes of their own."""
    lowered = url.lower()
    if lowered.startswith(_MAIL):
        address = url[len(_MAIL) :].partition("?")[0]
        return {"type": "email_address", "text": text, "email_address": address}
    if lowered.startswith(_PHONE):
        return {"type": "phone_number", "text": text, "phone_number": url[len(_PHONE) :]}
    return {"type": "url", "text": text, "url": url} if is_linkable(url) else text


def _block(block: Block, *, is_draft: bool) -> Json | None:
    """Write one block; None where it has nothing to show here."""
    match block:
        case Listing():
            return _list(block, is_draft=is_draft)
        case Quote(blocks=blocks):
            inner = rich_blocks(blocks, is_draft=is_draft)
            return {"type": "blockquote", "blocks": inner} if inner else None
        case Details():
            return _details(block, is_draft=is_draft)
        case Thinking(text=text):
            return {"type": "thinking", "text": text} if is_draft and text else None
        case _:
            return _plain_block(block)


def _plain_block(
    block: Paragraph | Heading | CodeBlock | FormulaBlock | Divider | Table | Folded,
) -> Json | None:
    """Write a block that holds no blocks."""
    match block:
        case Paragraph(inlines=inlines):
            return {"type": "paragraph", "text": rich_text(inlines)} if inlines else None
        case Heading(level=level, inlines=inlines):
            text = rich_text(inlines)
            return {"type": "heading", "text": text, "size": level} if inlines else None
        case CodeBlock(text=text, language=language):
            return _code(text, language)
        case FormulaBlock(source=source):
            return {"type": "mathematical_expression", "expression": source} if source else None
        case Divider():
            return {"type": "divider"}
        case Table():
            return _table(block)
        case Folded(text=text):
            return {"type": "expandable_blockquote", "text": text} if text else None
        case _ as unreachable:
            assert_never(unreachable)


def _code(text: str, language: str) -> Json | None:
    if not text:
        return None
    block: Json = {"type": "pre", "text": text}
    return {**block, "language": language} if language else block


def _list(listing: Listing, *, is_draft: bool) -> Json | None:
    written: list[Json] = []
    numbers = listing.numbers
    for index, item in enumerate(listing.items):
        entry = _item(item, is_draft=is_draft)
        if numbers:
            # The number alone would not do: a server may take 0 for a number that is not given,
            # and then refuse the list as "neither ordered nor unordered".
            entry |= {"type": "1", "value": numbers[index]}
        written.append(entry)
    return {"type": "list", "items": written} if written else None


def _item(item: Item, *, is_draft: bool) -> Json:
    inner = rich_blocks(item.blocks, is_draft=is_draft)
    entry: Json = {"blocks": inner or [{"type": "paragraph", "text": _BLANK}]}
    if item.checked is not None:
        entry["has_checkbox"] = True
    if item.checked:
        entry["is_checked"] = True
    return entry


def _details(details: Details, *, is_draft: bool) -> Json | None:
    inner = rich_blocks(details.blocks, is_draft=is_draft)
    if not inner:
        return None
    summary = rich_text(details.summary) if details.summary else _BLANK
    block: Json = {"type": "details", "summary": summary, "blocks": inner}
    return {**block, "is_open": True} if details.is_open else block


def _table(table: Table) -> Json | None:
    if not table.header:
        return None
    header = [
        {**_cell(cell, align), "is_header": True}
        for cell, align in zip(table.header, table.alignments, strict=True)
    ]
    rows = [
        [_cell(cell, align) for cell, align in zip(row, table.alignments, strict=True)]
        for row in table.rows
    ]
    return {"type": "table", "cells": [header, *rows], "is_bordered": True}


def _cell(inlines: Sequence[Inline], align: Alignment) -> Json:
    text = rich_text(inlines) if inlines else _BLANK
    return {"text": text, "align": align, "valign": "middle"}
