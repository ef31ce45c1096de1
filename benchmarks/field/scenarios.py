"""The chats and the traces: the same four for everybody."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tickertape.emulator.scene import GROUP, YOU
from tickertape.testing.measures import Token

__all__ = ["ROUND_TRIP", "SCENARIOS", "Scenario"]

ROUND_TRIP = 0.08
"""Seconds that a call takes."""
_TRACES = Path(__file__).parent.parent / "traces"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One chat, and one answer for it."""

    name: str
    """How tables and panels call it."""
    kind: str
    """`private` or `group`."""
    trace: Path
    """The tokens and their seconds, as JSON."""

    @property
    def chat_id(self) -> int:
        """Where the answer goes."""
        return YOU if self.kind == "private" else GROUP

    def tokens(self) -> Sequence[Token]:
        """Read the trace."""
        return [(float(at), str(text)) for at, text in json.loads(self.trace.read_text("utf-8"))]


SCENARIOS = tuple(
    Scenario(f"{title}, {seconds} s", kind, _TRACES / f"{trace}.json")
    for kind, title in (("private", "private chat"), ("group", "group"))
    for trace, seconds in (("std", 20), ("mid", 45))
)
"""1,000 tokens in 20 s, and 900 tokens in 45 s: in a private chat, and in a group."""
