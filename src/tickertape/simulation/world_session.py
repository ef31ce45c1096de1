"""aiogram's way to an emulated Telegram in the same process: no network, and virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import Response, TelegramMethod
from aiohttp import ClientConnectorError
from aiohttp.client_reqrep import ConnectionKey

from tickertape.emulator.answers import Answer, NoAnswer, Outcome
from tickertape.emulator.calls import CallRecord
from tickertape.emulator.faults import Fault, arrives_at, name_of
from tickertape.emulator.world import World

__all__ = ["Crossing", "RunawayError", "WorldSession"]

# Pydantic forgets a model that nobody holds, and to make one anew takes milliseconds: a fifth of
# the time of a run (November 2026).
_ANSWERS: Final[dict[Any, type[Response[Any]]]] = {}
_ORPHANED: Final = 102.2
"""Seconds for which a system goes on sending what a closed connection still had to send: eight
times after pauses that double from 0.2 s (Linux, ip-sysctl: tcp_orphan_retries; RFC 6298)."""
_SERVER: Final = ConnectionKey(
    host="api.telegram.org", port=443, is_ssl=True, ssl=True,
    proxy=None, proxy_auth=None, proxy_headers_hash=None,
)  # fmt: skip


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
    params: dict[str, Any]
    fault: Fault | None


class WorldSession(BaseSession):
    """A session whose calls go to a world.

    A call that the network holds back arrives also if it was given up, and is applied then, unless
    that is so long ago that its sender has stopped sending it. Who goes on waiting hears what comes
    late.

    Args:
        world: Where they go.
        round_trip: Seconds that a call takes: half before it is applied, half after.
        most: How many calls are taken.
    """

    def __init__(self, world: World, *, round_trip: float = 0.08, most: int = 20_000) -> None:
        super().__init__()
        self._world = world
        self._half = round_trip / 2
        self._most = most
        self.crossings: list[Crossing] = []
        """The calls that reached the world, in its order: one for each call in its log."""
        self._held: dict[asyncio.Task[Outcome], _Sent] = {}

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ASYNC109 - the base class's
    ) -> Any:  # noqa: ANN401 - the base class's
        """Carry out one call.

        Raises:
            RunawayError: There were too many.
            TelegramNetworkError: No answer came, or none within `timeout` seconds.
        """
        crossing = Crossing(asyncio.get_running_loop().time(), 0.0)
        try:
            async with asyncio.timeout(timeout):
                return await self._cross(crossing, bot, method)
        except TimeoutError as error:
            raise TelegramNetworkError(method, "the call timed out") from error
        finally:
            crossing.waiting = False
            crossing.heard_at = asyncio.get_running_loop().time()

    async def _cross(self, crossing: Crossing, bot: Bot, method: TelegramMethod[Any]) -> Any:  # noqa: ANN401 - what the method returns
        loop = asyncio.get_running_loop()
        values = method.model_dump(warnings=False).items()
        prepared = ((name, self.prepare_value(v, bot=bot, files={})) for name, v in values)
        params = {name: value for name, value in prepared if value}
        await asyncio.sleep(self._half)
        if len(self.crossings) >= self._most:
            raise RunawayError(f"more than {self._most} calls")
        now = loop.time()
        name = method.__api_method__
        fault = self._world.fault_for(bot.token, name, params, now)
        sent = _Sent(crossing, bot.token, name, params, fault)
        arrival = arrives_at(fault, now)
        if arrival > now:
            outcome = await asyncio.shield(self._hold(sent, arrival - now))
        else:
            outcome = self._arrive(sent)
        match outcome:
            case NoAnswer():
                await asyncio.sleep(self._half)
                raise TelegramNetworkError(method, "no answer") from _cause_of(outcome)
            case Answer():
                await asyncio.sleep(self._half + outcome.delay)
                crossing.heard = True
                content = outcome.html or json.dumps(outcome.body)
                _keep_answers_of(method)
                return self.check_response(bot, method, outcome.status, content).result

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

    async def close(self) -> None:
        """Do nothing: no resource is held."""

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:  # noqa: ANN401 - the base class's
        """Yield nothing: files are not part of this world."""
        empty: list[bytes] = []
        for chunk in empty:
            yield chunk


def _cause_of(outcome: NoAnswer) -> OSError | ClientConnectorError:
    if outcome.is_sent:
        return ConnectionResetError()
    return ClientConnectorError(_SERVER, ConnectionRefusedError(111, "Connection refused"))


def _keep_answers_of(method: TelegramMethod[Any]) -> None:
    kind: Any = method.__returning__
    if kind not in _ANSWERS:
        _ANSWERS[kind] = Response[kind]
