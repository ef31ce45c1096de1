"""The servers that a run can meet: the emulated one, one from before rich messages, and streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tickertape.emulator.answers import Answer
from tickertape.emulator.world import World
from tickertape.simulation.script import Script
from tickertape.simulation.streams import StreamWorld

__all__ = ["RICH_METHODS", "server_of"]

RICH_METHODS: Final = frozenset({"sendRichMessage", "sendRichMessageDraft"})
"""What a server from before Bot API 10.1 (2026-06) does not know."""

_UNKNOWN = "notYetInvented"
_FIELD = "rich_message"


class _OldWorld(World):
    """A server that knows no rich message: not the methods, and of an edit not the field."""

    def apply(self, token: str, method: str, params: Mapping[str, object], now: float) -> Answer:
        if method in RICH_METHODS:
            return super().apply(token, _UNKNOWN, params, now)
        known = {name: value for name, value in params.items() if name != _FIELD}
        return super().apply(token, method, known, now)


def server_of(script: Script) -> World:
    """Return the emulated platform of a run."""
    if script.streams is not None:
        return StreamWorld(script.streams, script.settings)
    return World(script.settings) if script.has_rich else _OldWorld(script.settings)
