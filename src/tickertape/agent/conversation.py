"""The plain agent: it tells a model the conversation, and passes on what the model says."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from tickertape.agent.history import compose, recent
from tickertape.events import Event
from tickertape.ports import Provider, Turn

__all__ = ["ConversationAgent"]


class ConversationAgent:
    """Answers a turn with one answer of a model. Implements `tickertape.ports.Agent`."""

    def __init__(self, provider: Provider, *, system_prompt: str = "") -> None:
        """Make an agent.

        Args:
            provider: the model's server.
            system_prompt: what the model is told before every conversation; empty tells nothing.
        """
        self._provider = provider
        self._system_prompt = system_prompt

    def run(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """Yield the model's answer to `turn`, which reads the newest part of its history.

        The generator is the provider's own: closing it, or cancelling the task that reads it,
        closes the connection to the model.
        """
        return self._provider.stream(compose(self._system_prompt, recent(turn.history), turn.text))
