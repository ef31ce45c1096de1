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

from tickertape.emulator.answers import Answer, NoAnswer
from tickertape.emulator.world import World

__all__ = ["Crossing", "RunawayError", "WorldSession"]

# Pydantic forgets a model that nobody holds, and to make one anew takes milliseconds: a fifth of
# the time of a run (November 2026).
_ANSWERS: Final[dict[Any, type[Response[Any]]]] = {}


class RunawayError(RuntimeError):
    """More calls were made than any answer needs: something goes round in circles."""


@dataclass(slots=True)
class Crossing:
    """When one call was made and heard of."""

    at: float
    """When it was made."""
    heard_at: float
    """When its answer came, or when nobody waited for it any more."""
    heard: bool = False
    """Whether an answer came."""


class WorldSession(BaseSession):
    """A session whose calls go to a world.

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

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ASYNC109, ARG002 - the base class's
    ) -> Any:  # noqa: ANN401 - the base class's
        """Carry out one call.

        Raises:
            RunawayError: There were too many.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        values = method.model_dump(warnings=False).items()
        prepared = ((name, self.prepare_value(v, bot=bot, files={})) for name, v in values)
        params = {name: value for name, value in prepared if value}
        await asyncio.sleep(self._half)
        if len(self.crossings) >= self._most:
            raise RunawayError(f"more than {self._most} calls")
        crossing = Crossing(begun, begun)
        self.crossings.append(crossing)
        outcome = self._world.exchange(bot.token, method.__api_method__, params, loop.time())
        try:
            match outcome:
                case NoAnswer():
                    await asyncio.sleep(self._half)
                    raise TelegramNetworkError(method, "cut") from ConnectionResetError()
                case Answer():
                    await asyncio.sleep(self._half + outcome.delay)
                    crossing.heard = True
                    content = outcome.html or json.dumps(outcome.body)
                    _keep_answers_of(method)
                    return self.check_response(bot, method, outcome.status, content).result
        finally:
            crossing.heard_at = loop.time()

    async def close(self) -> None:
        """Nothing is open."""

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:  # noqa: ANN401 - the base class's
        """Files are not part of this world."""
        empty: list[bytes] = []
        for chunk in empty:
            yield chunk


def _keep_answers_of(method: TelegramMethod[Any]) -> None:
    kind: Any = method.__returning__
    if kind not in _ANSWERS:
        _ANSWERS[kind] = Response[kind]
