"""The log as an observer: how each answer ended, what it took, and which limits were learned.

Calls to channels, requests to models and tools are told at the level `debug`. Nothing that people
or models wrote is told at any level.
"""

from __future__ import annotations

import logging
import math

from tickertape.delivery.limits.limit_estimate import LimitEstimate
from tickertape.gateway.reasons import where
from tickertape.watching.facts import (
    ActionPerformed,
    CallOutcome,
    Fact,
    LimitLearned,
    ModelAsked,
    ToolRan,
    TurnEnded,
    TurnOutcome,
)
from tickertape.watching.methods import method_of

__all__ = ["LogLines"]

_LOG = logging.getLogger(__name__)


class LogLines:
    """Logs facts. Implements `Observer`."""

    def note(self, fact: Fact) -> None:
        """Log a fact, or leave it out."""
        match fact:
            case TurnEnded():
                _log_turn(fact)
            case LimitLearned(channel=channel, chat=chat, estimates=estimates):
                for one in estimates:
                    fields = {"channel": channel, "chat": chat, **_limit(one)}
                    _LOG.info("a limit was learned", extra=fields)
            case _ if _LOG.isEnabledFor(logging.DEBUG):
                _log_detail(fact)
            case _:
                pass


def _limit(estimate: LimitEstimate) -> dict[str, object]:
    return {
        "family": estimate.family.value,
        "slowness": round(estimate.slowness, 2),
        "closed_for": round(estimate.closed_for, 1) or None,
    }


def _log_turn(turn: TurnEnded) -> None:
    fields = {**where(turn.address), "seconds": round(turn.seconds, 1)}
    fields |= {
        "command": turn.command or None,
        "characters": turn.characters,
        **_liveness(turn),
        **_spent(turn),
    }
    match turn.outcome:
        case TurnOutcome.UNDELIVERED:
            _LOG.warning("not delivered", extra={**fields, "error": turn.error})
        case TurnOutcome.MODEL_FAILED:
            _LOG.warning("the model failed", extra={**fields, "error": turn.error})
        case TurnOutcome.CRASHED:
            pass  # the worker tells why
        case _:
            _LOG.info("answered", extra={**fields, "stopped": turn.stopped or None})


def _liveness(turn: TurnEnded) -> dict[str, object]:
    """Return the log fields that say how live an answer was."""
    if turn.delays is None:
        return {}
    told = {
        "first_text": turn.delays.first_text,
        "character_delay": turn.delays.delay,
        "longest_freeze": turn.delays.freeze,
        "final_lag": turn.delays.lag,
    }
    rounded = {name: round(value, 2) for name, value in told.items() if math.isfinite(value)}
    return {"way": turn.way, **rounded, "calls": turn.call_count, "missed": len(turn.calls) or None}


def _spent(turn: TurnEnded) -> dict[str, object]:
    """Return the log fields that say what an answer took."""
    usage = turn.usage
    if usage is None:
        return {}
    return {
        "model": ",".join(one.model for one in turn.used) or None,
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens or None,
        "output_tokens": usage.output_tokens,
        "cost": None if turn.cost is None else round(turn.cost, 6),
    }


def _log_detail(fact: Fact) -> None:
    match fact:
        case ActionPerformed(action=action, outcome=outcome):
            fields = {**where(action.address), "method": method_of(action)}
            fields |= {"outcome": CallOutcome.of(outcome).value}
            _LOG.debug("called", extra={**fields, "seconds": _seconds(fact)})
        case ModelAsked(address=address, model=model, ended=ended):
            fields = {**where(address), "model": model, "ended": str(ended)}
            first = None if fact.first_at is None else round(fact.first_at - fact.asked_at, 3)
            seconds = round(fact.ended_at - fact.asked_at, 3)
            _LOG.debug("a model was asked", extra={**fields, "first": first, "seconds": seconds})
        case ToolRan(name=name, ok=ok):
            fields = {"tool": name, "ok": ok}
            seconds = round(fact.ended_at - fact.began_at, 3)
            _LOG.debug("a tool ran", extra={**fields, "seconds": seconds})
        case _:
            pass


def _seconds(fact: ActionPerformed) -> float:
    return round(fact.heard_at - fact.launched_at, 3)
