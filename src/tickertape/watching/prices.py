"""What tokens cost, purely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tickertape.events import Usage

__all__ = ["TokenPrices"]

_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """The prices of one model, in units of the operator's currency for a million tokens."""

    input: float
    """Of tokens that are read."""
    output: float
    """Of tokens that are written."""
    cached_input: float | None = None
    """Of tokens that are read from the server's cache; None: as all that are read."""

    def cost(self, usage: Usage) -> float:
        """Return the cost of what was read and written, in units of the currency."""
        cached = min(usage.cached_tokens, usage.input_tokens)
        of_cached = self.input if self.cached_input is None else self.cached_input
        read = (usage.input_tokens - cached) * self.input + cached * of_cached
        return (read + usage.output_tokens * self.output) / _MILLION
