"""The sections of the operator's file that say who watches, and what tokens cost, purely."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tickertape.gateway.config.fields import Section, VariableNameOrNone
from tickertape.listening import Listen
from tickertape.watching.prices import TokenPrices

__all__ = ["HttpConfig", "LogConfig", "OpenTelemetryConfig", "PriceConfig"]


def _listen(text: str) -> str:
    """Return an address to listen on, or an empty text.

    Raises:
        ValueError: for any other text.
    """
    if text:
        Listen.of(text)
    return text


_Price = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class HttpConfig(Section):
    """The pages for those who watch: `/healthz`, `/readyz`, `/metrics`."""

    listen: Annotated[str, AfterValidator(_listen)] = ""
    """Where they are served, as HOST:PORT; empty: nowhere."""
    token_env: VariableNameOrNone = ""
    """The name of the environment variable that holds the token; empty: none is asked for."""

    @property
    def address(self) -> Listen | None:
        """Where they are served; None: nowhere."""
        return Listen.of(self.listen) if self.listen else None


class OpenTelemetryConfig(Section):
    """Traces and metrics by OpenTelemetry, which reads its own variables (`OTEL_...`)."""

    enabled: bool = False
    """Whether there are any."""
    content: bool = False
    """Whether spans have what people, models and tools wrote."""


class LogConfig(Section):
    """The log."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important lines that are written."""
    format: Literal["text", "json"] = "text"
    """The form of a line: `key=value`, or JSON."""


class PriceConfig(Section):
    """What a million tokens of a model cost, in any one currency."""

    input: _Price
    """Of tokens that are read."""
    output: _Price
    """Of tokens that are written."""
    cached_input: _Price | None = None
    """Of tokens that are read from the server's cache; None: as all that are read."""

    @property
    def prices(self) -> TokenPrices:
        """The same, as a value that counts."""
        return TokenPrices(self.input, self.output, self.cached_input)
