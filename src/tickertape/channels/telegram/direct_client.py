"""The HTTP client behind the channel: one request for each call.

What it keeps apart, and what it refuses to do:

- a connection has its own deadline, shorter than the call's, so that "never reached" (safe to
  repeat) and "no answer" (may have been applied) stay two different failures;
- the `Retry-After` header of a 429 counts where the body names no wait (a proxy's page, say);
- redirects are not followed: one call is one request, and the token goes to no other address;
- nothing is repeated.

A bot needs a dozen methods, as JSON: so it gets them without aiogram, whose types for all of the
Bot API take 2 s of processor time to import and 130 MB to keep (two cores, November 2026). Who has
an aiogram bot speaks through it (`tickertape.channels.telegram.aiogram`).
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import certifi
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    FormData,
    TCPConnector,
)

from tickertape.channels.telegram.calls import (
    Answer,
    ApiCall,
    Denied,
    FileUpload,
    Granted,
    Unanswered,
    one_line,
)
from tickertape.errors import ConfigError, TransportError

if TYPE_CHECKING:
    from aiogram import Bot

__all__ = [
    "CONNECT_SECONDS",
    "NEVER_REACHED",
    "OFFICIAL_API",
    "DirectClient",
    "answer_in",
    "open_bot",
]

OFFICIAL_API: Final = "https://api.telegram.org"
"""Where Telegram's own Bot API lives (core.telegram.org/bots/api#making-requests, 2026-11)."""

CONNECT_SECONDS: Final = 2.0
"""Half of the shortest call's deadline (4 s): a connection that takes longer would leave the call
no time, and giving up here is still known to be harmless."""

NEVER_REACHED: Final = (ClientConnectorError, ConnectionTimeoutError)
"""What aiohttp raises where there never was a connection."""

# Calls whose answers are late stay open for minutes: they must not take the connections away from
# those that follow. aiohttp's own limit is 100.
_CONNECTIONS: Final = 1000

# A name that was found is not looked up again for an hour, nor is a call held up by it.
_NAMES_KEPT: Final = 3600

_JSON: Final = {"Content-Type": "application/json"}

_STRANGE: Final = "the answer is not one of the Bot API"
_TOO_MANY: Final = 429

_written: Final = json.JSONEncoder(ensure_ascii=False).encode


class DirectClient:
    """Makes the calls of one bot over aiohttp; a `BotClient`. Nothing is sent before the first.

    Args:
        token: the bot's token. It appears in no error of ours.
        api_base: the address of the Bot API, `http` or `https`, without `/bot`.

    Raises:
        TransportError: when `token` does not have the shape of one.
        ConfigError: when `api_base` is no address.
    """

    def __init__(self, token: str, *, api_base: str = OFFICIAL_API) -> None:
        _check(token, api_base)
        self._token = token
        self._base = f"{api_base.rstrip('/')}/bot{token}/"
        self._session: ClientSession | None = None

    @property
    def token(self) -> str:
        """The bot's token."""
        return self._token

    @property
    def bot_id(self) -> int:
        """The bot's number."""
        return int(self._token.partition(":")[0])

    async def call(self, call: ApiCall, seconds: float) -> Answer:
        """Make one call by one request."""
        body = _body_of(call)
        try:
            async with self._opened().post(
                self._base + call.method,
                data=body,
                headers=None if isinstance(body, FormData) else _JSON,
                timeout=ClientTimeout(total=seconds, connect=CONNECT_SECONDS),
                allow_redirects=False,
            ) as response:
                content = await response.read()
        except (ClientError, OSError) as error:
            return Unanswered(type(error).__name__, isinstance(error, NEVER_REACHED))
        try:
            said = json.loads(content.decode(errors="replace"))
        except (ValueError, RecursionError):
            said = None
        return answer_in(said, response.status, response.headers.get("Retry-After", ""))

    async def aclose(self) -> None:
        """Close every connection; the next call would open them again."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> ClientSession:
        """Return the session, which can only be made in a loop."""
        if self._session is None:
            is_secure = self._base.startswith("https:")
            connector = TCPConnector(
                # To load the certificates takes 20 ms; plain HTTP needs none.
                ssl=ssl.create_default_context(cafile=certifi.where()) if is_secure else True,
                limit=_CONNECTIONS,
                ttl_dns_cache=_NAMES_KEPT,
            )
            self._session = ClientSession(connector=connector, cookie_jar=DummyCookieJar())
        return self._session


def open_bot(token: str, *, api_base: str = OFFICIAL_API) -> Bot:
    """Make an aiogram bot that speaks for `token`; nothing is sent yet.

    Args:
        token: the bot's token. It appears in no error of this function.
        api_base: the address of the Bot API, `http` or `https`, without `/bot`.

    Raises:
        TransportError: when `token` does not have the shape of one.
        ConfigError: when `api_base` is no address.
    """
    _check(token, api_base)
    from aiogram import Bot  # noqa: PLC0415 - seconds, for those alone who want such a bot
    from aiogram.client.telegram import TelegramAPIServer  # noqa: PLC0415

    from tickertape.channels.telegram.aiogram.aiogram_client import Session  # noqa: PLC0415

    server = TelegramAPIServer.from_base(api_base)
    return Bot(token, session=Session(api=server, limit=_CONNECTIONS))


def _check(token: str, api_base: str) -> None:
    """Raise where a bot or an address cannot be meant."""
    address = urlsplit(api_base)
    if address.scheme not in {"http", "https"} or not address.hostname or "{" in api_base:
        raise ConfigError("telegram.api_base", api_base, "an http:// or https:// address")
    number, _, secret = token.partition(":")
    if not (number.isdecimal() and number.isascii() and secret) or len(token.split()) != 1:
        raise TransportError(
            "This is not a Telegram bot token (a number, a colon, a secret); "
            "@BotFather hands out the right one."
        )


def _body_of(call: ApiCall) -> bytes | FormData:
    """Write a call's parameters: as JSON, or as a form where a file is sent along."""
    given = {name: value for name, value in call.params.items() if value is not None}
    if FileUpload not in map(type, given.values()):
        return _written(given).encode()
    form = FormData(quote_fields=False)
    for name, value in given.items():
        match value:
            case FileUpload():
                form.add_field(name, value.content, filename=value.name)
            case str():
                form.add_field(name, value)
            case _:
                form.add_field(name, _written(value))
    return form


def answer_in(body: object, status: int = 0, wait: str = "") -> Answer:
    """Read an answer, as far as it is the Bot API's.

    Args:
        body: its JSON.
        status: its HTTP status; 0: as the body says.
        wait: its header `Retry-After`, which counts where the body of a 429 names no wait.
    """
    if isinstance(body, Mapping):
        code = status or body.get("error_code")
        if body.get("ok") is True:
            return Granted(body.get("result"))
        if body.get("ok") is False and isinstance(code, int):
            return _denied(body, code, wait)
    if status == _TOO_MANY and wait.isdecimal():
        return Denied(status, "Too Many Requests", float(wait))
    return Unanswered(_STRANGE)


def _denied(body: Mapping[str, object], status: int, wait: str) -> Denied:
    words = body.get("description")
    denied = Denied(status, one_line(words) if isinstance(words, str) else "")
    match body.get("parameters"):
        case {"retry_after": int() | float() as seconds} if seconds:
            return Denied(status, denied.words, float(seconds))
        case {"migrate_to_chat_id": int() as chat_id} if chat_id:
            return Denied(status, denied.words, moved_to=chat_id)
    if status == _TOO_MANY and wait.isdecimal():
        return Denied(status, denied.words, float(wait))
    return denied
