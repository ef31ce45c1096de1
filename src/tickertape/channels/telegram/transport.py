"""The Telegram channel: actions go out, messages come in.

    channel = TelegramTransport.open(token)          # or TelegramTransport(your_own_aiogram_bot)
    outcome = await channel.perform(action)          # one HTTP call, one value
    async for inbound in channel.messages(): ...     # long polling, or a webhook
    await channel.aclose()                           # not with an existing bot

Nothing here decides: what an action becomes is `outbound`'s, what an answer means is `outcomes`',
how updates are polled is `polling`'s, how they are posted to us is `webhooks`', what one says is
`inbound`'s. No message's text and no token is ever logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tickertape.channels.telegram.addresses import NAME, ForeignIdError
from tickertape.channels.telegram.calls import (
    ApiCall,
    BotClient,
    Granted,
    Unanswered,
)
from tickertape.channels.telegram.direct_client import OFFICIAL_API, DirectClient
from tickertape.channels.telegram.inbound import Groups
from tickertape.channels.telegram.outbound import call_of, shown_by
from tickertape.channels.telegram.outcomes import outcome_of
from tickertape.channels.telegram.patient_calls import told_of
from tickertape.channels.telegram.polling import Poller
from tickertape.channels.telegram.redaction import redacted
from tickertape.channels.telegram.surface import surface_of
from tickertape.channels.telegram.webhooks.hook import TelegramWebhook
from tickertape.channels.telegram.webhooks.receiver import WebhookReceiver
from tickertape.chat import Address, Inbound
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Append,
    ClearButtons,
    Delete,
    Edit,
    Find,
    Outcome,
    Post,
    PostVoice,
    Probe,
    Reason,
    Refused,
    Seal,
    ShowDraft,
)
from tickertape.delivery.surface import Surface

if TYPE_CHECKING:
    from aiogram import Bot

__all__ = ["DEADLINES", "TelegramTransport"]

_log = logging.getLogger(__name__)

# A late frame is worth nothing, and the actions behind it wait: a stop, the final.
_DRAFT_SECONDS: Final = 4
# A call that leaves a trace is not cut off: its caller goes on without the answer, and is told when
# it comes. Nothing on the way keeps a silent connection that long (proxies: 60 s).
_TRACE_SECONDS: Final = 180
# The longest note is some megabytes, and nothing waits for it but what the lane has behind it.
_VOICE_SECONDS: Final = 30

_CALL_SECONDS: Final = 10

DEADLINES: Final[Mapping[type[Action], int]] = {
    **dict.fromkeys((ShowDraft, Probe, Find, Acknowledge), _DRAFT_SECONDS),
    **dict.fromkeys((Post, Edit, Append, Seal, Delete), _TRACE_SECONDS),
    ClearButtons: _CALL_SECONDS,
    PostVoice: _VOICE_SECONDS,
}
"""Seconds after which the call of an action is given up, by the type of the action."""


class TelegramTransport:
    """Telegram as a channel (`tickertape.ports.Channel`).

    Args:
        bot: makes the calls: aiogram's bot, or a client of ours. The session of an aiogram bot
            should not repeat calls by itself.
        name: the channel's name in addresses.
        groups: the messages that are read in groups and channels.
        stop_buttons: whether messages may carry buttons: a stop button while they are written, and
            others. Presses come in by `messages`: if another dispatcher polls, they would be lost.
        webhook: where Telegram posts what people send; None: it is polled.
        pause: waits between attempts to reach the server, for a number of seconds.
    """

    # What makes a call of an action: a platform that is like this one has calls of its own.
    _call_of = staticmethod(call_of)

    def __init__(
        self,
        bot: Bot | BotClient,
        *,
        name: str = NAME,
        groups: Groups = "mention",
        stop_buttons: bool = False,
        webhook: TelegramWebhook | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = bot if isinstance(bot, BotClient) else _client_of(bot)
        self._name = name
        self._log = logging.LoggerAdapter(_log, {"channel": name})
        self._groups: Groups = groups
        self._stop_buttons = stop_buttons
        self._source: Poller | WebhookReceiver = (
            Poller(self._client, name, groups, pause)
            if webhook is None
            else WebhookReceiver(self._client, name, groups, webhook, pause)
        )

    @classmethod
    def open(
        cls,
        token: str,
        *,
        name: str = NAME,
        api_base: str = OFFICIAL_API,
        groups: Groups = "mention",
        webhook: Mapping[str, str] | None = None,
    ) -> TelegramTransport:
        """Return a channel with a bot of its own; nothing is sent yet.

        Args:
            token: the bot's token.
            name: the channel's name in addresses.
            api_base: the address of the Bot API, without `/bot`.
            groups: the messages that are read in groups and channels.
            webhook: the `url`, `listen` and `secret` of `TelegramWebhook`; None: the bot is polled.

        Raises:
            TransportError: when `token` does not have the shape of one.
            ConfigError: when `api_base` is no address, or the webhook cannot be one.
        """
        client = DirectClient(token, api_base=api_base)
        hook = TelegramWebhook.of(webhook) if webhook is not None else None
        return cls(client, name=name, groups=groups, stop_buttons=True, webhook=hook)

    def __repr__(self) -> str:
        bot = self._client.bot_id
        return f"TelegramTransport(bot={bot}, name={self._name!r}, groups={self._groups!r})"

    def surface(self, address: Address) -> Surface:
        """Return the surface of `address`."""
        surface = surface_of(address)
        if self._stop_buttons:
            return surface
        return replace(surface, stop_buttons=False, buttons=False)

    async def perform(self, action: Action) -> Outcome:
        """Perform one action by one HTTP call.

        A draft or another call that leaves no trace is given up after 4 s, a voice note after 30 s.
        For the answer to a post, an edit or a deletion it waits up to 3 minutes: cancel it, or go
        on meanwhile.

        Raises nothing but cancellation. A connection that never stood is `Throttled`: nothing was
        shown, and the call may be made again. An id that Telegram cannot have made is refused here.
        """
        try:
            call = self._call_of(action)
        except ForeignIdError as error:
            return Refused(Reason.MALFORMED, str(error))
        seconds = DEADLINES[type(action)]
        try:
            async with asyncio.timeout(seconds):
                answer = await self._client.call(call, seconds)
        except Exception as error:  # noqa: BLE001  every failure is an outcome: the port's promise
            if not isinstance(error, TimeoutError):
                self._log.error("a call to Telegram ended in %s", type(error).__name__)
            answer = Unanswered(type(error).__name__)
        if isinstance(answer, Granted):
            return shown_by(action, answer.result)
        outcome = outcome_of(action, answer)
        if isinstance(outcome, Accepted):
            return outcome
        return redacted(outcome, self._client.token)

    @property
    def heard_at(self) -> float | None:
        """When Telegram granted what the reading needs last, in seconds since 1970; None: never."""
        return self._source.heard_at

    def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield messages and presses for as long as the iterator is read.

        The first step learns the bot's name; to poll, it removes a webhook that stands in the way,
        and with a webhook it registers that (updates that wait are kept). An update counts as dealt
        with when the reader comes back for the next one: the next poll, or `aclose`, confirms it to
        the server, and a webhook's request is answered with 200. What was not, comes again.
        Failures of the network are waited out without end. Only one iterator may run at a time:
        Telegram ends the older of two polls.

        Raises:
            ConfigError: when the address of the webhook cannot be listened at.
            TransportError: when the server does not accept the bot's token.
        """
        return self._source.messages()

    def share(self) -> bool:
        """Return whether other processes can read the bot, too, as by a webhook; see `ports`."""
        return self._source.share()

    def decline(self, inbound: Inbound) -> bool:
        """Return whether what `messages` yielded last comes again, though it was not taken.

        By a webhook it does: its request is answered with 503.
        """
        return self._source.decline(inbound)

    async def known_as(self) -> str:
        """Return the bot's name with its @, as soon as `messages` has learned it."""
        return await self._source.bot_name.known()

    async def set_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Set the menu of Telegram's clients to `commands`, pairs of word and description.

        The menu is a courtesy: a failure is logged and changes nothing else.
        """
        menu = [{"command": word, "description": text} for word, text in commands]
        call = ApiCall("setMyCommands", {"commands": menu})
        answer = await self._client.call(call, _CALL_SECONDS)
        if not isinstance(answer, Granted):
            told = told_of(answer, self._client.token)
            self._log.warning("the menu of commands was not set: %s", told)

    async def aclose(self) -> None:
        """Confirm the updates that were dealt with, or remove the webhook; close all connections.

        Close the iterator of `messages` first. Nothing may be asked of the channel afterwards.
        """
        await self._source.aclose()
        await self._client.aclose()


def _client_of(bot: Bot) -> BotClient:
    from tickertape.channels.telegram.aiogram.aiogram_client import AiogramClient  # noqa: PLC0415

    return AiogramClient(bot)
