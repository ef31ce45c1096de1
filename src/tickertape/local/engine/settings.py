"""What the parent tells the child process before the model is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["EngineSettings"]


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What the parent wants."""

    path: str
    """The model file."""
    template: str
    """The chat template's file."""
    api_key: str = field(repr=False)
    """The key that requests must carry."""
    model: str
    """The model's name in requests and answers."""
    context_tokens: int
    """Tokens that all answers at once share."""
    answers_at_once: int
    """How many answers can be written at the same time."""
    threads: int
    """Threads that compute."""
