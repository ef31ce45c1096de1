"""How long a text is, as a platform counts it.

A ruler is additive: two texts that are joined are as long as both (an emoji that is parted into
halves of a surrogate pair counts as three bytes each). So a text is measured as it comes, and where
it is too long for a message is known from the text alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tickertape.markup.forms import Rendering, Spans
from tickertape.markup.plain import BREAKS

__all__ = ["CODE_POINTS", "UTF8", "UTF16", "Ruler", "Unit"]

Unit: TypeAlias = Literal["code_points", "utf16", "utf8"]
"""What is counted: Unicode code points, as Python's `len` does; UTF-16 code units, of which a
character beyond the basic plane has two; or bytes of UTF-8."""

_WIDEST: dict[Unit, int] = {"code_points": 1, "utf16": 2, "utf8": 4}
# All that a rendering shows as a line break.
_LINE_BREAKS = "\n\r" + "".join(map(chr, BREAKS))


@dataclass(frozen=True, slots=True)
class Ruler:
    """How a platform measures a text."""

    unit: Unit
    """What it counts."""
    escapes: tuple[tuple[str, int], ...] = ()
    """Characters that are written longer than they are, each with how many units it takes more:
    `("&", 4)` where it is written `&amp;`. Letters, digits and blanks never are."""
    mark: int = 0
    """The most units that are written around a span, where marks stand in the text: 4 for `**`
    before and behind it. The address of a link is written, too. 0: marks cost nothing."""

    def __post_init__(self) -> None:
        """Refuse what measures nothing.

        Raises:
            ValueError: when an escape is no single character, a letter, digit or blank, or takes
                no more.
        """
        for char, more in self.escapes:
            if len(char) != 1 or char.isalnum() or char == " " or more < 1:
                msg = f"no escape: {char!r} that takes {more} units more"
                raise ValueError(msg)

    @property
    def widest(self) -> int:
        """How many units a code point takes at most."""
        return _WIDEST[self.unit] + max((more for _, more in self.escapes), default=0)

    def measure(self, text: str) -> int:
        """Return how long `text` is, without marks."""
        if self.unit == "code_points" or text.isascii():
            units = len(text)
        elif self.unit == "utf16":
            units = len(text.encode("utf-16-le", "surrogatepass")) // 2
        else:
            units = len(text.encode("utf-8", "surrogatepass"))
        for char, more in self.escapes:
            units += more * sum(map(text.count, _LINE_BREAKS if char == "\n" else char))
        return units

    def take(self, text: str, limit: int) -> int:
        """Return how many code points of `text` fit into `limit` units, from its start."""
        head = text[:limit]
        # Each step drops at least one character and never one that would have fitted.
        while (excess := self.measure(head) - limit) > 0:
            head = head[: len(head) - -(-excess // self.widest)]
        return len(head)

    def marked(self, rendering: Rendering) -> int:
        """Return how long a text is with the marks of its spans."""
        units = self.measure(rendering.text)
        if self.mark and isinstance(rendering.form, Spans):
            units += sum(self.mark + self.measure(span.detail) for span in rendering.form.spans)
        return units


CODE_POINTS: Final = Ruler("code_points")
"""Counts code points, as Python does."""
UTF16: Final = Ruler("utf16")
"""Counts UTF-16 code units, as JavaScript does."""
UTF8: Final = Ruler("utf8")
"""Counts bytes of UTF-8."""
