"""Reads a bot's updates by long polling, and confirms those that were dealt with.

An update is dealt with when the reader comes back for the next one. The next poll confirms it to
the server, which brings it again until then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeVar, assert_never

from tickertape.channels.telegram.calls import (
    Answer,
    ApiCall,
    BotClient,
    Denied,
    Granted,
    Unanswered,
)
from tickertape.channels.telegram.inbound import (
    ALLOWED_UPDATES,
    Groups,
    Me,
    inbound_of,
    me_of,
    update_id_of,
)
from tickertape.channels.telegram.redaction import redact
from tickertape.chat import Inbound
from tickertape.errors import TransportError

__all__ = ["Poller", "told_of"]

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

# The server holds a poll for at most 50 s (tdlib/telegram-bot-api Client.cpp); proxies and routers
# often cut silent connections at 60 s.
_POLL_SECONDS: Final = 30
_CALL_SECONDS: Final = 10
_GOODBYE_SECONDS: Final = 2

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0


class Poller:
    """Polls the updates of one bot."""

    def __init__(
        self,
        client: BotClient,
        name: str,
        groups: Groups,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Prepare to poll; nothing is sent before `messages`.

        Args:
            client: makes the calls.
            name: the channel's name in addresses.
            groups: the messages that are read in groups and channels.
            pause: waits between attempts to reach the server, for a number of seconds.
        """
        self._client = client
        self._name = name
        self._log = logging.LoggerAdapter(_log, {"channel": name})
        self._groups: Groups = groups
        self._pause = pause
        self._wanted: int | None = None
        self._confirmed: int | None = None

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield messages and presses; see `TelegramTransport.messages`.

        Raises:
            TransportError: when the server does not accept the bot's token.
        """
        me = replace(await self._insist(ApiCall("getMe"), _CALL_SECONDS, me_of), channel=self._name)
        forget = ApiCall("deleteWebhook", {"drop_pending_updates": False})
        await self._insist(forget, _CALL_SECONDS, bool)
        self._log.info("listening as @%s", me.username)
        while True:
            wanted = self._wanted
            updates = await self._insist(
                _poll(offset=wanted, timeout=_POLL_SECONDS, allowed_updates=list(ALLOWED_UPDATES)),
                _POLL_SECONDS + _CALL_SECONDS,
                _batch,
            )
            self._confirmed = wanted
            for update in updates:
                inbound = self._read(update, me)
                if inbound is not None:
                    yield inbound  # a reader that leaves here has not dealt with it
                self._check_off(update)
            if updates and self._wanted == wanted:
                # Nothing of this batch can be confirmed, so the next poll brings it again at once.
                await self._pause(_LONGEST_PAUSE)

    async def confirm(self) -> None:
        """Confirm the updates that were dealt with since the last poll; a failure is logged."""
        if self._wanted != self._confirmed:
            goodbye = _poll(offset=self._wanted, limit=1, timeout=0)
            answer = await self._client.call(goodbye, _GOODBYE_SECONDS)
            if not isinstance(answer, Granted):
                self._log.warning(
                    "the last updates were not confirmed: %s", told_of(answer, self._client.token)
                )

    def _read(self, update: object, me: Me) -> Inbound | None:
        """Return the event of an update; None if it has none, or is malformed."""
        try:
            return inbound_of(update, me, self._groups)
        except ValueError:
            self._log.warning("skipped update %s: it is malformed", update_id_of(update))
            return None

    def _check_off(self, update: object) -> None:
        """Count an update as dealt with, whether or not there was something to read."""
        update_id = update_id_of(update)
        if update_id is not None:
            self._wanted = update_id + 1

    async def _insist(
        self, call: ApiCall, seconds: float, read: Callable[[object], _T | None]
    ) -> _T:
        """Call until the server grants it, waiting longer after each failure.

        Args:
            call: the call.
            seconds: the time in which an answer must come.
            read: reads the result; returns None if that is not of the Bot API.

        Raises:
            TransportError: when the server does not accept the bot's token.
        """
        pause = _FIRST_PAUSE
        while True:
            answer = await self._asked(call, seconds)
            if isinstance(answer, Granted):
                result = read(answer.result)
                if result is not None:
                    return result
            if isinstance(answer, Denied) and answer.retry_after is not None:
                self._log.warning("Telegram asks to wait %d s", answer.retry_after)
                await self._pause(max(answer.retry_after, _FIRST_PAUSE))
                continue
            self._complain(answer)
            await self._pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _asked(self, call: ApiCall, seconds: float) -> Answer:
        try:
            return await self._client.call(call, seconds)
        except Exception as error:  # noqa: BLE001  the loop outlives every answer
            return Unanswered(type(error).__name__)

    def _complain(self, answer: Answer) -> None:
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


def _poll(**params: object) -> ApiCall:
    return ApiCall("getUpdates", params)


def _batch(result: object) -> list[object] | None:
    return result if isinstance(result, list) else None
