"""The HTTP client behind the channel: a Bot API session and the bot that speaks through it.

The session differs from aiogram's own in what it keeps apart and in what it refuses to do:

- a connection has its own deadline, shorter than the call's, so that "never reached" (safe to
  repeat) and "no answer" (may have been applied) stay two different failures;
- the `Retry-After` header of a 429 counts where the body names no wait (a proxy's page, say);
- redirects are not followed: one call is one request, and the token goes to no other address;
- nothing is repeated.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramNetworkError,
    TelegramRetryAfter,
)
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.utils.token import TokenValidationError
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientTimeout,
    ConnectionTimeoutError,
)
from typing_extensions import override

from tickertape.errors import ConfigError, TransportError

__all__ = ["OFFICIAL_API", "FetchUpdates", "Session", "never_reached", "open_bot"]

OFFICIAL_API: Final = "https://api.telegram.org"
"""Where Telegram's own Bot API lives (core.telegram.org/bots/api#making-requests, 2026-11)."""

# Half of the shortest call's deadline (4 s): a connection that takes longer would leave the call
# no time, and giving up here is still known to be harmless.
_CONNECT_SECONDS: Final = 2.0

# Calls whose answers are late stay open for minutes: they must not take the connections away from
# those that follow. aiohttp's own limit is 100.
_CONNECTIONS: Final = 1000

_NEVER_REACHED: Final = (ClientConnectorError, ConnectionTimeoutError)


class FetchUpdates(TelegramMethod[list[Any]]):
    """`getUpdates`, answered by the updates as JSON gives them, whatever they hold.

    aiogram's own method reads a batch as a whole or not at all: one update that its types do not
    fit would hide all others.
    """

    __returning__ = list[Any]
    __api_method__ = "getUpdates"

    offset: int | None = None
    """The first update that is wanted; the ones before it are confirmed, and gone."""
    limit: int | None = None
    """How many updates at once: 1 to 100."""
    timeout: int | None = None
    """Seconds that the server may wait for an update."""
    allowed_updates: list[str] | None = None
    """The kinds of update that are wanted; None leaves the server's list as it is."""


class Session(AiohttpSession):
    """aiogram's session over aiohttp, with the differences that the module's text lists."""

    @override
    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        """Make one request and read its answer.

        Raises:
            AiogramError: for whatever goes wrong; `never_reached` tells the two kinds of network
                failure apart.
        """
        client = await self.create_session()
        total = self.timeout if timeout is None else timeout
        try:
            async with client.post(
                self.api.api_url(token=bot.token, method=method.__api_method__),
                data=self.build_form_data(bot=bot, method=method),
                timeout=ClientTimeout(total=total, connect=_CONNECT_SECONDS),
                allow_redirects=False,
            ) as response:
                content = await response.text(errors="replace")
        except TimeoutError as error:
            raise TelegramNetworkError(method, "the call timed out") from error
        except (ClientError, OSError) as error:
            raise TelegramNetworkError(method, type(error).__name__) from error
        return self._read(bot, method, response, content)

    def _read(
        self, bot: Bot, method: TelegramMethod[TelegramType], response: ClientResponse, content: str
    ) -> TelegramType:
        try:
            answer = self.check_response(bot, method, response.status, content)
        except TelegramRetryAfter:
            raise
        except TypeError as error:
            # aiogram looks for words in the description of a 5xx, where there may be none.
            raise ClientDecodeError("no description", error, None) from error
        except AiogramError as error:
            wait = response.headers.get("Retry-After", "")
            if response.status == 429 and wait.isdecimal():
                raise TelegramRetryAfter(method, "Too Many Requests", int(wait)) from error
            raise
        # A granted answer holds what the method returns; the envelope's type allows None only for
        # the sake of refusals, which have been raised above.
        return answer.result  # type: ignore[return-value]

    @override
    async def close(self) -> None:
        """Close every connection; the next call would open them again."""
        if self._session is not None and not self._session.closed:
            await self._session.close()


def never_reached(error: BaseException) -> bool:
    """Whether a failed call never got a connection, so that nothing of it was ever sent."""
    return isinstance(error, TelegramNetworkError) and isinstance(error.__cause__, _NEVER_REACHED)


def open_bot(token: str, *, api_base: str = OFFICIAL_API) -> Bot:
    """Make the aiogram bot that speaks for `token`; nothing is sent yet.

    Args:
        token: the bot's token. It appears in no error of this function.
        api_base: the address of the Bot API, `http` or `https`, without `/bot`.

    Raises:
        TransportError: when `token` does not have the shape of one.
        ConfigError: when `api_base` is no address.
    """
    address = urlsplit(api_base)
    if address.scheme not in {"http", "https"} or not address.hostname or "{" in api_base:
        raise ConfigError("telegram.api_base", api_base, "an http:// or https:// address")
    try:
        session = Session(api=TelegramAPIServer.from_base(api_base), limit=_CONNECTIONS)
        return Bot(token, session=session)
    except TokenValidationError:
        raise TransportError(
            "This is not a Telegram bot token (a number, a colon, a secret); "
            "@BotFather hands out the right one."
        ) from None
