"""The Telegram channel: actions go out, what people write comes in.

    channel = TelegramTransport.open(token)          # or TelegramTransport(your_own_aiogram_bot)
    outcome = await channel.perform(action)          # one HTTP call, one value
    async for inbound in channel.inbound(): ...      # long polling
    await channel.aclose()                           # not with a bot that is somebody else's

Nothing here decides: what an action becomes is `outbound`'s, what an answer means is `outcomes`',
what an update says is `inbound`'s. No message's text and no token is ever logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar, assert_never, cast

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import DeleteWebhook, GetMe, SetMyCommands, TelegramMethod
from aiogram.types import BotCommand, Message

from tickertape.channels.telegram.addresses import NAME, ForeignIdError
from tickertape.channels.telegram.client import (
    OFFICIAL_API,
    FetchUpdates,
    never_reached,
    open_bot,
)
from tickertape.channels.telegram.inbound import (
    ALLOWED_UPDATES,
    Groups,
    Me,
    inbound_of,
    update_id_of,
)
from tickertape.channels.telegram.outbound import method_of
from tickertape.channels.telegram.outcomes import (
    UNREACHED,
    outcome_of_error,
    outcome_of_result,
    words_of,
)
from tickertape.channels.telegram.redaction import redact, redacted
from tickertape.channels.telegram.surface import surface_of
from tickertape.chat import Address, Inbound
from tickertape.delivery.actions import (
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
from tickertape.errors import TransportError

__all__ = ["TelegramTransport"]

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

# A frame that is late is worth nothing, and what comes after it waits: a stop, the final.
_DRAFT_SECONDS: Final = 4
# What leaves a trace is not cut off: whoever asked for it goes on without the answer, and is told
# when it comes. Nothing on the way keeps a silent connection that long (proxies: 60 s).
_TRACE_SECONDS: Final = 180
# The longest note is some megabytes, and nothing waits for it but what the lane has behind it.
_VOICE_SECONDS: Final = 30

# The server holds a poll for at most 50 s (tdlib/telegram-bot-api Client.cpp); proxies and routers
# often cut silent connections at 60 s.
_POLL_SECONDS: Final = 30
_CALL_SECONDS: Final = 10
_GOODBYE_SECONDS: Final = 2

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0


class TelegramTransport:
    """Telegram as a channel (`tickertape.ports.Channel`).

    Args:
        bot: the aiogram bot to speak through. Its session should not repeat calls by itself.
        name: what the channel is called in the addresses of what comes in.
        groups: what is read in groups and channels.
        stop_buttons: whether messages that are being written may carry a stop button. Its presses
            come in by `inbound`: where somebody else's dispatcher polls, nobody would hear them.
        pause: how to wait between attempts to reach the server, in seconds.
    """

    def __init__(
        self,
        bot: Bot,
        *,
        name: str = NAME,
        groups: Groups = "mention",
        stop_buttons: bool = False,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bot = bot
        self._name = name
        self._groups: Groups = groups
        self._stop_buttons = stop_buttons
        self._pause = pause
        self._wanted: int | None = None
        self._confirmed: int | None = None

    @classmethod
    def open(
        cls,
        token: str,
        *,
        name: str = NAME,
        api_base: str = OFFICIAL_API,
        groups: Groups = "mention",
    ) -> TelegramTransport:
        """Make a channel with a bot of its own; nothing is sent yet.

        Args:
            token: the bot's token.
            name: what the channel is called in the addresses of what comes in.
            api_base: the address of the Bot API, without `/bot`.
            groups: what is read in groups and channels.

        Raises:
            TransportError: when `token` does not have the shape of one.
            ConfigError: when `api_base` is no address.
        """
        bot = open_bot(token, api_base=api_base)
        return cls(bot, name=name, groups=groups, stop_buttons=True)

    def __repr__(self) -> str:
        return (
            f"TelegramTransport(bot={self._bot.id}, name={self._name!r}, groups={self._groups!r})"
        )

    def surface(self, address: Address) -> Surface:
        """Say what can be shown at `address`."""
        surface = surface_of(address)
        return surface if self._stop_buttons else replace(surface, stop_buttons=False)

    async def perform(self, action: Action) -> Outcome:
        """Carry out one action by one HTTP call.

        A draft or another call that leaves no trace is given up after 4 s, a voice note after 30 s.
        For the answer to a post, an edit or a deletion it waits up to 3 minutes: cancel it, or go
        on beside it.

        Raises nothing but cancellation. A connection that never stood is `Throttled`: nothing was
        shown, and the call may be made again. An id that Telegram cannot have made is refused here.
        """
        try:
            method = cast("TelegramMethod[Message | dict[str, Any] | bool]", method_of(action))
        except ForeignIdError as error:
            return Refused(Reason.MALFORMED, str(error))
        seconds = _seconds_for(action)
        try:
            async with asyncio.timeout(seconds):
                result = await self._bot(method, request_timeout=seconds)
        except Exception as error:  # noqa: BLE001  every failure is an outcome: the port's promise
            if not isinstance(error, AiogramError | TimeoutError):
                _log.error("a call to Telegram ended in %s", type(error).__name__)
            outcome = UNREACHED if never_reached(error) else outcome_of_error(action, error)
            return redacted(outcome, self._bot.token)
        return outcome_of_result(action, result)

    async def inbound(self) -> AsyncGenerator[Inbound, None]:
        """Yield what people send, by long polling, for as long as the iterator is read.

        The first step learns the bot's name and removes a webhook that stands in the way (updates
        that wait are kept). An update is confirmed to the server after the reader has taken it.
        Failures of the network are waited out without end. Only one iterator may run at a time:
        Telegram ends the older of two polls.

        Raises:
            TransportError: when the server does not accept the bot's token.
        """
        user = await self._insist(GetMe(), _CALL_SECONDS)
        me = Me(id=user.id, username=user.username or "", channel=self._name)
        await self._insist(DeleteWebhook(drop_pending_updates=False), _CALL_SECONDS)
        _log.info("listening as @%s", me.username)
        while True:
            wanted = self._wanted
            updates = await self._insist(
                FetchUpdates(
                    offset=wanted, timeout=_POLL_SECONDS, allowed_updates=list(ALLOWED_UPDATES)
                ),
                _POLL_SECONDS + _CALL_SECONDS,
            )
            self._confirmed = wanted
            for update in updates:
                inbound = self._read(update, me)
                if inbound is not None:
                    yield inbound
            if updates and self._wanted == wanted:
                # Nothing of this batch can be confirmed, so the next poll brings it again at once.
                await self._pause(_LONGEST_PAUSE)

    async def set_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Offer `commands`, pairs of word and description, in the menu of Telegram's clients.

        The menu is a courtesy: a failure is logged and changes nothing else.
        """
        menu = [BotCommand(command=word, description=text) for word, text in commands]
        try:
            await self._bot(SetMyCommands(commands=menu), request_timeout=_CALL_SECONDS)
        except AiogramError as error:
            _log.warning("the menu of commands was not set: %s", self._told(error))

    async def aclose(self) -> None:
        """Confirm the updates that were taken, and close the bot's connections.

        Close the iterator of `inbound` first. Nothing may be asked of the channel afterwards.
        """
        if self._wanted != self._confirmed:
            goodbye = FetchUpdates(offset=self._wanted, limit=1, timeout=0)
            try:
                await self._bot(goodbye, request_timeout=_GOODBYE_SECONDS)
            except AiogramError as error:
                _log.warning("the last updates were not confirmed: %s", self._told(error))
        await self._bot.session.close()

    def _read(self, update: object, me: Me) -> Inbound | None:
        """Take one update: it counts as taken, whether or not there is something to read."""
        update_id = update_id_of(update)
        if update_id is not None:
            self._wanted = update_id + 1
        try:
            return inbound_of(update, me, self._groups)
        except ValueError:
            _log.warning("skipped update %s: it is malformed", update_id)
            return None

    async def _insist(self, method: TelegramMethod[_T], seconds: int) -> _T:
        """Call until the server grants it, waiting longer after each failure.

        Raises:
            TransportError: when the server does not accept the bot's token.
        """
        pause = _FIRST_PAUSE
        while True:
            try:
                return await self._bot(method, request_timeout=seconds)
            except (TelegramUnauthorizedError, TelegramNotFound) as error:
                raise TransportError(
                    f"The Bot API does not know this bot ({self._told(error)}): "
                    "check the token, and the address of the API."
                ) from None
            except TelegramRetryAfter as error:
                _log.warning("Telegram asks to wait %d s", error.retry_after)
                await self._pause(max(float(error.retry_after), _FIRST_PAUSE))
                continue
            except TelegramConflictError as error:
                _log.warning(
                    "another program receives this bot's messages; stop one of the two: %s",
                    self._told(error),
                )
            except Exception as error:  # noqa: BLE001  the loop outlives every answer
                _log.warning("Telegram was not heard (%s)", self._told(error))
            await self._pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _told(self, error: Exception) -> str:
        return redact(words_of(error), self._bot.token)


def _seconds_for(action: Action) -> int:
    match action:
        case ShowDraft() | Probe() | Find() | Acknowledge():
            return _DRAFT_SECONDS
        case Post() | Edit() | Append() | Seal() | Delete():
            return _TRACE_SECONDS
        case ClearButtons():
            return _CALL_SECONDS
        case PostVoice():
            return _VOICE_SECONDS
        case _ as unreachable:
            assert_never(unreachable)
