"""The Bot API servers that a run can meet: the emulated one, and one from before rich messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tickertape.emulator.answers import Answer
from tickertape.emulator.settings import Settings
from tickertape.emulator.world import World

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


def server_of(settings: Settings, *, has_rich: bool) -> World:
    """Return an emulated Telegram.

    Args:
        settings: How it behaves.
        has_rich: Whether its server knows rich messages.
    """
    return World(settings) if has_rich else _OldWorld(settings)
