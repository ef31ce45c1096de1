"""Calls that are made until the server grants them: a channel that waits needs them to go on.

Polling and webhooks share this. Faults of the network are waited out without end; only a token that
the server does not accept ends it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, assert_never

from tickertape.channels.telegram.calls import (
    Answer,
    ApiCall,
    BotClient,
    Denied,
    Granted,
    Unanswered,
)
from tickertape.channels.telegram.redaction import redact
from tickertape.errors import TransportError

__all__ = ["CALL_SECONDS", "GOODBYE_SECONDS", "LONGEST_PAUSE", "PatientCalls", "told_of"]

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

CALL_SECONDS: Final = 10
"""Seconds in which a call that does not wait for anything must be answered: a choice."""
GOODBYE_SECONDS: Final = 2
"""The same for the last call of a channel that closes: the program's end waits for it."""
LONGEST_PAUSE: Final = 30.0
"""Seconds between two attempts, at the most: a choice."""

_FIRST_PAUSE: Final = 0.5


class PatientCalls:
    """Makes the calls of one bot that must be granted."""

    def __init__(
        self,
        client: BotClient,
        name: str,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Prepare to call; nothing is sent.

        Args:
            client: makes the calls.
            name: the channel's name, for the log.
            pause: waits between attempts, for a number of seconds.
        """
        self._client = client
        self._log = logging.LoggerAdapter(_log, {"channel": name})
        self._pause = pause
        self.heard_at: float | None = None
        """When the server granted a call last, in seconds since 1970; None: never."""

    async def granted(
        self,
        call: ApiCall,
        read: Callable[[object], _T | None],
        seconds: float = CALL_SECONDS,
        *,
        refused: str = "",
    ) -> _T:
        """Return what the server grants; call until it does, waiting longer after each failure.

        Args:
            call: the call.
            read: reads the result; returns None if that is not of the Bot API.
            seconds: the time in which an answer must come.
            refused: what to tell the operator when the server says no; empty: nothing special.

        Raises:
            TransportError: when the server does not accept the bot's token.
        """
        pause = _FIRST_PAUSE
        while True:
            answer = await self.answer(call, seconds)
            if isinstance(answer, Granted):
                result = read(answer.result)
                if result is not None:
                    self.heard_at = time.time()
                    return result
            if isinstance(answer, Denied) and answer.retry_after is not None:
                self._log.warning("Telegram asks to wait %d s", answer.retry_after)
                await self._pause(max(answer.retry_after, _FIRST_PAUSE))
                continue
            self._complain(answer, refused)
            await self._pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def answer(self, call: ApiCall, seconds: float = CALL_SECONDS) -> Answer:
        """Return the answer to one call; whatever the client raises is an answer, too."""
        try:
            return await self._client.call(call, seconds)
        except Exception as error:  # noqa: BLE001  the loop outlives every answer
            return Unanswered(type(error).__name__)

    def _complain(self, answer: Answer, refused: str) -> None:
        """Log why a call was not granted.

        Raises:
            TransportError: when the server does not accept the bot's token.
        """
        told = told_of(answer, self._client.token)
        match answer:
            case Denied(status=401 | 404):
                raise TransportError(
                    f"The Bot API does not know this bot ({told}): "
                    "check the token, and the address of the API."
                )
            case Denied(status=409):
                self._log.warning(
                    "another program receives this bot's messages; stop one of the two: %s", told
                )
            case Denied() if refused:
                self._log.warning("%s (%s); retrying", refused, told)
            case _:
                self._log.warning("Can't reach Telegram (%s); retrying", told)


def told_of(answer: Answer, token: str) -> str:
    """Return a short line on what went wrong, without `token` and any text that a person wrote."""
    match answer:
        case Granted():
            return "the answer is not one of the Bot API"
        case Denied(words=""):
            return f"HTTP {answer.status}"
        case Denied() | Unanswered():
            return redact(answer.words, token)
        case _ as unreachable:
            assert_never(unreachable)
