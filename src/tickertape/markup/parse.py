r"""Markdown as models write it, read into a tree.

The grammar is CommonMark with tables, strikethrough, boxes and formulas, read by pulldown-cmark,
but for what models mean otherwise: `__init__` and `2*3*4` are words, `$5 and 10$` are prices,
`~5` is an estimate, `- > 25` compares (`tickertape.markup.signs`), emphasis is told by what stands
around it (`tickertape.markup.emphasis`), `\[x\]` and `\(x\)` are formulas, `<details>` unfold, and
addresses listed at the end (`[1]: https://…`) are shown. What stands in one chunk
(`tickertape.markup.chunks`) has no effect on any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pyromark import Options, events_with_range, reference_definitions

from tickertape.markup.brackets import Bracketed, Place, lifted, put_back
from tickertape.markup.chunks import chunks
from tickertape.markup.cleaning import BREAK, begun, clean, words
from tickertape.markup.events import Builder, TooDeepError
from tickertape.markup.signs import guarded
from tickertape.markup.tree import (
    Block,
    Details,
    FormulaBlock,
    Inline,
    Item,
    LineBreak,
    Listing,
    Paragraph,
    Quote,
    Table,
    Words,
)

__all__ = ["parse", "parse_chunk", "resumed"]

_OPTIONS = Options.ENABLE_TABLES | Options.ENABLE_STRIKETHROUGH | Options.ENABLE_TASKLISTS
_WITH_MATH = _OPTIONS | Options.ENABLE_MATH
_DETAILS = re.compile(
    r"<details\b([^>]*)>\s*(?:<summary[^>]*>(.*?)</summary>)?(.*?)(?:</details>\s*)?\Z",
    re.DOTALL | re.IGNORECASE,
)
# What is shown as it is written: what looks like a formula in it is none.
_VERBATIM = {"Code", "Html", "InlineHtml"}
_LEADING = {"Link", "Image"}
# Each round of reading turns at least one wrong formula into a price.
_ROUNDS = 3
# Telegram refuses more than 16 levels; nobody means more, and our own stack ends at some hundreds.
_DEEPEST_DETAILS = 16


def parse(source: str) -> tuple[Block, ...]:
    """Read a whole text."""
    return tuple(block for chunk in chunks(source) for block in parse_chunk(chunk))


def parse_chunk(source: str) -> tuple[Block, ...]:
    """Read one chunk of a text; it may come to nothing."""
    return _chunk(source, 0)


def _chunk(source: str, depth: int) -> tuple[Block, ...]:
    """Read a chunk within so many details."""
    source = begun(clean(source))
    if not source or source.isspace():
        return ()
    if source.startswith(("$$", "\\[")) and (formula := _formula(source)):
        return formula
    if source[:8].lower() == "<details" and (found := _DETAILS.match(source)):
        return _details(found, depth) if depth < _DEEPEST_DETAILS else _unread(source)
    source, formulas = lifted(guarded(source), _verbatim)
    return _read(_undefined(source) if "]:" in source else source, formulas)


def resumed(blocks: tuple[Block, ...], depth: int) -> tuple[Block, ...]:
    """Mark the items that go on from the page before: the first of each of `depth` lists."""
    if not blocks or depth == 0:
        return blocks
    match blocks[0]:
        case Listing(items, start, loose):
            first = Item(resumed(items[0].blocks, depth - 1), items[0].checked, continued=True)
            rest = items[1:]
            if not first.blocks and not rest:
                return blocks[1:]
            if not first.blocks:
                start = None if start is None else start + 1
                return (Listing(rest, start, loose), *blocks[1:])
            return (Listing((first, *rest), start, loose), *blocks[1:])
        case Quote(inner):
            inner = resumed(inner, depth)
            return (Quote(inner), *blocks[1:]) if inner else blocks[1:]
        case _:
            return blocks


def _verbatim(source: str) -> Iterator[Place]:
    """Tell where code, HTML and the addresses of links stand."""
    inner = 0
    for event, place in events_with_range(source, options=_OPTIONS):
        start, end = place["start"], place["end"]
        kind, value = ("", None) if isinstance(event, str) else next(iter(event.items()))
        begun = value if kind == "Start" and isinstance(value, dict) else {}
        is_address = begun.get("Link", {}).get("link_type") in {"Autolink", "Email"}
        if is_address or "CodeBlock" in begun or kind in _VERBATIM:
            yield start, end
        elif kind == "End" and isinstance(value, str) and value in _LEADING:
            yield inner, end
        inner = start if kind == "Start" else end


def _undefined(source: str) -> str:
    """Make words of link definitions, which would show nothing where they stand."""
    while found := reference_definitions(source, options=_OPTIONS):
        source = _escaped(source, [definition["span"]["start"] for definition in found.values()])
    return source


def _escaped(source: str, places: list[int]) -> str:
    """Put a backslash before each of some places, in bytes."""
    raw = source.encode()
    for at in sorted(places, reverse=True):
        raw = raw[:at] + b"\\" + raw[at:]
    return raw.decode()


def _read(source: str, formulas: tuple[Bracketed, ...]) -> tuple[Block, ...]:
    options = _WITH_MATH if "$" in source else _OPTIONS
    for _ in range(_ROUNDS):
        builder = Builder(source, formulas)
        try:
            for event, place in events_with_range(source, options=options):
                builder.feed(event, place["start"], place["end"])
        except TooDeepError:
            return _unread(put_back(source, formulas))
        if not builder.prices:
            return builder.blocks()
        source = _escaped(source, builder.prices)
    return _read_without_math(source, formulas)


def _read_without_math(source: str, formulas: tuple[Bracketed, ...]) -> tuple[Block, ...]:
    builder = Builder(source, formulas)
    for event, place in events_with_range(source, options=_OPTIONS):
        builder.feed(event, place["start"], place["end"])
    return builder.blocks()


def _unread(source: str) -> tuple[Block, ...]:
    """Show a text that is nested deeper than anybody means as it is written."""
    inlines: list[Inline] = []
    for line in source.strip().replace(BREAK, "\n").split("\n"):
        inlines += [Words(words(line)), LineBreak()] if words(line) else [LineBreak()]
    return (Paragraph(tuple(inlines[:-1])),)


def _formula(source: str) -> tuple[Block, ...]:
    """Read a chunk that begins with the mark of a formula; nothing: it is a line of text."""
    closing = {"$$": "$$", "\\[": "\\]"}[source[:2]]
    formula, _, rest = source[2:].partition(closing)
    if not formula.strip() or (rest.strip() and "\n" not in formula):
        return ()
    return (
        FormulaBlock(formula.strip().replace("\t", " ").replace(BREAK, "\n")),
        *parse_chunk(rest.strip("\n")),
    )


def _details(found: re.Match[str], depth: int) -> tuple[Block, ...]:
    inner = [_chunk(chunk, depth + 1) for chunk in chunks(found[3].strip("\n"))]
    body = _unaligned(tuple(block for blocks in inner for block in blocks))
    title = _chunk((found[2] or "").strip(), depth + 1)
    summary = title[0].inlines if title and isinstance(title[0], Paragraph) else ()
    if not summary or not body:
        return (*title, *body)
    return (Details(summary, body, "open" in found[1].lower()),)


def _unaligned(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Mark tables within details, whose lines are not weighed as closely as others."""
    return tuple(_unaligned_block(block) for block in blocks)


def _unaligned_block(block: Block) -> Block:
    match block:
        case Table():
            return replace(block, may_align=False)
        case Listing(items):
            loose = tuple(replace(item, blocks=_unaligned(item.blocks)) for item in items)
            return replace(block, items=loose)
        case Quote(blocks) | Details(_, blocks):
            return replace(block, blocks=_unaligned(blocks))
        case _:
            return block
