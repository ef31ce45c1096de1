"""What the parser of Markdown reports, built up into blocks.

The parser tells of openings and ends; here each opening is a frame on a stack, and its end makes
the block or piece that it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from tickertape.markup.brackets import Bracketed, put_back, tokens
from tickertape.markup.cleaning import words
from tickertape.markup.fences import Opening, opening_of
from tickertape.markup.inlines import Piece, Tag, joined, linked, paired, trimmed
from tickertape.markup.lines import COUNTS
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
    Listing,
    Paragraph,
    Quote,
    Style,
    Styled,
    Table,
    Words,
)

__all__ = ["Builder", "TooDeepError"]

# Telegram refuses more than 16 levels; nobody means 40, and our own stack ends at some hundreds.
_DEEPEST = 40
_NAME = re.compile(r"__\w+__\Z")
# `$5 for coffee, 10$ for lunch`: a number, and words of at least two letters behind a blank.
_PRICE = re.compile(r"\d.*\s[^\W\d_]{2,}|\d[\d.,\s]*[-–—~/]?\Z|\d.*[-–—]\Z", re.DOTALL)
_ALIGNMENTS: dict[str, Alignment] = {
    "None": "left",
    "Left": "left",
    "Center": "center",
    "Right": "right",
}
_INLINE_BLOCKS = (Words, LineBreak, Styled, Code, Formula, Tag)


class TooDeepError(Exception):
    """The text nests deeper than anybody means."""


@dataclass(frozen=True, slots=True)
class _Display:
    """A formula between double dollar signs, before it is known whether it stands alone."""

    source: str
    """Its LaTeX."""


@dataclass(slots=True)
class _Frame:
    """Something that has begun."""

    tag: str
    """What it is."""
    detail: Any
    """What the parser says of it."""
    start: int
    """Where it begins, in bytes."""
    children: list[Any] = field(default_factory=list)
    """What it holds so far: blocks, pieces, items or cells."""
    end: int = 0
    """Where it ends, in bytes, once it does."""
    cells_end: int = 0
    """Where its last cell ends, for rows."""
    checked: bool | None = None
    """Whether its box is ticked, for items."""


class Builder:
    """Builds blocks from the parser's events."""

    __slots__ = ("_formulas", "_raw", "_source", "_stack", "prices")

    def __init__(self, source: str, formulas: tuple[Bracketed, ...] = ()) -> None:
        """Begin.

        Args:
            source: what the parser reads.
            formulas: what the tokens in it stand for.
        """
        self._source = source
        self._formulas = formulas
        self._raw = b""
        self._stack = [_Frame("Document", None, 0)]
        self.prices: list[int] = []
        """Where dollar signs stand that mean money, in bytes."""

    def blocks(self) -> tuple[Block, ...]:
        """Give what was built."""
        return tuple(self._stack[0].children)

    def feed(self, event: Any, start: int, end: int) -> None:  # noqa: ANN401 - the parser's union
        """Take one event, and where in the source it stands."""
        if type(event) is str:
            self._stack[-1].children.append(Divider() if event == "Rule" else LineBreak())
            return
        ((kind, value),) = event.items()
        if kind == "Text":
            self._text(value)
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

    def _text(self, text: str) -> None:
        top = self._stack[-1]
        if not self._formulas or top.tag == "CodeBlock":
            top.children.append(Words(put_back(text, self._formulas)))
            return
        for piece in tokens(text, self._formulas):
            if isinstance(piece, str):
                top.children.append(Words(piece))
            elif piece.is_display:
                top.children.append(_Display(piece.source))
            else:
                top.children.append(Formula(words(piece.source)))

    def _leaf(self, kind: str, value: Any, start: int, end: int) -> None:  # noqa: ANN401
        top = self._stack[-1]
        if isinstance(value, str):
            value = put_back(value, self._formulas)
        if kind == "Code":
            text = words(value)
            top.children.append(Code(text) if text.strip() else Words(f"`{text}`"))
        elif kind == "InlineMath":
            if self._is_price(value, start, end):
                self.prices.append(start)
            top.children.append(Formula(words(value)))
        elif kind == "DisplayMath":
            top.children.append(_Display(value.strip()))
        elif kind == "TaskListMarker":
            item = next(frame for frame in reversed(self._stack) if frame.tag == "Item")
            item.checked = value
        else:  # InlineHtml, Html
            top.children.append(Tag(value))

    def _bytes(self, start: int, end: int) -> bytes:
        if not self._raw:
            self._raw = self._source.encode()
        return self._raw[start:end]

    def _is_price(self, formula: str, start: int, end: int) -> bool:
        before, after = self._bytes(max(0, start - 1), start), self._bytes(end, end + 1)
        return before.isalnum() or after.isalnum() or bool(_PRICE.match(formula))

    # Ends of pieces

    def _emphasis(self, frame: _Frame, parent: _Frame) -> None:
        inner = cast("list[Piece]", frame.children)
        before = self._bytes(max(0, frame.start - 1), frame.start)
        if before.isalnum() and self._bytes(frame.end, frame.end + 1).isalnum():
            parent.children += [Words("*"), *inner, Words("*")]
        else:
            self._styled(Style.ITALIC, frame, parent)

    def _strong(self, frame: _Frame, parent: _Frame) -> None:
        raw = self._bytes(frame.start, frame.end)
        if raw.startswith(b"__") and _NAME.match(raw.decode()):
            parent.children.append(Words(raw.decode()))
        else:
            self._styled(Style.BOLD, frame, parent)

    def _strike(self, frame: _Frame, parent: _Frame) -> None:
        if self._bytes(frame.start, frame.start + 2) == b"~~":
            self._styled(Style.STRIKE, frame, parent)
        else:
            parent.children += [Words("~"), *frame.children, Words("~")]

    def _styled(self, style: Style, frame: _Frame, parent: _Frame) -> None:
        inner = _inlines(frame)
        if inner:
            parent.children.append(Styled(style, inner))

    def _link(self, frame: _Frame, parent: _Frame) -> None:
        url = frame.detail["dest_url"]
        if frame.detail["link_type"] == "Email":
            url = f"mailto:{url}"
        parent.children += linked(url, _inlines(frame))

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
        info = "" if frame.detail == "Indented" else words(frame.detail["Fenced"])
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
        pieces: list[Piece] = []
        for child in frame.children:
            for line in (child.raw if type(child) is Tag else child.text).split("\n"):
                pieces += [*_tagged(line), LineBreak()]
            pieces.pop()
        inner = trimmed(paired(pieces))
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
        """Say whether an empty line stands before a place."""
        line = self._bytes(max(0, at - 80), at).rstrip(b" \t>")
        return line.endswith(b"\n") and line[:-1].rstrip(b" \t>").endswith(b"\n")

    def _item(self, frame: _Frame, parent: _Frame) -> None:
        blocks: list[Block] = []
        run: list[Any] = []
        for child in frame.children:
            if isinstance(child, (*_INLINE_BLOCKS, _Display)) or type(child).__name__ == "Link":
                run.append(child)
                continue
            blocks += _parted(run)
            run = []
            blocks.append(child)
        blocks += _parted(run)
        found = _NUMBER.match(self._bytes(frame.start, frame.end))
        parent.children.append((frame.end, found, Item(tuple(blocks), frame.checked)))

    def _cell(self, frame: _Frame, parent: _Frame) -> None:
        inner = [Words(" ") if type(piece) is LineBreak else piece for piece in _inlines(frame)]
        parent.children.append(trimmed(joined(inner)))
        parent.cells_end = frame.end

    def _row(self, frame: _Frame, parent: _Frame) -> None:
        cells = frame.children
        more = self._bytes(frame.cells_end, frame.end).decode(errors="ignore").strip()
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
    "Emphasis": Builder._emphasis,
    "Heading": Builder._heading,
    "HtmlBlock": Builder._html,
    "Image": Builder._link,
    "Item": Builder._item,
    "Link": Builder._link,
    "List": Builder._list,
    "Paragraph": Builder._paragraph,
    "Strikethrough": Builder._strike,
    "Strong": Builder._strong,
    "Table": Builder._table,
    "TableCell": Builder._cell,
    "TableHead": Builder._row,
    "TableRow": Builder._row,
}


def _inlines(frame: _Frame) -> tuple[Inline, ...]:
    return paired(_cleaned(frame.children))


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


def _parted(children: list[Any]) -> list[Block]:
    """Make paragraphs, and blocks of the formulas that have a line for themselves."""
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


# An item's number, and the blanks behind it where it has no words.
_NUMBER = re.compile(rb"[ \t]*(\d+)[.)]([ \t]*(?=\n|\Z))?")


def _numbered(markers: list[re.Match[bytes] | None], items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Give items the numbers that were said; only a `1.` behind another counts up."""
    result: list[Item] = []
    above, counts = 0, False
    for marker, item in zip(markers, items, strict=True):
        said = int(marker[1]) if marker else above + 1
        number = above + 1 if said == 1 and counts else said
        is_next = not result or number == above + 1
        result.append(item if is_next else replace(item, number=number))
        above, counts = number, said == 1 or bool(marker and marker[2] == COUNTS.encode())
    return tuple(result)


_PARTS = re.compile(r"(<[^<>]*>)")


def _tagged(line: str) -> list[Piece]:
    """Part a line of HTML into words and tags."""
    return [
        Tag(part) if part.startswith("<") and part.endswith(">") else Words(words(part))
        for part in _PARTS.split(line)
        if words(part)
    ]
