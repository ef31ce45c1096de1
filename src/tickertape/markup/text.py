"""A text that grows cheaply: what every page is made of."""

from __future__ import annotations

from tickertape.markup.pages import Limits

__all__ = ["GrowingText"]


class GrowingText:
    """A text that grows cheaply."""

    __slots__ = ("_limits", "_parts", "points")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self.points = 0
        """How many code points it has."""

    @property
    def length(self) -> int:
        """The longest text that it may hold, in the ruler's units."""
        return self._limits.length

    @property
    def source(self) -> str:
        """What was said, byte for byte."""
        if len(self._parts) > 1:
            self._parts[:] = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def add(self, text: str) -> None:
        """Add what was said."""
        self.points += len(text)  # first: what is no text must change nothing
        self._parts.append(text)

    def _keep(self, at: int) -> str:
        """Keep the first `at` code points, and return the rest."""
        source = self.source
        self._parts[:] = [source[:at]]
        self.points = len(self._parts[0])
        return source[at:]
