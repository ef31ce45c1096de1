"""What a running gateway can change, as one value: a reload replaces the whole of it at once.

An answer keeps what it began with. What it began with is closed when the last such answer has
ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tickertape.delivery.streaming import StreamingConfig
from tickertape.gateway.access import Access
from tickertape.gateway.settings import Choices
from tickertape.ports import Agent

__all__ = ["AnswerSettings", "Reloadable", "SettingsInUse"]


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How answers are made."""

    agent: Agent
    """Answers."""
    choices: Choices
    """The choices of chats."""
    streaming: StreamingConfig
    """How answers stream."""


@dataclass(frozen=True, slots=True)
class Reloadable:
    """All that a running gateway can change."""

    access: Access
    """Who is answered, as far as the configuration lists them."""
    answers: AnswerSettings
    """How the answers are made that begin from here on."""
    together: float
    """Seconds within which messages of one person are answered together."""


class SettingsInUse:
    """The settings of answers: those for the next one, and those that running answers keep."""

    def __init__(self, first: AnswerSettings) -> None:
        """Begin with `first`."""
        self._present = _Generation(first)

    @property
    def present(self) -> AnswerSettings:
        """The settings with which the next answer is made."""
        return self._present.settings

    @contextmanager
    def keep(self) -> Iterator[AnswerSettings]:
        """Yield the present settings; they are not closed before the block has ended."""
        generation = self._present
        generation.users += 1
        try:
            yield generation.settings
        finally:
            generation.users -= 1
            generation.close_if_unused()

    def replace(self, settings: AnswerSettings, close: Callable[[], None]) -> None:
        """Make `settings` the present ones.

        Args:
            settings: for the answers that begin from here on.
            close: called once, when no answer uses the former ones any more; perhaps at once.
        """
        former, self._present = self._present, _Generation(settings)
        former.close = close
        former.close_if_unused()


@dataclass(slots=True)
class _Generation:
    """Settings that were, or are, the present ones."""

    settings: AnswerSettings
    """The settings."""
    users: int = 0
    """How many answers use them."""
    close: Callable[[], None] | None = None
    """Closes them; None as long as they are the present ones, and after it was called."""

    def close_if_unused(self) -> None:
        if self.users == 0 and (close := self.close) is not None:
            self.close = None
            close()
