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
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

from pyromark import Options, events_with_range, reference_definitions

from tickertape.markup.brackets import Bracketed, Place, lifted, put_back
from tickertape.markup.chunks import chunks
from tickertape.markup.cleaning import BREAK, begun, clean, words
from tickertape.markup.commonmark import as_commonmark
from tickertape.markup.details import DetailsTag, head, on_lines, tags
from tickertape.markup.events import Builder, TooDeepError
from tickertape.markup.formulas import first
from tickertape.markup.lines import FRESH, Leaf, innermost, step
from tickertape.markup.signs import NUMBER, guarded
from tickertape.markup.tree import (
    Block,
    CodeBlock,
    Details,
    FormulaBlock,
    Inline,
    LineBreak,
    Listing,
    Paragraph,
    Quote,
    Words,
    next_number,
)

__all__ = ["parse", "parse_chunk", "resumed"]

_OPTIONS = Options.ENABLE_TABLES | Options.ENABLE_STRIKETHROUGH | Options.ENABLE_TASKLISTS
_WITH_MATH = _OPTIONS | Options.ENABLE_MATH
# What is shown as it is written: what looks like a formula in it is none.
_VERBATIM = {"Code", "Html", "InlineHtml"}
_LEADING = {"Link", "Image"}
# The lines that open a list again, and those that open anything else.
_MARKER = re.compile(rf"[> ]*(?:[-*+]|{NUMBER}[.)]) *$", re.MULTILINE)
_MARKED = re.compile(rf"[> ]*(?:(?:[-*+]|{NUMBER}[.)]) *|<details>)?$")
# Each round of reading turns at least one wrong formula into a price.
_ROUNDS = 5
# Telegram refuses more than 16 levels; no one means more, and our own stack ends at some hundreds.
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
    formula_blocks, source = _formulas(source)
    if formula_blocks:
        return (*formula_blocks, *_chunk(source, depth))
    if source[:8].lower() == "<details" and head(source):
        return _details(source, depth) if depth < _DEEPEST_DETAILS else _unread(source)
    source, formulas = lifted(guarded(as_commonmark(source)), _verbatim)
    return _read(_undefined(source) if "]:" in source else source, formulas)


def resumed(blocks: tuple[Block, ...], opening: str) -> tuple[Block, ...]:
    """Return what `opening` and the text behind it were read as, without what was shown before.

    Args:
        blocks: What was read.
        opening: What opens again what the page before left open.
    """
    if not opening:
        return blocks
    again = [line.strip(" >") for line in opening.split("\n") if not _MARKED.match(line)]
    return _resumed(blocks, len(_MARKER.findall(opening)), again)


def _resumed(blocks: tuple[Block, ...], depth: int, again: list[str]) -> tuple[Block, ...]:
    """Mark the items that go on, the first of each of `depth` lists; drop lines of code.

    Args:
        blocks: What was read.
        depth: How many lists go on.
        again: The lines that open code or a formula again.
    """
    if not blocks:
        return blocks
    match blocks[0]:
        case Listing(items, start, loose) if depth:
            inner = _resumed(items[0].blocks, depth - 1, again)
            first = replace(items[0], blocks=inner, continued=True)
            rest = items[1:]
            if not first.blocks and not rest:
                return blocks[1:]
            if not first.blocks:
                start = None if start is None else next_number(start, rest[0])
                return (Listing(rest, start, loose), *blocks[1:])
            return (Listing((first, *rest), start, loose), *blocks[1:])
        case Quote(inner):
            inner = _resumed(inner, depth, again)
            return (Quote(inner), *blocks[1:]) if inner else blocks[1:]
        case CodeBlock(text, language) if again:
            is_named = not language and text == again[0].lstrip("`~")  # it holds nothing more
            text = "" if is_named else "\n".join(text.split("\n")[len(again) - 1 :])
            return (CodeBlock(text, language), *blocks[1:]) if text.strip() else blocks[1:]
        case FormulaBlock(text) if again and again[0].startswith("\\begin{"):
            text = text.partition("\n")[2].strip()
            return (FormulaBlock(text), *blocks[1:]) if text else blocks[1:]
        case _:
            return blocks


def _verbatim(source: str) -> Iterator[Place]:
    """Yield the places of code, HTML and the addresses of links."""
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
    freed: list[int] = []
    for _ in range(_ROUNDS):
        builder = Builder(source, formulas, freed)
        feed = builder.feed
        try:
            for event, place in events_with_range(source, options=options):
                feed(event, place["start"], place["end"])
        except TooDeepError:
            return _unread(put_back(source, formulas))
        if not builder.prices.found:
            return builder.blocks()
        found = sorted(builder.prices.found)
        source = _escaped(source, found)
        moved = (at + bisect_left(found, at) for at in freed)
        freed = sorted([*moved, *(at + number for number, at in enumerate(found))])
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


def _formulas(source: str) -> tuple[list[Block], str]:
    """Parse the formulas that a chunk begins with; return them with the rest."""
    blocks: list[Block] = []
    while source.startswith(("$$", "\\[", "\\begin{")) and (formula := first(source)):
        rest = source[formula.end :]
        if rest.strip() and "\n" not in source[: formula.end]:
            break  # it is a piece of a line
        blocks.append(FormulaBlock(formula.source.strip().replace("\t", " ").replace(BREAK, "\n")))
        source = rest.strip("\n")
    return blocks, source


def _details(source: str, depth: int) -> tuple[Block, ...]:
    """Read a chunk that begins with details; what follows their close stands behind them."""
    begun = head(source)
    if begun is None:
        return ()
    body, rest, is_closed = _opened(source, begun.end())
    inner = [_chunk(chunk, depth + 1) for chunk in chunks(body.strip("\n"))]
    blocks = tuple(block for read in inner for block in read)
    title = _chunk((begun[2] or "").strip(), depth + 1)
    summary = title[0].inlines if title and isinstance(title[0], Paragraph) else ()
    blocks, behind = (*title[1:], *blocks), _chunk(rest.strip("\n"), depth)
    if not summary or not blocks:
        return (*title[:1], *blocks, *behind)
    is_open = "open" in begun[1].lower() or not is_closed
    return (Details(summary, blocks, is_open), *behind)


def _opened(source: str, at: int) -> tuple[str, str, bool]:
    """Split details into their contents, with lines of their own for tags, and what follows."""
    lines: list[str] = []
    state, begin = FRESH, 0
    for line in source.split("\n"):
        before, (state, _) = state, step(state, line)
        end = begin + len(line)
        if state.is_done:
            close = _last(before.depth, line)
            lines += on_lines(source[max(begin, at) : begin + close.start])
            return "\n".join(lines), source[begin + close.end :], True
        if end >= at:
            held = source[max(begin, at) : end]
            is_code = innermost(before).leaf == innermost(state).leaf == Leaf.FENCE
            lines += [held] if is_code else on_lines(held)
        begin = end + 1
    return "\n".join(lines), "", False


def _last(depth: int, line: str) -> DetailsTag:
    """Return the tag in a line that closes the outermost of `depth` details."""
    for tag in tags(line):
        depth += -1 if tag.closes else 1
        if depth == 0:
            return tag
    raise ValueError(line)
