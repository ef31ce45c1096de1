"""The text of one message while it grows, and where it must end.

    page.add(text)         more was said; cheap however long the page is
    page.cut()             where the page must end, as its text is too long for one message
    page.end(cut)          end it there
    page.final(format)     how the text is shown when it is complete
    page.preview(format)   how it is shown while it grows: what is open is healed, what may still
                           become something else is held back

What a page says depends on its text alone, never on the pieces in which it came: a text that
streams in is cut in the same places, and looks the same in the end, as one that comes whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from tickertape.markup.forms import Format, Rendering
from tickertape.markup.rulers import Ruler

__all__ = ["BlockLimits", "Cut", "Dialect", "Limits", "Page"]

Dialect: TypeAlias = Literal["raw", "markdown", "source"]
"""How what an agent says is read: as it stands; as Markdown, which is shown formatted; or as
Markdown that the channel itself formats."""


@dataclass(frozen=True, slots=True)
class BlockLimits:
    """What a message made of blocks may hold."""

    count: int
    """How many blocks; items of lists and rows of tables count as well."""
    depth: int
    """How deep they may nest."""
    columns: int
    """How many columns a table may have."""
    folds_formulas: bool = False
    """Whether details may hold formulas: there are programs that do not survive it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may hold, in whatever form."""

    length: int
    """The longest text, in the ruler's units."""
    ruler: Ruler
    """How it is measured."""
    spans: int | None = None
    """How many spans a text may have; None: any number."""
    blocks: BlockLimits | None = None
    """What a message of blocks may hold; None: there are none here."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a page ends and the next begins."""

    at: int
    """How many code points of its text stay on the page; at least 1."""
    closing: str = ""
    """What closes behind them what is open there (the emphasis around a word), for rendering
    alone: it is nothing that was said."""
    opening: str = ""
    """What opens it again on the next page: a fence, a quote, a table's header."""


class Page(Protocol):
    """The text of one message. See the module's docstring for its verbs."""

    @property
    def source(self) -> str:
        """What was said on it, byte for byte."""
        ...

    @property
    def points(self) -> int:
        """How many code points that is."""
        ...

    @property
    def length(self) -> int:
        """The longest text that it may hold, in the ruler's units."""
        ...

    def add(self, text: str) -> None:
        """Add what was said."""
        ...

    def cut(self) -> Cut | None:
        """Return where the page must end; None if its text fits into one message."""
        ...

    def settled_cut(self) -> Cut | None:
        """Return where to end it so that its final begins with its preview; None: nowhere."""
        ...

    def end(self, cut: Cut) -> str:
        """End the page there; return the rest of its text, which is removed from it."""
        ...

    def final(self, format: Format) -> Rendering:  # noqa: A002 - the word of the field
        """Render all of it, complete as it stands."""
        ...

    def preview(self, format: Format) -> Rendering:  # noqa: A002
        """Render what can be shown of it while more may come: of a prefix of the text."""
        ...

    def gains_by_blocks(self) -> bool:
        """Return whether blocks show it better: it has a table, a formula, boxes or details."""
        ...

    def allows_blocks(self) -> bool:
        """Return whether a message of blocks can hold it."""
        ...
