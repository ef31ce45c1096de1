"""The attempts of one turn: which model is asked next, when, and with how much history.

A machine without I/O. It is told each failure and the moment of it, and answers with the next
attempt or with the end:

    plan = RetryPlan(models, cooldowns, now=now)
    plan.ask                            the attempt to make
    plan.after(error, now)              what comes next: an Ask, or the Failed of the turn
    plan.succeeded()                    the attempt gave a whole answer; the next step begins

What is done about which failure stands in `tickertape.agent.rules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from tickertape.agent.cooldowns import Cooldowns
from tickertape.agent.models import Model
from tickertape.agent.rules import (
    LONGEST_WAIT,
    MOST_TIMES,
    RULES,
    SHORT_WAIT,
    Again,
    Compact,
    GiveUp,
    NextModel,
    wait,
)
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Failed

__all__ = ["Ask", "RetryPlan"]


@dataclass(frozen=True, slots=True)
class Ask:
    """An attempt to make."""

    model: Model
    """Whom to ask."""
    halvings: int = 0
    """How often what it reads is halved."""
    wait: float = 0.0
    """Seconds to wait before."""


class RetryPlan:
    """The attempts of one turn. See the module's docstring."""

    __slots__ = ("_cooldowns", "_left", "_spread", "_tried", "_verdict", "ask")

    def __init__(
        self, models: Sequence[Model], cooldowns: Cooldowns, *, now: float, spread: float = 0.0
    ) -> None:
        """Begin a turn.

        Args:
            models: those that may be asked, in their order; at least one.
            cooldowns: which of them are asked last; shared by all turns.
            now: the moment, in seconds of any clock.
            spread: a number from 0 to 1 that differs from turn to turn.
        """
        first, *self._left = cooldowns.order(models, now)
        self.ask = Ask(first)
        """The attempt to make."""
        self._cooldowns = cooldowns
        self._spread = spread
        self._tried: list[FailureKind] = []  # why the model was asked again, for each time
        self._verdict: Failed | None = None

    def succeeded(self) -> None:
        """Record that the attempt gave a whole answer: the next step asks the same model."""
        self._cooldowns.clear(self.ask.model)
        self._tried.clear()
        self.ask = replace(self.ask, wait=0.0)

    def after(self, error: ProviderError, now: float) -> Ask | Failed:
        """Return the next attempt after one that failed, or the failure that ends the turn.

        The end tells why the first model of the turn was given up, which is what its reader can
        understand: the one that was chosen, or stands in for it.
        """
        match RULES[error.kind]:
            case Again() as rule:
                seconds = wait(rule, len(self._tried), error.retry_after, self._spread)
                if self._may_try(error.kind, rule) and seconds <= self._patience:
                    self._tried.append(error.kind)
                    return self._go(replace(self.ask, wait=seconds))
                return self._next(error, max(rule.cooldown, error.retry_after or 0.0), now)
            case Compact(times=times):
                if self.ask.halvings < times:
                    return self._go(replace(self.ask, halvings=self.ask.halvings + 1, wait=0.0))
                return self._next(error, 0.0, now)
            case NextModel(cooldown=cooldown):
                return self._next(error, cooldown, now)
            case GiveUp():
                return Failed(error)
            case unknown:
                assert_never(unknown)

    def _may_try(self, kind: FailureKind, rule: Again) -> bool:
        return self._tried.count(kind) < rule.times and len(self._tried) < MOST_TIMES

    @property
    def _patience(self) -> float:
        return SHORT_WAIT if self._left else LONGEST_WAIT

    def _next(self, error: ProviderError, cooldown: float, now: float) -> Ask | Failed:
        self._cooldowns.start(self.ask.model, cooldown, now)
        self._verdict = self._verdict or Failed(error)
        if not self._left:
            return self._verdict
        self._tried.clear()
        return self._go(Ask(self._left.pop(0)))

    def _go(self, ask: Ask) -> Ask:
        self.ask = ask
        return ask
