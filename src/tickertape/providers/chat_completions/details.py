"""The `reasoning_details` of one answer: thinking in pieces that its server wants back.

They come with `reasoning`, whose words they repeat: they are shown only if that is missing.
Their pieces are told apart by `index` and `type`; texts are appended, all else is the last that was
said (openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning-blocks, 2026-11).
"""

from __future__ import annotations

import json

__all__ = ["ReasoningDetails"]

_APPENDED = ("text", "summary", "data")


class ReasoningDetails:
    """Takes the pieces as they come."""

    __slots__ = ("_pieces",)

    def __init__(self) -> None:
        self._pieces: list[dict[str, object]] = []

    def take(self, pieces: object) -> str:
        """Add the `reasoning_details` of a message, and return the text that they show."""
        words = ""
        for piece in pieces if isinstance(pieces, list) else ():
            if isinstance(piece, dict):
                self._add(piece)
                shown = piece.get("text") or piece.get("summary")
                words += shown if isinstance(shown, str) else ""
        return words

    @property
    def raw(self) -> str:
        """The list to return, as JSON; empty where nothing came."""
        return json.dumps(self._pieces) if self._pieces else ""

    def _add(self, piece: dict[str, object]) -> None:
        label = (piece.get("index"), piece.get("type"))
        for known in self._pieces:
            if (known.get("index"), known.get("type")) == label:
                break
        else:
            known = {}
            self._pieces.append(known)
        for name, value in piece.items():
            earlier = known.get(name)
            if name in _APPENDED and isinstance(value, str) and isinstance(earlier, str):
                known[name] = earlier + value
            elif value or name not in known:
                known[name] = value
