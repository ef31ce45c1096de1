"""Calls of the Bot API and their answers, as values: pure.

Call ──BotClient.call──▶ Granted | Denied | Unheard
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias, runtime_checkable

__all__ = [
    "Answer",
    "ApiCall",
    "BotClient",
    "Denied",
    "FileUpload",
    "Granted",
    "Unanswered",
    "one_line",
]

_WORDS_LIMIT: Final = 300


@dataclass(frozen=True, slots=True)
class FileUpload:
    """A file that is sent along."""

    content: bytes = field(repr=False)
    """What it holds."""
    name: str
    """What it is called."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of a method."""

    method: str
    """The method's name, as core.telegram.org/bots/api has it."""
    params: Mapping[str, object] = field(default_factory=dict)
    """Its parameters: values that JSON can say, uploads, and None for what is not given."""


@dataclass(frozen=True, slots=True)
class Granted:
    """The server did it."""

    result: object
    """What it tells, as JSON has it."""


@dataclass(frozen=True, slots=True)
class Denied:
    """The server said no."""

    status: int
    """The HTTP status; 0 if it is unknown."""
    words: str
    """Why, in its own words, on one line."""
    retry_after: float | None = None
    """The seconds that it asks to wait; None where it names none."""
    moved_to: int | None = None
    """The number of the supergroup that the chat has become."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """There was no answer, or none of the Bot API."""

    words: str
    """What happened, without anything that a person wrote."""
    never_reached: bool = False
    """Whether there never was a connection, so that nothing of the call was sent."""


Answer: TypeAlias = Granted | Denied | Unanswered
"""What a call came to."""


@runtime_checkable
class BotClient(Protocol):
    """Makes the calls of one bot."""

    @property
    def token(self) -> str:
        """The bot's token."""
        ...

    @property
    def bot_id(self) -> int:
        """The bot's number."""
        ...

    async def call(self, call: ApiCall, seconds: float) -> Answer:
        """Make one call by one request, repeat nothing, and wait so many `seconds` at most."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


def one_line(words: str) -> str:
    """Return the beginning of a server's words, on one line."""
    return " ".join(words.split())[:_WORDS_LIMIT]
