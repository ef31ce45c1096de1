"""Two tools of our own, so that every model has something to call.

Their words are few: together with their schemas they cost a small model less than 200 tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import Field

from tickertape.ports import Tool
from tickertape.tools.arithmetic import evaluate
from tickertape.tools.functions import FunctionTool
from tickertape.tools.zones import zone as zone_named

__all__ = ["builtin", "calculate", "current_time"]


def builtin(now: Callable[[], datetime]) -> Mapping[str, Tool]:
    """Return the built-in tools by their names: `current_time` and `calculate`.

    Args:
        now: the clock: the present moment, with a time zone.
    """

    async def current_time(
        zone: Annotated[str, Field(description="such as Europe/Rome")] = "UTC",
    ) -> str:
        """Return the date and time in a time zone."""
        moment = now().astimezone(zone_named(zone))
        return f"{moment:%A} {moment.isoformat(' ', 'seconds')}, {moment.tzinfo}"

    async def calculate(
        expression: Annotated[str, Field(description="such as (2+3)*sqrt(16)")],
    ) -> str:
        """Work out an arithmetic expression."""
        return evaluate(expression)

    return {"current_time": FunctionTool(current_time), "calculate": FunctionTool(calculate)}


_BY_NAME: Final = builtin(lambda: datetime.now(UTC))
current_time: Final = _BY_NAME["current_time"]
"""Tells the date and time of a zone, by the system's clock."""
calculate: Final = _BY_NAME["calculate"]
"""Works out an expression."""
