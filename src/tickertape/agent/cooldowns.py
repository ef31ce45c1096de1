"""Which models are asked last for a while, because they failed for longer than a moment."""

from __future__ import annotations

from collections.abc import Sequence

from tickertape.agent.models import Model

__all__ = ["LONGEST_COOLDOWN", "Cooldowns"]

LONGEST_COOLDOWN = 3600.0
"""Seconds after which a model is tried first again, whatever its server said: limits are lifted
early, and one request in an hour costs next to nothing."""


class Cooldowns:
    """What is remembered of models between turns; every moment is given by the caller."""

    __slots__ = ("_until",)

    def __init__(self) -> None:
        """Begin with every model awake."""
        self._until: dict[str, float] = {}

    def start(self, model: Model, seconds: float, now: float) -> None:
        """Ask `model` last for `seconds`, at most `LONGEST_COOLDOWN`."""
        if seconds > 0:
            self._until[model.name] = now + min(seconds, LONGEST_COOLDOWN)

    def clear(self, model: Model) -> None:
        """End the cooldown of `model`, which has answered."""
        self._until.pop(model.name, None)

    def order(self, models: Sequence[Model], now: float) -> tuple[Model, ...]:
        """Return `models` in their order, with those on cooldown last."""
        return tuple(sorted(models, key=lambda model: self._until.get(model.name, now) > now))
