"""What the parser of Markdown reports, built up into blocks.

The parser tells of openings and ends; here each opening is a frame on a stack, and its end makes
the block or piece that it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tickertape.markup.addresses import AddressBytes
from tickertape.markup.brackets import Bracketed, put_back, tokens, with_formulas
from tickertape.markup.cleaning import BREAK, words
from tickertape.markup.details import unfolded
from tickertape.markup.emphasis import LINK_END, MarkRun, run_of
from tickertape.markup.fences import Opening, opening_of
from tickertape.markup.inlines import (
    InlineTag,
    Marked,
    Piece,
    emphasised,
    joined,
    linked,
    paired,
    read_html,
    trimmed,
)
from tickertape.markup.lines import COUNTS
from tickertape.markup.prices import Prices
from tickertape.markup.tree import (
    Alignment,
    Block,
    Code,
    CodeBlock,
    Divider,
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
    Words,
)

__all__ = ["Builder", "TooDeepError"]

# Telegram refuses more than 16 levels; no one means 40, and our own stack ends at some hundreds.
_DEEPEST = 40
_NAME = re.compile(r"[A-Za-z0-9_]+\Z")
_MARKS = re.compile(r"\*\**|__*|~~*")
# So many bytes around a run say how it is meant: two characters, behind other runs.
_AROUND = 16
# What may stand between a line's beginning and its words: blanks, and the marks of quotes.
_BEFORE_LINES = " \t\n>"
_LOOKS = {
    "*": Style.ITALIC,
    "_": Style.ITALIC,
    "**": Style.BOLD,
    "__": Style.BOLD,
    "~~": Style.STRIKE,
}
_EMPHASES = {"Emphasis", "Strong", "Strikethrough"}
_ALIGNMENTS: dict[str, Alignment] = {
    "None": "left",
    "Left": "left",
    "Center": "center",
    "Right": "right",
}


class TooDeepError(Exception):
    """The text nests deeper than anybody means."""


@dataclass(frozen=True, slots=True)
class _Display:
    """A formula between double dollar signs, before it is known whether it stands alone."""

    source: str
    """Its LaTeX."""


# What stands within lines.
_PIECES = frozenset({Words, LineBreak, Styled, Code, Formula, Link, InlineTag, Marked, _Display})


class _Frame:
    """Something that has begun."""

    end = 0
    """Where it ends, in bytes, once it does."""
    cells_end = 0
    """Where its last cell ends, for rows."""
    checked: bool | None = None
    """Whether its box is ticked, for items."""
    line_at = 0
    """Where its last line begins, in bytes, or its first."""
    marks_end = 0
    """Where its last run of marks ends, in bytes, or it begins."""

    def __init__(self, tag: str, detail: Any, start: int) -> None:  # noqa: ANN401
        self.tag = tag
        """What it is."""
        self.detail = detail
        """What the parser says of it."""
        self.start = self.line_at = self.marks_end = start
        """Where it begins, in bytes."""
        self.children: list[Any] = []
        """What it holds so far: blocks, pieces, items or cells."""


class Builder:
    """Builds blocks from the parser's events."""

    __slots__ = (
        *("_addresses", "_formulas", "_link_end", "_raw", "_source", "_stack", "_text_end"),
        "prices",
    )

    def __init__(
        self, source: str, formulas: tuple[Bracketed, ...] = (), freed: Sequence[int] = ()
    ) -> None:
        """Begin.

        Args:
            source: what the parser reads.
            formulas: what the tokens in it stand for.
            freed: where dollar signs were found before that begin no formula, in bytes.
        """
        self._source = source
        self._formulas = formulas
        self._raw = source.encode()
        self._addresses = AddressBytes(source)
        self._text_end = self._link_end = -1
        self._stack = [_Frame("Document", None, 0)]
        self.prices = Prices(self._raw, self._addresses, freed)
        """The dollar signs that begin no formula."""

    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks built so far."""
        return tuple(self._stack[0].children)

    def feed(self, event: Any, start: int, end: int) -> None:  # noqa: ANN401 - the parser's union
        """Take one event, and where in the source it stands."""
        if type(event) is str:
            top = self._stack[-1]
            top.children.append(Divider() if event == "Rule" else LineBreak())
            top.line_at = end
            return
        kind, value = event.popitem()
        if kind == "Text":
            self._text(value, start, end)
        elif type(value) is str and value in _EMPHASES:
            self._emphasis(kind, value, start, end)
        elif kind == "Start":
            tag, detail = (value, None) if type(value) is str else next(iter(value.items()))
            self._stack.append(_Frame(tag, detail, start))
            if len(self._stack) > _DEEPEST:
                raise TooDeepError
        elif kind == "End":
            frame = self._stack.pop()
            frame.end = end
            _ENDS[frame.tag](self, frame, self._stack[-1])
        else:
            self._leaf(kind, value, start, end)

    def _text(self, text: str, start: int, end: int) -> None:
        top = self._stack[-1]
        if top.tag == "CodeBlock":
            top.children.append(Words(put_back(text, self._formulas).replace(BREAK, "\n")))
            return
        at = 0
        if ("*" in text or "_" in text or "~" in text) and self._raw[start:end] == (
            raw := text.encode()
        ):
            is_escaped = start != self._text_end and self._raw[start - 1 : start] == b"\\"
            for found in _MARKS.finditer(raw.decode("latin-1"), int(is_escaped)):
                self._words(raw[at : found.start()].decode())
                self._mark(found[0][0], start + found.start(), start + found.end())
                at = found.end()
            text = raw[at:].decode()
        self._words(text)
        self._text_end = end

    def _words(self, text: str) -> None:
        children = self._stack[-1].children
        if text.isprintable() and not self._formulas:
            if text:
                children.append(Words(text))
            return
        for piece in tokens(text, self._formulas):
            if isinstance(piece, str):
                children += _lines(piece)
            elif piece.is_display:
                children.append(_Display(piece.source.replace(BREAK, "\n")))
            else:
                children.append(Formula(words(piece.source)))

    def _emphasis(self, kind: str, tag: str, start: int, end: int) -> None:
        """Take marks in which the parser sees emphasis; what they enclose is said elsewhere."""
        char = chr(self._raw[start])
        count = 2 if tag == "Strong" or self._raw.startswith(b"~~", start) else 1
        if kind == "Start":
            self._mark(char, start, start + count)
        else:
            self._mark(char, end - count, end)

    def _mark(self, char: str, start: int, end: int) -> None:
        """Take a run of marks, or more of the one before."""
        frame = self._stack[-1]
        last = frame.children[-1] if frame.children else None
        if type(last) is Marked and last.run.end == start and last.run.char == char:
            frame.children.pop()
            start, gap = last.run.start, last.gap
        else:
            gap = self._written(frame.marks_end, start)
        frame.children.append(Marked(self._run(frame, char, start, end), gap))
        frame.marks_end = end

    def _run(self, frame: _Frame, char: str, start: int, end: int) -> MarkRun:
        at = max(frame.line_at, start - _AROUND)
        before = self._written(at, start)
        if at == frame.line_at:
            before = before.lstrip(_BEFORE_LINES)
        if start == self._link_end and before.endswith(")"):
            before = LINK_END
        after = self._written(end, end + _AROUND)
        run = run_of(char, start, end, before, after)
        return run._replace(opens=False, closes=False) if start in self._addresses else run

    def _written(self, start: int, end: int) -> str:
        text = self._raw[start:end].decode("utf-8", "ignore")
        return with_formulas(text, self._formulas) if self._formulas else text

    def _leaf(self, kind: str, value: Any, start: int, end: int) -> None:  # noqa: ANN401
        top = self._stack[-1]
        if isinstance(value, str):
            value = put_back(value, self._formulas)
        if kind == "Code":
            text = words(value)
            top.children.append(Code(text) if text.strip() else Words(f"`{text}`"))
        elif kind == "InlineMath":
            self.prices.take(start, end)
            top.children.append(Formula(words(value)))
        elif kind == "DisplayMath":
            self.prices.take_display(value, start)
            top.children.append(_Display(value.strip().replace(BREAK, "\n")))
        elif kind == "TaskListMarker":
            item = next(frame for frame in reversed(self._stack) if frame.tag == "Item")
            item.checked = value
        else:  # InlineHtml, Html
            top.children.append(InlineTag(value))

    # Ends of pieces

    def _link(self, frame: _Frame, parent: _Frame) -> None:
        url = put_back(frame.detail["dest_url"], self._formulas)
        if frame.detail["link_type"] == "Email":
            url = f"mailto:{url}"
        parent.children += linked(url, _inlines(frame))
        self._link_end = frame.end

    # Ends of blocks

    def _paragraph(self, frame: _Frame, parent: _Frame) -> None:
        self._place(_parted(frame.children), frame, parent)

    def _place(self, blocks: list[Block], frame: _Frame, parent: _Frame) -> None:
        """Put blocks below those before; paragraphs without an empty line between are one."""
        above = parent.children[-1] if parent.children else None
        if (
            blocks
            and isinstance(above, Paragraph)
            and isinstance(blocks[0], Paragraph)
            and not self._is_apart(frame.start)
        ):
            inner = (*above.inlines, LineBreak(), *blocks[0].inlines)
            parent.children[-1] = Paragraph(inner)
            blocks = blocks[1:]
        parent.children += blocks

    def _heading(self, frame: _Frame, parent: _Frame) -> None:
        inner = trimmed(_inlines(frame))
        if inner:
            parent.children.append(Heading(int(frame.detail["level"][1]), inner))

    def _quote(self, frame: _Frame, parent: _Frame) -> None:
        if frame.children:
            parent.children.append(Quote(tuple(frame.children)))

    def _code(self, frame: _Frame, parent: _Frame) -> None:
        text = "".join(piece.text for piece in frame.children).replace("\t", "    ")
        info = (
            ""
            if frame.detail == "Indented"
            else words(put_back(frame.detail["Fenced"], self._formulas))
        )
        opening = opening_of(f"~~~{info}") or Opening("~~~")
        text = f"{opening.first}\n{text}" if opening.first else text
        if not text.strip():
            if opening.language:  # a fence that holds nothing more
                parent.children.append(CodeBlock(opening.language))
        elif opening.language.lower() in {"math", "latex-math"}:
            parent.children.append(FormulaBlock(text.strip()))
        else:
            parent.children.append(CodeBlock(text.rstrip("\n"), opening.language))

    def _html(self, frame: _Frame, parent: _Frame) -> None:
        children = frame.children
        source = "".join(one.raw if type(one) is InlineTag else one.text for one in children)
        inner = trimmed(read_html(source if parent.tag == "Document" else unfolded(source)))
        if inner:
            self._place([Paragraph(inner)], frame, parent)

    def _list(self, frame: _Frame, parent: _Frame) -> None:
        ends = [item_end for item_end, _, _ in frame.children]
        items = tuple(item for _, _, item in frame.children)
        if frame.detail is not None:
            items = _numbered([marker for _, marker, _ in frame.children], items)
        loose = len(items) > 1 and all(self._is_apart(at) for at in ends[:-1])
        parent.children.append(Listing(items, frame.detail, loose))

    def _is_apart(self, at: int) -> bool:
        """Return whether an empty line stands before a place."""
        line = self._raw[max(0, at - 80) : at].rstrip(b" \t>")
        return line.endswith(b"\n") and line[:-1].rstrip(b" \t>").endswith(b"\n")

    def _item(self, frame: _Frame, parent: _Frame) -> None:
        blocks: list[Block] = []
        run: list[Any] = []
        for child in frame.children:
            if type(child) in _PIECES:
                run.append(child)
                continue
            blocks += _parted(run)
            run = []
            blocks.append(child)
        blocks += _parted(run)
        is_numbered = parent.detail is not None
        found = _NUMBER.match(self._raw, frame.start, frame.end) if is_numbered else None
        parent.children.append((frame.end, found, Item(tuple(blocks), frame.checked)))

    def _cell(self, frame: _Frame, parent: _Frame) -> None:
        inner = [Words(" ") if type(piece) is LineBreak else piece for piece in _inlines(frame)]
        parent.children.append(trimmed(joined(inner)))
        parent.cells_end = frame.end

    def _row(self, frame: _Frame, parent: _Frame) -> None:
        cells = frame.children
        more = self._raw[frame.cells_end : frame.end].decode(errors="ignore").strip()
        more = words(put_back(more, self._formulas)).replace("\\|", "|")
        if more.strip("|").strip():  # cells without a column: nothing that was said is dropped
            cells[-1] = trimmed(joined([*cells[-1], Words(f" {more.strip('|').strip()}")]))
        parent.children.append(tuple(cells))

    def _table(self, frame: _Frame, parent: _Frame) -> None:
        alignments = tuple(_ALIGNMENTS[name] for name in frame.detail)
        header, *rows = frame.children
        parent.children.append(Table(alignments, header, tuple(rows)))


_ENDS: dict[str, Callable[[Builder, _Frame, _Frame], None]] = {
    "BlockQuote": Builder._quote,
    "CodeBlock": Builder._code,
    "Heading": Builder._heading,
    "HtmlBlock": Builder._html,
    "Image": Builder._link,
    "Item": Builder._item,
    "Link": Builder._link,
    "List": Builder._list,
    "Paragraph": Builder._paragraph,
    "Table": Builder._table,
    "TableCell": Builder._cell,
    "TableHead": Builder._row,
    "TableRow": Builder._row,
}


def _inlines(frame: _Frame) -> tuple[Inline, ...]:
    if _is_bare(frame.children):
        return tuple(frame.children)
    return paired(_cleaned(emphasised(frame.children, _shaped)))


def _shaped(mark: str, inner: list[Any]) -> list[Any]:
    """Return the content between two marks in the look that they mean."""
    if mark == "__" and all(type(piece) is Words for piece in inner):
        name = "".join(piece.text for piece in inner)
        if _NAME.match(name):  # `__init__`
            return [Words(f"__{name}__")]
    pieces = paired(_cleaned(inner))
    return [Styled(_LOOKS[mark], pieces)] if pieces else []


def _cleaned(children: list[Any]) -> list[Piece]:
    """Clean words of what entities brought in; a formula within a line is one of the line."""
    pieces: list[Piece] = []
    for child in children:
        if type(child) is Words:
            text = words(child.text)
            if text:
                pieces.append(child if text == child.text else Words(text))
        elif type(child) is _Display:
            pieces.append(_formula(child.source))
        else:
            pieces.append(child)
    return pieces


def _formula(source: str) -> Inline:
    source = words(source).strip()
    return Formula(source) if source else Words("$$")


def _is_bare(children: list[Any]) -> bool:
    """Return whether there are only words, without characters that servers drop."""
    return len(children) == 1 and type(children[0]) is Words and children[0].text.isprintable()


def _parted(children: list[Any]) -> list[Block]:
    """Make paragraphs, and blocks of the formulas that have a line for themselves."""
    if _is_bare(children):
        inner = trimmed(tuple(children))
        return [Paragraph(inner)] if inner else []
    children = emphasised(children, _shaped)
    if _Display not in map(type, children):
        inner = trimmed(paired(_cleaned(children)))
        return [Paragraph(inner)] if inner else []
    blocks: list[Block] = []
    run: list[Any] = []

    def close() -> None:
        inner = trimmed(paired(_cleaned(run)))
        run.clear()
        if inner:
            blocks.append(Paragraph(inner))

    for at, child in enumerate(children):
        if type(child) is _Display and child.source and _stands_alone(children, at):
            close()
            blocks.append(FormulaBlock(child.source.replace("\t", " ")))
        else:
            run.append(child)
    close()
    return blocks


def _stands_alone(children: list[Any], at: int) -> bool:
    before = at == 0 or type(children[at - 1]) is LineBreak
    return before and (at + 1 == len(children) or type(children[at + 1]) is LineBreak)


def _lines(text: str) -> list[Words | LineBreak]:
    """Split words into lines."""
    if BREAK not in text:
        return [Words(text)]
    pieces: list[Words | LineBreak] = []
    for line in text.split(BREAK):
        pieces += [Words(line), LineBreak()] if line else [LineBreak()]
    return pieces[:-1]


# An item's number, and the blanks behind it where it has no words.
_NUMBER = re.compile(rb"[ \t]*(\d+)[.)]([ \t]*(?=\n|\Z))?")


def _numbered(markers: list[re.Match[bytes] | None], items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return items with the numbers of the source; only a `1.` after another counts up."""
    result: list[Item] = []
    above, counts = 0, False
    for marker, item in zip(markers, items, strict=True):
        said = int(marker[1]) if marker else above + 1
        number = above + 1 if said == 1 and counts else said
        is_next = not result or number == above + 1
        result.append(item if is_next else replace(item, number=number))
        above, counts = number, said == 1 or bool(marker and marker[2] == COUNTS.encode())
    return tuple(result)
