"""A channel in memory whose calls meet faults that last, whatever way its answers grow by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tickertape.delivery.actions import (
    Accepted,
    Action,
    Outcome,
    Post,
    Reason,
    Refused,
    Throttled,
    Unknown,
)
from tickertape.delivery.surface import Cadence
from tickertape.delivery.ways import Way
from tickertape.testing.transports import FakeTransport

__all__ = ["Cut", "Held", "NoId", "Raised", "RoughTransport", "Slow", "Trouble", "Unreached"]

_AGAIN = 2.0
"""Seconds after which a connection that was refused may be tried again (the Telegram channel)."""

_FOUL = {Reason.MALFORMED, Reason.NOT_EDITABLE}
"""Why a call is refused that should not have been made: messages that are open are not edited."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection breaks: the call was applied, or not, and nobody hears of it."""

    applied: bool = True


@dataclass(frozen=True, slots=True)
class Slow:
    """The call is applied at once, and its answer comes late."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Held:
    """The call arrives when the network lets go, whoever waits for it."""

    until: float


@dataclass(frozen=True, slots=True)
class NoId:
    """A post is accepted, and nobody is told of its id."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """No connection stands: the call never leaves."""


@dataclass(frozen=True, slots=True)
class Raised:
    """The transport raises."""


Trouble: TypeAlias = Cut | Slow | Held | NoId | Unreached | Raised
"""What can befall one call."""


class RoughTransport(FakeTransport):
    """A channel whose calls meet what `trouble` says, asked for each when it is made."""

    def __init__(
        self,
        trouble: Callable[[Action, float], Trouble | None],
        ways: tuple[Way, ...],
        *,
        limit: int = 28_000,
        drafts: bool = False,
        finds: int = 0,
        keys: bool = False,
        cadence: Cadence | None = None,
    ) -> None:
        super().__init__(
            limit=limit,
            dialect="source",
            ways=ways,
            drafts=drafts,
            finds=finds,
            keys=keys,
            cadence=cadence,
            stop_buttons=True,
            latency=0.1,
        )
        self.trouble = trouble
        self.asked: list[tuple[float, Action]] = []
        """When each call was made, and for what."""
        self.broken: list[Outcome] = []
        """Refusals of what no channel could do: the core asks for none of it knowingly."""
        self._held: set[asyncio.Task[Outcome]] = set()

    def hear(self) -> str:
        """Return the id of a message that a person writes."""
        return self._next_id()

    def apply(self, action: Action) -> Outcome:
        """Do what the platform would do, and note where the core broke its rules."""
        outcome = super().apply(action)
        if isinstance(outcome, Refused) and outcome.reason in _FOUL:
            self.broken.append(outcome)
        return outcome

    async def perform(self, action: Action) -> Outcome:
        """Carry out a call in its trouble."""
        now = asyncio.get_running_loop().time()
        self.asked.append((now, action))
        match self.trouble(action, now):
            case Raised():
                raise ValueError("broken")
            case Unreached():
                return Throttled(_AGAIN, by_flood_control=False)
            case Held(until=until):
                arriving = asyncio.ensure_future(self._arrive(action, until - now))
                self._held.add(arriving)
                return await asyncio.shield(arriving)
            case Cut(applied=applied):
                self.script.append(Unknown("cut") if not applied else None)
                await super().perform(action)
                return Unknown("cut")
            case Slow(seconds=seconds):
                outcome = await super().perform(action)
                await asyncio.sleep(seconds)
                return outcome
            case NoId() if isinstance(action, Post):
                outcome = await super().perform(action)
                return Accepted(outcome.shown) if isinstance(outcome, Accepted) else outcome
            case _:
                return await super().perform(action)

    async def _arrive(self, action: Action, seconds: float) -> Outcome:
        await asyncio.sleep(max(seconds, 0.0))
        return super().apply(action)  # whatever it meets by then is not the core's fault

    def times_of(self, kind: type[Action]) -> list[float]:
        """Return when calls of a kind were made."""
        return [at for at, action in self.asked if isinstance(action, kind)]
