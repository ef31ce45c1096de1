"""The Telegram channel: actions go out, what people write comes in.

    channel = TelegramTransport.open(token)          # or TelegramTransport(your_own_aiogram_bot)
    outcome = await channel.perform(action)          # one HTTP call, one value
    async for inbound in channel.messages(): ...     # long polling
    await channel.aclose()                           # not with an existing bot

Nothing here decides: what an action becomes is `outbound`'s, what an answer means is `outcomes`',
what an update says is `inbound`'s. No message's text and no token is ever logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar, assert_never

from tickertape.channels.telegram.addresses import NAME, ForeignIdError
from tickertape.channels.telegram.calls import (
    Answer,
    ApiCall,
    BotClient,
    Denied,
    Granted,
    Unanswered,
)
from tickertape.channels.telegram.direct_client import OFFICIAL_API, DirectClient
from tickertape.channels.telegram.inbound import (
    ALLOWED_UPDATES,
    Groups,
    Me,
    inbound_of,
    me_of,
    update_id_of,
)
from tickertape.channels.telegram.outbound import call_of
from tickertape.channels.telegram.outcomes import outcome_of, shown_by
from tickertape.channels.telegram.redaction import redact, redacted
from tickertape.channels.telegram.surface import surface_of
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
from tickertape.errors import TransportError

if TYPE_CHECKING:
    from aiogram import Bot

__all__ = ["DEADLINES", "TelegramTransport"]

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

DEADLINES: Final[Mapping[type[Action], int]] = {
    **dict.fromkeys((ShowDraft, Probe, Find, Acknowledge), _DRAFT_SECONDS),
    **dict.fromkeys((Post, Edit, Append, Seal, Delete), _TRACE_SECONDS),
    ClearButtons: _CALL_SECONDS,
    PostVoice: _VOICE_SECONDS,
}
"""Seconds after which a call is given up that carries out an action of the kind."""

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0


class TelegramTransport:
    """Telegram as a channel (`tickertape.ports.Channel`).

    Args:
        bot: the bot to speak through, aiogram's or a client of ours. The session of an aiogram
            bot should not repeat calls by itself.
        name: what the channel is called in the addresses of what comes in.
        groups: what is read in groups and channels.
        stop_buttons: whether messages that are being written may carry a stop button. Its presses
            come in by `messages`: where somebody else's dispatcher polls, nobody would hear them.
        pause: how to wait between attempts to reach the server, in seconds.
    """

    def __init__(
        self,
        bot: Bot | BotClient,
        *,
        name: str = NAME,
        groups: Groups = "mention",
        stop_buttons: bool = False,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = bot if isinstance(bot, BotClient) else _client_of(bot)
        self._name = name
        self._log = logging.LoggerAdapter(_log, {"channel": name})
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
        client = DirectClient(token, api_base=api_base)
        return cls(client, name=name, groups=groups, stop_buttons=True)

    def __repr__(self) -> str:
        bot = self._client.bot_id
        return f"TelegramTransport(bot={bot}, name={self._name!r}, groups={self._groups!r})"

    def surface(self, address: Address) -> Surface:
        """Return what can be shown at `address`."""
        surface = surface_of(address)
        return surface if self._stop_buttons else replace(surface, stop_buttons=False)

    async def perform(self, action: Action) -> Outcome:
        """Perform one action by one HTTP call.

        A draft or another call that leaves no trace is given up after 4 s, a voice note after 30 s.
        For the answer to a post, an edit or a deletion it waits up to 3 minutes: cancel it, or go
        on beside it.

        Raises nothing but cancellation. A connection that never stood is `Throttled`: nothing was
        shown, and the call may be made again. An id that Telegram cannot have made is refused here.
        """
        try:
            call = call_of(action)
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

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield what people send, by long polling, for as long as the iterator is read.

        The first step learns the bot's name and removes a webhook that stands in the way (updates
        that wait are kept). An update counts as dealt with when the reader comes back for the next
        one; the next poll, or `aclose`, confirms it to the server. What was not, comes again.
        Failures of the network are waited out without end. Only one iterator may run at a time:
        Telegram ends the older of two polls.

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

    async def set_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Set the menu of Telegram's clients to `commands`, pairs of word and description.

        The menu is a courtesy: a failure is logged and changes nothing else.
        """
        menu = [{"command": word, "description": text} for word, text in commands]
        call = ApiCall("setMyCommands", {"commands": menu})
        answer = await self._client.call(call, _CALL_SECONDS)
        if not isinstance(answer, Granted):
            self._log.warning("the menu of commands was not set: %s", self._told(answer))

    async def aclose(self) -> None:
        """Confirm the updates that were dealt with, and close the bot's connections.

        Close the iterator of `messages` first. Nothing may be asked of the channel afterwards.
        """
        if self._wanted != self._confirmed:
            goodbye = _poll(offset=self._wanted, limit=1, timeout=0)
            answer = await self._client.call(goodbye, _GOODBYE_SECONDS)
            if not isinstance(answer, Granted):
                self._log.warning("the last updates were not confirmed: %s", self._told(answer))
        await self._client.aclose()

    def _read(self, update: object, me: Me) -> Inbound | None:
        """Return what an update says to the bot; None where it says nothing."""
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
            call: what is asked for.
            seconds: how long an answer may take.
            read: reads what it tells; None where that is not of the Bot API.

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
        told = self._told(answer)
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
                self._log.warning("Telegram was not heard (%s)", told)

    def _told(self, answer: Answer) -> str:
        """Return a short line on what went wrong, without any text that a person wrote."""
        match answer:
            case Granted():
                return "the answer is not one of the Bot API"
            case Denied(words=""):
                return f"HTTP {answer.status}"
            case Denied() | Unanswered():
                return redact(answer.words, self._client.token)
            case _ as unreachable:
                assert_never(unreachable)


def _client_of(bot: Bot) -> BotClient:
    from tickertape.channels.telegram.aiogram.aiogram_client import AiogramClient  # noqa: PLC0415

    return AiogramClient(bot)


def _poll(**params: object) -> ApiCall:
    return ApiCall("getUpdates", params)


def _batch(result: object) -> list[object] | None:
    return result if isinstance(result, list) else None
