"""A formatted text as a tree of values: blocks that hold inline pieces, in no platform's words.

A parser makes the tree (`tickertape.markup.parse`), renderers read it: text with spans and plain
text here, a platform's own blocks in its channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

__all__ = [
    "Alignment",
    "Block",
    "Code",
    "CodeBlock",
    "Details",
    "Divider",
    "Folded",
    "Formula",
    "FormulaBlock",
    "Heading",
    "Inline",
    "Item",
    "LineBreak",
    "Link",
    "Listing",
    "Paragraph",
    "Quote",
    "Style",
    "Styled",
    "Table",
    "Thinking",
    "Words",
    "next_number",
]


class Style(StrEnum):
    """How words look."""

    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"
    UNDERLINE = "underline"
    SPOILER = "spoiler"


@dataclass(frozen=True, slots=True)
class Words:
    """Words as they are."""

    text: str
    """The characters; never empty, and without line breaks."""


@dataclass(frozen=True, slots=True)
class LineBreak:
    """The next line of the same paragraph."""


@dataclass(frozen=True, slots=True)
class Styled:
    """Pieces that look alike."""

    style: Style
    """How they look."""
    inlines: tuple[Inline, ...]
    """The pieces; not empty."""


@dataclass(frozen=True, slots=True)
class Code:
    """Code within a line."""

    text: str
    """The code; not empty."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula within a line."""

    source: str
    """Its LaTeX, without the dollar signs."""


@dataclass(frozen=True, slots=True)
class Link:
    """Pieces that lead somewhere."""

    url: str
    """Where they lead; not empty."""
    inlines: tuple[Inline, ...]
    """The pieces; not empty."""


Inline: TypeAlias = Words | LineBreak | Styled | Code | Formula | Link
"""A piece of a line."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of text."""

    inlines: tuple[Inline, ...]
    """The pieces; not empty."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A title."""

    level: int
    """1, the greatest, to 6."""
    inlines: tuple[Inline, ...]
    """The pieces; not empty."""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Lines of code."""

    text: str
    """The code, without a line break at its end."""
    language: str = ""
    """The language, where it is named."""


@dataclass(frozen=True, slots=True)
class FormulaBlock:
    """A formula that stands alone."""

    source: str
    """Its LaTeX, without the dollar signs."""


@dataclass(frozen=True, slots=True)
class Divider:
    """A line across."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list."""

    blocks: tuple[Block, ...]
    """What it holds; empty where nothing was said yet."""
    checked: bool | None = None
    """Whether its box is ticked; None: it has no box."""
    continued: bool = False
    """Whether it goes on from the page before, where its marker stands."""
    number: int | None = None
    """Its number, where it is not the one behind the number of the item above."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    items: tuple[Item, ...]
    """Its items; not empty."""
    start: int | None = None
    """The number of the first item; None: bullets."""
    loose: bool = False
    """Whether an empty line stands between its items."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of its items; none where they have bullets."""
        if self.start is None:
            return ()
        numbers = [self.start]
        for item in self.items[1:]:
            numbers.append(next_number(numbers[-1], item))
        return tuple(numbers)


def next_number(above: int, item: Item) -> int:
    """Return the number of an item that stands below the one with the number `above`."""
    return above + 1 if item.number is None else item.number


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation."""

    blocks: tuple[Block, ...]
    """What it holds; not empty."""


Alignment: TypeAlias = Literal["left", "center", "right"]
"""Where the text of a table's column stands."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; each row has as many cells as the header."""

    alignments: tuple[Alignment, ...]
    """One for each column."""
    header: tuple[tuple[Inline, ...], ...]
    """The titles of the columns; a cell may be empty."""
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]
    """The rows below the header."""


@dataclass(frozen=True, slots=True)
class Details:
    """Something that a reader may unfold."""

    summary: tuple[Inline, ...]
    """What is seen of it when it is folded; not empty."""
    blocks: tuple[Block, ...]
    """What it holds; not empty."""
    is_open: bool = False
    """Whether it is unfolded at first."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A long aside in the bot's own voice, of which a reader sees the first lines."""

    text: str
    """The words, with line breaks."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """What the agent does besides speaking; in previews only."""

    text: str
    """The words."""


Block: TypeAlias = (
    Paragraph
    | Heading
    | CodeBlock
    | FormulaBlock
    | Divider
    | Listing
    | Quote
    | Table
    | Details
    | Folded
    | Thinking
)
"""A piece of a text that stands by itself."""
