"""Receives a bot's updates by a webhook: registers it, reads what comes, and removes it at the end.

An update is dealt with when the reader comes back for the next one: then Telegram hears 200. Until
then, and where the reader declines it or leaves, Telegram brings it again.

The webhook is removed when the program ends in order. Telegram keeps what comes meanwhile for 24 h,
with a webhook or without. But it waits longer and longer before it brings an update again that it
could not bring, up to two minutes (tdlib/telegram-bot-api WebhookActor.cpp `on_update_error`), and
to set the same webhook again changes nothing of that (Client.cpp `process_set_webhook_query`:
"Webhook is already set"). To one that is set newly all is brought at once. So one that a killed
process has left, and for which updates wait, is removed before it is set. Where there is no
webhook, another program can poll for the bot, too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import Final

from tickertape.channels.telegram.bot_name import BotName
from tickertape.channels.telegram.calls import ApiCall, BotClient, Granted
from tickertape.channels.telegram.inbound import Groups, me_of
from tickertape.channels.telegram.patient_calls import GOODBYE_SECONDS, PatientCalls, told_of
from tickertape.channels.telegram.redaction import redact
from tickertape.channels.telegram.update_reader import UpdateReader
from tickertape.channels.telegram.webhooks.deliveries import Deliveries
from tickertape.channels.telegram.webhooks.hook import TelegramWebhook
from tickertape.channels.telegram.webhooks.registration import (
    INFO,
    REMOVE,
    Registered,
    registered_in,
    registration_of,
)
from tickertape.chat import Inbound

__all__ = ["WebhookReceiver"]

_log = logging.getLogger(__name__)

_QUIET: Final = 300.0
"""Seconds without an update after which Telegram is asked what it knows of the webhook: a choice.
Another program may have removed it, and an address that cannot be reached is quiet, too."""


class WebhookReceiver:
    """Receives the updates of one bot."""

    def __init__(
        self,
        client: BotClient,
        name: str,
        groups: Groups,
        hook: TelegramWebhook,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Prepare to receive; nothing listens, and nothing is sent, before `messages`.

        Args:
            client: makes the calls.
            name: the channel's name in addresses.
            groups: the messages that are read in groups and channels.
            hook: the webhook.
            pause: waits between attempts to reach the server, for a number of seconds.
        """
        self._client = client
        self._name = name
        self._groups: Groups = groups
        self._hook = hook
        self._log = logging.LoggerAdapter(_log, {"channel": name})
        self._calls = PatientCalls(client, name, pause)
        self.bot_name = BotName()
        """The bot's name."""
        self._deliveries = Deliveries()
        self._close: Callable[[], Awaitable[None]] | None = None
        self._is_registered = False
        self._is_shared = False
        self._failed_at = 0

    @property
    def heard_at(self) -> float | None:
        """When the server granted a call last, in seconds since 1970; None: never."""
        return self._calls.heard_at

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield messages and presses; see `TelegramTransport.messages`.

        Raises:
            ConfigError: when the address cannot be listened at.
            TransportError: when the server does not accept the bot's token.
        """
        me = replace(await self._calls.granted(ApiCall("getMe"), me_of), channel=self._name)
        reader = UpdateReader(me, self._groups)
        await self._listen()
        self._deliveries.open()
        try:
            await self._begin()
            self.bot_name.learn(me.username)
            self._log.info("listening as @%s at %s", me.username, self._hook.listen)
            while True:
                while not await self._deliveries.wait(_QUIET):
                    await self._look()
                with self._deliveries.next() as delivery:
                    inbound = reader.inbound(delivery.update.content)
                    if inbound is not None:
                        yield inbound  # a reader that leaves here has not dealt with it
        finally:
            self._deliveries.close()

    def share(self) -> bool:
        """Return True: any number of processes receive, and the webhook outlasts this one."""
        self._is_shared = True
        return True

    def decline(self, _inbound: Inbound) -> bool:
        """Let Telegram bring again what was yielded last; return True: it will."""
        return self._deliveries.decline()

    async def aclose(self) -> None:
        """Remove the webhook, unless it is shared, and close its address; a failure is logged."""
        if self._is_registered and not self._is_shared:
            self._is_registered = False
            answer = await self._calls.answer(REMOVE, GOODBYE_SECONDS)
            if not isinstance(answer, Granted):
                told = told_of(answer, self._client.token)
                self._log.warning("the webhook was not removed: %s", told)
        if self._close is not None:
            close, self._close = self._close, None
            await close()

    async def _listen(self) -> None:
        """Listen, before Telegram is told where, until `aclose`.

        Raises:
            ConfigError: when the address cannot be listened at.
        """
        if self._close is not None:
            return
        # aiohttp's server is of use to webhooks alone: it is loaded where there is one.
        from tickertape.channels.telegram.webhooks.server import (  # noqa: PLC0415
            Mount,
            WebhookServer,
        )

        server = WebhookServer.at(self._hook.at)
        mount = Mount(self._name, self._hook, self._deliveries)
        await server.add(mount)
        self._close = lambda: server.remove(mount)

    async def _begin(self) -> None:
        """Register the webhook; log what became of the one before.

        Raises:
            TransportError: when the server does not accept the bot's token.
        """
        known = await self._calls.granted(INFO, registered_in)
        if known.url == self._hook.url:
            self._tell_of_failure(known)
            if known.waiting:
                await self._calls.granted(REMOVE, bool)
        await self._register()

    async def _register(self) -> None:
        refused = "Telegram refuses the webhook: check webhook.url"
        await self._calls.granted(registration_of(self._hook), bool, refused=refused)
        self._is_registered = True

    async def _look(self) -> None:
        """Ask Telegram what it knows of the webhook, and set it again if it is another one."""
        answer = await self._calls.answer(INFO)
        known = registered_in(answer.result) if isinstance(answer, Granted) else None
        if known is None:
            told = told_of(answer, self._client.token)
            self._log.warning("Can't ask Telegram about the webhook: %s", told)
            return
        self._tell_of_failure(known)
        if known.url != self._hook.url:
            told = "another program has changed this bot's webhook: it is set again"
            self._log.warning("%s; stop one of the two", told)
            await self._register()

    def _tell_of_failure(self, known: Registered) -> None:
        """Log, once, why Telegram could not bring an update."""
        if known.failed_at <= self._failed_at:
            return
        self._failed_at = known.failed_at
        fields = {
            "channel": self._name,
            "error": redact(known.failure, self._client.token),
            "at": known.failed,
            "waiting": known.waiting,
        }
        _log.warning("Telegram could not bring an update", extra=fields)
