"""The network between a bot's program and an emulated Telegram in the same process.

No socket is opened, and time is virtual: a call takes as long as the script and its faults say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tickertape.emulator.answers import Answer, NoAnswer, Outcome
from tickertape.emulator.calls import CallRecord
from tickertape.emulator.faults import Fault, arrives_at, name_of
from tickertape.emulator.world import World

__all__ = ["Crossing", "RunawayError", "SimulatedNetwork"]

_ORPHANED: Final = 102.2
"""Seconds for which a system goes on sending what a closed connection still had to send: eight
times after pauses that double from 0.2 s (Linux, ip-sysctl: tcp_orphan_retries; RFC 6298)."""

_NEXT: Final = 1e-6
"""Seconds between two calls that arrive as fast as they can."""


class RunawayError(RuntimeError):
    """More calls were made than any answer needs: something goes round in circles."""


@dataclass(slots=True)
class Crossing:
    """When one call was made and heard of."""

    at: float
    """When it was made."""
    heard_at: float
    """When its answer came, or when its caller gave up waiting."""
    heard: bool = False
    """Whether an answer came while its caller waited for it."""
    arrived_at: float = 0.0
    """When the server had it, or the connection was refused."""
    waiting: bool = True
    """Whether its caller still waits for its answer."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """One call on its way to the server."""

    crossing: Crossing
    token: str
    method: str
    params: Mapping[str, object]
    fault: Fault | None


class SimulatedNetwork:
    """The way of calls to a world.

    A call that the network holds back arrives also if it was given up, and is applied then, unless
    that is so long ago that its sender has stopped sending it. Who goes on waiting hears what comes
    late.

    Args:
        world: Where they go.
        round_trip: Seconds that a call takes: half before it is applied, half after.
        most: How many calls are taken.
    """

    def __init__(self, world: World, *, round_trip: float = 0.08, most: int = 20_000) -> None:
        self._world = world
        self._half = round_trip / 2
        self._most = most
        self.crossings: list[Crossing] = []
        """The calls that reached the world, in its order: one for each call in its log."""
        self._held: dict[asyncio.Task[Outcome], _Sent] = {}
        self._arrivals: set[float] = set()

    async def send(
        self, token: str, method: str, params: Mapping[str, object], seconds: float | None
    ) -> Answer:
        """Make one call; return its answer.

        Raises:
            RunawayError: There were too many.
            TimeoutError: No answer came within `seconds`.
            ConnectionRefusedError: No connection stood.
            ConnectionResetError: The connection broke.
        """
        loop = asyncio.get_running_loop()
        crossing = Crossing(loop.time(), 0.0)
        try:
            async with asyncio.timeout(seconds):
                return await self._cross(crossing, token, method, params)
        finally:
            crossing.waiting = False
            crossing.heard_at = loop.time()

    async def _cross(
        self, crossing: Crossing, token: str, method: str, params: Mapping[str, object]
    ) -> Answer:
        await asyncio.sleep(self._half)
        if len(self.crossings) >= self._most:
            raise RunawayError(f"more than {self._most} calls")
        now = asyncio.get_running_loop().time()
        fault = self._world.fault_for(token, method, params, now)
        sent = _Sent(crossing, token, method, params, fault)
        arrival = arrives_at(fault, now)
        if arrival > now:
            # What the network lets go at one moment arrives in order: timers of one moment do not.
            while arrival in self._arrivals:
                arrival += _NEXT
            self._arrivals.add(arrival)
            outcome = await asyncio.shield(self._hold(sent, arrival - now))
        else:
            outcome = self._arrive(sent)
        match outcome:
            case NoAnswer():
                await asyncio.sleep(self._half)
                raise _failure_of(outcome)
            case Answer():
                await asyncio.sleep(self._half + outcome.delay)
                crossing.heard = True
                return outcome

    def _hold(self, sent: _Sent, seconds: float) -> asyncio.Task[Outcome]:
        """Deliver a call late, after the network held it back, even if its caller has gone."""

        async def arrive_late() -> Outcome:
            await asyncio.sleep(seconds)
            crossing, now = sent.crossing, asyncio.get_running_loop().time()
            if not crossing.waiting and now > crossing.heard_at + _ORPHANED:
                return self._drop(sent)
            return self._arrive(sent)

        task = asyncio.get_running_loop().create_task(arrive_late())
        self._held[task] = sent
        task.add_done_callback(self._held.pop)
        return task

    def _drop(self, sent: _Sent) -> Outcome:
        """Record a call that never arrives."""
        outcome, now = NoAnswer(applied=False), asyncio.get_running_loop().time()
        sent.crossing.arrived_at = now
        self.crossings.append(sent.crossing)
        bot = self._world.caller(sent.token)
        fault = name_of(sent.fault)
        self._world.log(CallRecord(now, None, bot, sent.method, sent.params, outcome, fault))
        return outcome

    def _arrive(self, sent: _Sent) -> Outcome:
        now = asyncio.get_running_loop().time()
        sent.crossing.arrived_at = now
        self.crossings.append(sent.crossing)
        return self._world.undergo(sent.fault, sent.token, sent.method, sent.params, now)

    async def settle(self) -> None:
        """Wait until all has arrived that the network holds, or can arrive no more."""
        if self._held:
            await asyncio.wait(self._held, timeout=_ORPHANED)
        for task, sent in list(self._held.items()):
            task.cancel()
            self._drop(sent)


def _failure_of(outcome: NoAnswer) -> OSError:
    return ConnectionResetError() if outcome.is_sent else ConnectionRefusedError()
