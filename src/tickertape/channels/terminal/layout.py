"""Lays stable blocks out: the rows of a piece of the answer, below those that stand above it.

All that a stable block needs to know of those before it is one value, `LayoutState`: whether there
is any, the last row of a paragraph that goes on, the columns of a table that goes on, the lines of
code above. So the same stable blocks give the same rows, in whatever portions they come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from rich.text import Text

from tickertape.channels.terminal.columns import GAP, fitted, natural, roomy, row_of, rule_of
from tickertape.channels.terminal.flow import Fold, Piece, TextFlow, joined, words
from tickertape.channels.terminal.highlight import ABOVE, coloured
from tickertape.channels.terminal.inlines import inline
from tickertape.channels.terminal.looks import DIM, FORMULA, HEADINGS, STYLES
from tickertape.channels.terminal.sanitized import sanitized
from tickertape.markup.lines import Box
from tickertape.markup.parse import parse_chunk, resumed
from tickertape.markup.stable import StableBlock
from tickertape.markup.tree import (
    Block,
    CodeBlock,
    Details,
    Divider,
    Folded,
    FormulaBlock,
    Heading,
    Item,
    Listing,
    Paragraph,
    Quote,
    Style,
    Table,
    Thinking,
)

__all__ = ["AT_TOP", "LayoutState", "laid", "last_rows"]

_BULLETS = ("•", "◦", "▪")
_BOXES = {True: "☑ ", False: "☐ "}
_BAR = "▌ "
_TAB = 4
# A line across ends where lines of text do on a wide screen.
_WIDEST_RULE = 72


@dataclass(frozen=True, slots=True)
class LayoutState:
    """The state after the stable blocks that were laid out before."""

    is_empty: bool = True
    """Whether there is nothing yet."""
    flow: TextFlow | None = None
    """What is left of a paragraph once its complete rows are taken away: its last row."""
    widths: tuple[int, ...] = ()
    """How wide the columns of the table are that may go on."""
    code: tuple[str, ...] = ()
    """The last lines of the code that may go on."""


AT_TOP = LayoutState()
"""Nothing stands above."""


def laid(stable: StableBlock, above: LayoutState, columns: int) -> tuple[list[Text], LayoutState]:
    """Return the rows of a stable block, and the state after it.

    Returns:
        The rows that are complete, and the state for the next stable block.
    """
    blocks = resumed(parse_chunk(stable.opening + stable.source), stable.opening)
    if not blocks:
        return [], above
    layout = _Layout(stable, above, columns)
    layout.blocks(blocks, Text(), 0)
    pieces = layout.pieces
    rows: list[Text] = []
    flow = above.flow
    if flow and stable.goes_on and pieces and isinstance(pieces[0], TextFlow):
        pieces[0] = joined(flow, stable.joint, pieces[0])
    elif flow:
        rows += flow.rows(columns)
    if stable.is_apart and not above.is_empty:
        rows.append(_gap(stable.around))
    for piece in pieces[:-1]:
        rows += piece.rows(columns)
    left: TextFlow | None = None
    match pieces[-1:]:
        case [TextFlow() as last] if stable.goes_further:
            complete, left = last.parted(columns)
            rows += complete
        case [last]:
            rows += last.rows(columns)
    return rows, LayoutState(False, left, layout.widths, layout.code)


def last_rows(above: LayoutState, columns: int) -> list[Text]:
    """Return the last row of a paragraph, once it is complete."""
    return above.flow.rows(columns) if above.flow else []


def _gap(around: tuple[Box, ...]) -> Text:
    """Return an empty row between two stable blocks; the bars of the quotes around both go on."""
    row = Text()
    for box in around:
        row.append(_BAR if box.marker == ">" else " " * (len(box.marker) + 1), DIM)
    return row


class _Layout:
    """Lays out the blocks in one stable block, one below the other."""

    def __init__(self, stable: StableBlock, above: LayoutState, columns: int) -> None:
        self.pieces: list[Piece] = []
        self.widths: tuple[int, ...] = ()
        self.code: tuple[str, ...] = ()
        self._stable = stable
        self._above = above
        self._columns = columns
        self._first: Text | None = None  # a marker that stands before the next row

    def blocks(self, blocks: tuple[Block, ...], lead: Text, depth: int) -> None:
        """Add the rows of blocks, each behind `lead`."""
        before: Block | None = None
        for block in blocks:
            if before is not None and not _is_close(before, block):
                self.pieces.append(Fold(lead, lead, Text()))
            self._block(block, lead, depth)
            before = block

    def _block(self, block: Block, lead: Text, depth: int) -> None:
        match block:
            case Paragraph(inlines):
                self._flow(lead, inline(inlines))
            case Heading(level, inlines):
                look = HEADINGS[min(level, len(HEADINGS)) - 1]
                self._flow(lead, inline(inlines, look))
            case CodeBlock(text, language):
                self._code(text, language, lead)
            case FormulaBlock(source):
                for line in source.split("\n"):
                    self._fold(lead, words(line, FORMULA))
            case Divider():
                room = max(self._columns - lead.cell_len, 1)
                self._fold(lead, words("─" * min(room, _WIDEST_RULE), DIM))
            case Listing():
                self._listing(block, lead, depth)
            case Quote(inner):
                self.blocks(inner, self._begun(lead, words(_BAR, DIM)), depth)
            case Table():
                self._table(block, lead)
            case Details(summary, inner):
                self._flow(lead, inline(summary, STYLES[Style.BOLD]))
                self.blocks(inner, lead, depth)
            case Folded(text) | Thinking(text):
                self._flow(lead, words(text, DIM))
            case _:
                assert_never(block)

    def _listing(self, listing: Listing, lead: Text, depth: int) -> None:
        numbers = listing.numbers
        for index, item in enumerate(listing.items):
            marker = _marker(item, numbers[index] if numbers else None, depth)
            inner = lead.copy()
            inner.append(" " * len(marker))
            if item.continued:
                self.blocks(item.blocks, inner, depth + 1)
                continue
            first = (self._first or lead).copy()
            first.append_text(words(marker))
            self._first = first
            if item.blocks:
                self.blocks(item.blocks, inner, depth + 1)
            else:
                self._fold(inner, Text())

    def _table(self, table: Table, lead: Text) -> None:
        header = tuple(inline(cell, STYLES[Style.BOLD]) for cell in table.header)
        rows = [tuple(inline(cell) for cell in row) for row in table.rows]
        widths = self._above.widths
        if not self._stable.goes_on or len(widths) != len(header):
            widths = natural([header, *rows])
            widths = roomy(widths) if self._stable.goes_further else widths
        self.widths = widths
        fit = fitted(widths, self._columns - min(lead.cell_len, self._columns // 2))
        above = [] if self._stable.goes_on else [header]
        for number, row in enumerate([*above, *rows]):
            if not fit:
                self._flow(lead, _in_one(row))
                continue
            for line in row_of(row, fit, table.alignments):
                self._fold(lead, line)
            if above and not number:
                self._fold(lead, rule_of(fit))

    def _code(self, text: str, language: str, lead: Text) -> None:
        lines = tuple(sanitized(line.expandtabs(_TAB)) for line in text.split("\n"))
        above = self._above.code if self._stable.goes_on else ()
        for line in coloured(lines, above, language):
            self._fold(lead, line)
        self.code = (*above, *lines)[-ABOVE:]

    def _flow(self, lead: Text, text: Text) -> None:
        self.pieces.append(TextFlow(self._taken(lead), lead, text))

    def _fold(self, lead: Text, text: Text) -> None:
        self.pieces.append(Fold(self._taken(lead), lead, text))

    def _begun(self, lead: Text, mark: Text) -> Text:
        """Put a mark behind a lead, and behind the marker that waits."""
        if self._first is not None:
            self._first = self._first.copy().append_text(mark)
        return lead.copy().append_text(mark)

    def _taken(self, lead: Text) -> Text:
        """Return the text before a row that begins: the pending marker, else the lead."""
        first, self._first = self._first, None
        return lead if first is None else first


def _is_close(before: Block, block: Block) -> bool:
    """Return whether two blocks in one stable block follow each other without an empty row."""
    match before, block:
        case (Heading(), _) | (Paragraph(), Listing()):
            return True
        case _:
            return False


def _marker(item: Item, number: int | None, depth: int) -> str:
    bullet = _BULLETS[min(depth, len(_BULLETS) - 1)] + " "
    marker = bullet if number is None else f"{number}. "
    if item.checked is None:
        return marker
    box = _BOXES[item.checked]
    return box if number is None else marker + box


def _in_one(row: tuple[Text, ...]) -> Text:
    """Return a table's row as one text, for a screen that is too narrow for columns."""
    result = Text()
    for index, cell in enumerate(row):
        result.append(GAP if index else "", DIM)
        result.append_text(cell)
    return result
