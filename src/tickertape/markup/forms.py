"""How a text looks, apart from what it says: plain, with spans over it, or as blocks.

A `Rendering` is a text that can be read and the form in which it is shown. A channel without
forms shows the text, and nothing is lost but looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TypeAlias

from tickertape.markup.tree import Block

__all__ = ["PLAIN", "Blocks", "Form", "Format", "Look", "Plain", "Rendering", "Span", "Spans"]


class Look(StrEnum):
    """How a span of text looks."""

    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"
    UNDERLINE = "underline"
    SPOILER = "spoiler"
    CODE = "code"
    PRE = "pre"
    LINK = "link"
    QUOTE = "quote"
    FOLDED_QUOTE = "folded_quote"


@dataclass(frozen=True, slots=True)
class Span:
    """One look of one stretch of a text."""

    look: Look
    """How it looks."""
    start: int
    """Where it begins, in UTF-16 units from the text's start."""
    length: int
    """How long it is, in UTF-16 units; at least 1."""
    detail: str = ""
    """A link's address, or the language of a `PRE`."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Nothing but the text."""


@dataclass(frozen=True, slots=True)
class Spans:
    """The text, with spans over it."""

    spans: tuple[Span, ...]
    """Ordered by where they begin, the longer first; they nest or follow each other."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The same content as blocks; the text is what can be read of them."""

    blocks: tuple[Block, ...]
    """The blocks; not empty."""


Form: TypeAlias = Plain | Spans | Blocks
"""How a text looks."""

PLAIN = Plain()
"""Nothing but the text."""


class Format(IntEnum):
    """The forms as a ladder, the richest first: it is only stepped down."""

    BLOCKS = 0
    """Blocks."""
    SPANS = 1
    """Text with spans."""
    PLAIN = 2
    """Text."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """A text as it will stand on screen."""

    text: str
    """What can be read, trimmed and clean (`tickertape.markup.plain`); empty: nothing."""
    form: Form = PLAIN
    """How it looks."""

    def __bool__(self) -> bool:
        """Return whether there is anything to show."""
        return bool(self.text)
