"""The calls of a bot that is aiogram's, and the session that we give to those that we make.

The session differs from aiogram's own in what it keeps apart and in what it refuses to do:

- a connection has its own deadline, shorter than the call's, so that "never reached" (safe to
  repeat) and "no answer" (may have been applied) stay two different failures;
- the `Retry-After` header of a 429 counts where the body names no wait (a proxy's page, say);
- redirects are not followed: one call is one request, and the token goes to no other address;
- nothing is repeated.
"""

from __future__ import annotations

from typing import Final

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Message, User
from aiohttp import ClientError, ClientResponse, ClientTimeout
from typing_extensions import override

from tickertape.channels.telegram.aiogram.methods import method_of
from tickertape.channels.telegram.calls import (
    Answer,
    ApiCall,
    Denied,
    Granted,
    Unanswered,
    one_line,
)
from tickertape.channels.telegram.direct_client import (
    CONNECT_SECONDS,
    NEVER_REACHED,
    answer_in,
)

__all__ = ["AiogramClient", "Session", "answer_of_error", "never_reached"]

_STATUS_OF: Final[tuple[tuple[type[TelegramAPIError], int], ...]] = (
    (TelegramBadRequest, 400),
    (TelegramUnauthorizedError, 401),
    (TelegramForbiddenError, 403),
    (TelegramNotFound, 404),
    (TelegramConflictError, 409),
    (TelegramEntityTooLarge, 413),
    (TelegramServerError, 500),
)
"""aiogram tells the status by the class of its exception; what has none here counts as 0."""


class AiogramClient:
    """Makes calls through an aiogram bot; a `BotClient`.

    Args:
        bot: the bot. Its session should not repeat calls by itself.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @property
    def token(self) -> str:
        """The bot's token."""
        return self._bot.token

    @property
    def bot_id(self) -> int:
        """The bot's number."""
        return self._bot.id

    async def call(self, call: ApiCall, seconds: float) -> Answer:
        """Make one call, with the bot's session and its middlewares.

        Raises every error of a custom session that is no error of aiogram's.
        """
        try:
            # The timeout is an integer to aiogram's types alone.
            result = await self._bot(method_of(call), request_timeout=seconds)  # type: ignore[arg-type]
        except AiogramError as error:
            return answer_of_error(error)
        return Granted(_plain(result))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._bot.session.close()


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
                timeout=ClientTimeout(total=total, connect=CONNECT_SECONDS),
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
    """Return whether a failed call never got a connection, so that nothing of it was ever sent."""
    return isinstance(error, TelegramNetworkError) and isinstance(error.__cause__, NEVER_REACHED)


def answer_of_error(error: AiogramError) -> Answer:
    """Return the answer that an exception of a call stands for.

    Of exceptions that are not the server's words only the kind is told: their texts may quote the
    call or its answer.
    """
    match error:
        case TelegramRetryAfter():
            return Denied(429, _words_of(error), float(error.retry_after))
        case TelegramMigrateToChat():
            return Denied(400, _words_of(error), moved_to=error.migrate_to_chat_id)
        case ClientDecodeError():
            return answer_in(error.data)
        case TelegramNetworkError() if not isinstance(error, TelegramEntityTooLarge):
            return Unanswered(type(error.__cause__ or error).__name__, never_reached(error))
        case TelegramAPIError():
            status = next((code for kind, code in _STATUS_OF if isinstance(error, kind)), 0)
            return Denied(status, _words_of(error))
        case _:
            return Unanswered(type(error).__name__)


def _words_of(error: TelegramAPIError) -> str:
    # aiogram passes the description on as it came, and it may be missing.
    return one_line(str(error.message or ""))


def _plain(result: object) -> object:
    """Return a result as JSON values."""
    match result:
        case Message():
            return {"message_id": result.message_id, "text": result.text}
        case User():
            return {"id": result.id, "username": result.username}
        case _:
            return result
