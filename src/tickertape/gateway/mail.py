"""The mail of a chat: what came in for it, as values."""

from __future__ import annotations

from dataclasses import dataclass

from tickertape.chat import Inbound
from tickertape.gateway.journal import BegunTurn

__all__ = ["Letter", "Mail"]


@dataclass(frozen=True, slots=True)
class Letter:
    """One message or event, as it was taken."""

    number: int
    """Grows, within a chat, in the order in which they were taken."""
    inbound: Inbound
    """What came in; a message has its number."""
    turn: BegunTurn | None = None
    """The turn of a message; None: none was begun."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What a chat has."""

    count: int
    """How much was taken for it so far, what was settled included."""
    letters: tuple[Letter, ...]
    """What is to be done: turns that were begun come first, then it is the order of taking."""
