"""Reads a bot's updates by long polling, and confirms those that were dealt with.

An update is dealt with when the reader comes back for the next one. The next poll confirms it to
the server, which brings it again until then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import Final

from tickertape.channels.telegram.bot_name import BotName
from tickertape.channels.telegram.calls import ApiCall, BotClient, Granted
from tickertape.channels.telegram.inbound import (
    ALLOWED_UPDATES,
    Groups,
    me_of,
    update_id_of,
)
from tickertape.channels.telegram.patient_calls import (
    CALL_SECONDS,
    GOODBYE_SECONDS,
    LONGEST_PAUSE,
    PatientCalls,
    told_of,
)
from tickertape.channels.telegram.update_reader import UpdateReader
from tickertape.chat import Inbound

__all__ = ["Poller"]

_log = logging.getLogger(__name__)

# The server holds a poll for at most 50 s (tdlib/telegram-bot-api Client.cpp); proxies and routers
# often cut silent connections at 60 s.
_POLL_SECONDS: Final = 30


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
        self._calls = PatientCalls(client, name, pause)
        self.bot_name = BotName()
        """The bot's name."""
        self._wanted: int | None = None
        self._confirmed: int | None = None

    @property
    def heard_at(self) -> float | None:
        """When the server granted a call last, in seconds since 1970; None: never."""
        return self._calls.heard_at

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield messages and presses; see `TelegramTransport.messages`.

        Raises:
            TransportError: when the server does not accept the bot's token.
        """
        me = replace(await self._calls.granted(ApiCall("getMe"), me_of), channel=self._name)
        forget = ApiCall("deleteWebhook", {"drop_pending_updates": False})
        await self._calls.granted(forget, bool)
        self.bot_name.learn(me.username)
        self._log.info("listening as @%s", me.username)
        reader = UpdateReader(me, self._groups)
        while True:
            wanted = self._wanted
            updates = await self._calls.granted(
                _poll(offset=wanted, timeout=_POLL_SECONDS, allowed_updates=list(ALLOWED_UPDATES)),
                _batch,
                _POLL_SECONDS + CALL_SECONDS,
            )
            self._confirmed = wanted
            for update in updates:
                inbound = reader.inbound(update)
                if inbound is not None:
                    yield inbound  # a reader that leaves here has not dealt with it
                self._check_off(update)
            if updates and self._wanted == wanted:
                # Nothing of this batch can be confirmed, so the next poll brings it again at once.
                await self._pause(LONGEST_PAUSE)

    def share(self) -> bool:
        """Return False: Telegram answers one program that polls a bot."""
        return False

    def decline(self, _inbound: Inbound) -> bool:
        """Return False: what was polled is confirmed with the next poll, taken or not."""
        return False

    async def aclose(self) -> None:
        """Confirm the updates that were dealt with since the last poll; a failure is logged."""
        if self._wanted != self._confirmed:
            goodbye = _poll(offset=self._wanted, limit=1, timeout=0)
            answer = await self._client.call(goodbye, GOODBYE_SECONDS)
            if not isinstance(answer, Granted):
                self._log.warning(
                    "the last updates were not confirmed: %s", told_of(answer, self._client.token)
                )

    def _check_off(self, update: object) -> None:
        """Count an update as dealt with, whether or not there was something to read."""
        update_id = update_id_of(update)
        if update_id is not None:
            self._wanted = update_id + 1


def _poll(**params: object) -> ApiCall:
    return ApiCall("getUpdates", params)


def _batch(result: object) -> list[object] | None:
    return result if isinstance(result, list) else None
