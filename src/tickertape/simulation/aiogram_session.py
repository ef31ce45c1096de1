"""aiogram's session over a simulated network."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any, Final

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import Response, TelegramMethod

from tickertape.simulation.network import SimulatedNetwork
from tickertape.simulation.simulated_client import failure_of

__all__ = ["SimulatedAiogramSession"]

# Pydantic forgets a model that nothing holds, and to make one again takes milliseconds: a fifth of
# the time of a run (November 2026).
_ANSWERS: Final[dict[Any, type[Response[Any]]]] = {}


class SimulatedAiogramSession(BaseSession):
    """A session whose calls go through a simulated network.

    Args:
        network: The way to the server.
    """

    def __init__(self, network: SimulatedNetwork) -> None:
        super().__init__()
        self._network = network

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ASYNC109 - the base class's
    ) -> Any:  # noqa: ANN401 - the base class's
        """Carry out one call.

        Raises:
            TelegramNetworkError: No answer came, or none within `timeout` seconds.
        """
        values = method.model_dump(warnings=False).items()
        prepared = ((name, self.prepare_value(v, bot=bot, files={})) for name, v in values)
        params = {name: value for name, value in prepared if value}
        try:
            answer = await self._network.send(bot.token, method.__api_method__, params, timeout)
        except TimeoutError as error:
            raise TelegramNetworkError(method, "the call timed out") from error
        except ConnectionError as error:
            raise TelegramNetworkError(method, "no answer") from failure_of(error)
        content = answer.html or json.dumps(answer.body)
        _keep_answers_of(method)
        return self.check_response(bot, method, answer.status, content).result

    async def close(self) -> None:
        """Do nothing: no resource is held."""

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:  # noqa: ANN401 - the base class's
        """Yield nothing: files are not part of this world."""
        empty: list[bytes] = []
        for chunk in empty:
            yield chunk


def _keep_answers_of(method: TelegramMethod[Any]) -> None:
    kind: Any = method.__returning__
    if kind not in _ANSWERS:
        _ANSWERS[kind] = Response[kind]
