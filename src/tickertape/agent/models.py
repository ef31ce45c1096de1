"""The models that can answer, and in which order they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tickertape.errors import ConfigError
from tickertape.ports import Provider

__all__ = ["LEAST_WINDOW", "Model", "Models"]

LEAST_WINDOW = 512
"""The smallest window that can be used, in tokens; half of it must be left to the conversation."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be asked."""

    name: str
    """What people and the configuration call it."""
    provider: Provider = field(repr=False)
    """Its server."""
    window: int = 32_768
    """Tokens that it can keep in mind, its answer included."""
    answer: int = 4_096
    """Tokens of the window that are kept free for its answer."""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ConfigError: for an empty name, a window below `LEAST_WINDOW`, or an answer that leaves
                less than half of `LEAST_WINDOW` to the conversation.
        """
        if not self.name:
            raise ConfigError("model.name", self.name, "a text that is not empty")
        if self.window < LEAST_WINDOW:
            allowed = f"a whole number of tokens, {LEAST_WINDOW} or more"
            raise ConfigError(f"{self.name}.window", self.window, allowed)
        most = self.window - LEAST_WINDOW // 2
        if not 0 < self.answer <= most:
            allowed = f"a whole number of tokens from 1 to {most}, for a window of {self.window}"
            raise ConfigError(f"{self.name}.answer", self.answer, allowed)

    @property
    def room(self) -> int:
        """Tokens that the conversation and the tools may take."""
        return self.window - self.answer


class Models:
    """Several models by name: a default, and those that stand in when one fails."""

    __slots__ = ("_by_name", "_default", "_fallbacks")

    def __init__(self, models: Sequence[Model], fallbacks: Sequence[str] = ()) -> None:
        """Make the list.

        Args:
            models: the first is the default.
            fallbacks: names of those that are asked, in this order, when another fails.

        Raises:
            ConfigError: when there is no model, two share a name, or a fallback is not among them.
        """
        if not models:
            raise ConfigError("models", [], "at least one model")
        self._by_name = {model.name: model for model in models}
        self._default = models[0]
        if len(self._by_name) < len(models):
            raise ConfigError("models", [model.name for model in models], "names that differ")
        for name in fallbacks:
            if name not in self._by_name:
                raise ConfigError("fallback", name, f"one of {', '.join(self._by_name)}")
        self._fallbacks = tuple(self._by_name[name] for name in fallbacks)

    def chain(self, chosen: str = "") -> tuple[Model, ...]:
        """Return the models of one turn in the order in which they are asked, each once.

        Args:
            chosen: the name of the first; the default, where no model has this name.
        """
        first = self._by_name.get(chosen, self._default)
        return tuple(dict.fromkeys((first, *self._fallbacks)))
