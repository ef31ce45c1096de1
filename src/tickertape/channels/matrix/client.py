"""The HTTP side of a Matrix account: one request for each call, by matrix-nio's client.

nio makes the session, and holds the keys of encrypted rooms. Its own calls are not used: they wait
in silence when the homeserver asks to (for minutes), repeat what was not heard, and lose whether a
connection stood. Here nothing is repeated, and each answer is a value.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import ClientConnectorError, ClientError, ClientTimeout, ConnectionTimeoutError
from nio import AsyncClient, AsyncClientConfig

from tickertape.channels.matrix.calls import (
    Answer,
    CallDenied,
    CallGranted,
    CallUnanswered,
    CallUnreached,
    Json,
    MatrixCall,
    answer_in,
)
from tickertape.errors import ConfigError, TransportError

__all__ = ["CALL_SECONDS", "MatrixClient"]

_log = logging.getLogger(__name__)

CALL_SECONDS: Final = 10.0
"""Seconds in which a call that does not wait for anything must be answered: a choice."""

_CONNECT_SECONDS: Final = 2.0
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_NEVER_REACHED: Final = (ClientConnectorError, ConnectionTimeoutError)


class MatrixClient:
    """Makes the calls of one account. Nothing is sent before the first.

    Args:
        homeserver: the address of the homeserver.
        user: the account's id.
        token: the account's access token. It appears in no error of ours.
        keys: the folder of the keys of encrypted rooms, which is made where it is not there;
            empty: none are read.
        name: the channel's name, for the log.
        pause: waits between attempts, for a number of seconds.

    Raises:
        ConfigError: when there is a folder, and no libraries for keys.
    """

    def __init__(
        self,
        homeserver: str,
        user: str,
        token: str,
        *,
        keys: str = "",
        name: str = "matrix",
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.nio = AsyncClient(
            homeserver.rstrip("/"), user, store_path=keys, config=_config(encrypts=bool(keys))
        )
        self.user = user
        self._token = token
        self._pause = pause
        self._log = logging.LoggerAdapter(_log, {"channel": name})
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.heard_at: float | None = None
        """When the homeserver granted what the reading needs last, in seconds since 1970."""

    async def ask(self, call: MatrixCall, seconds: float = CALL_SECONDS) -> Answer:
        """Return what came of one call. Raises nothing but cancellation."""
        body = None if call.body is None else json.dumps(call.body, ensure_ascii=False)
        timeout = ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS)
        try:
            response = await self.nio.send(
                call.method,
                call.path,
                None if body is None else body.encode("utf-8", "replace"),
                headers=self._headers,
                timeout=timeout,
            )
            async with response:
                said = await response.read()
                return answer_in(response.status, said, response.headers.get("Retry-After"))
        except _NEVER_REACHED as error:
            return CallUnreached(type(error).__name__)
        except (ClientError, TimeoutError, OSError) as error:
            return CallUnanswered(type(error).__name__)
        except Exception as error:  # noqa: BLE001  every failure is an answer: the promise above
            self._log.error("a call to the homeserver ended in %s", type(error).__name__)
            return CallUnanswered(type(error).__name__)

    async def granted(self, call: MatrixCall, seconds: float = CALL_SECONDS) -> Json:
        """Return what the homeserver grants; call until it does, waiting longer after each failure.

        Raises:
            TransportError: when the homeserver does not accept the token.
            PermissionError: when it refuses for another reason, for good.
        """
        pause = _FIRST_PAUSE
        while True:
            answer = await self.ask(call, seconds)
            match answer:
                case CallGranted(body=body):
                    self.heard_at = time.time()
                    return body
                case CallDenied(status=401):
                    raise TransportError(
                        f"The homeserver does not accept the token of {self.user} ({answer.code}): "
                        "log in again, and set the new token."
                    )
                case CallDenied(retry_after=float() as wait):
                    self._log.warning("the homeserver asks to wait %.0f s", wait)
                    await self._pause(max(wait, _FIRST_PAUSE))
                    continue
                case CallDenied(status=status) if status < 500 and answer.code:
                    raise PermissionError(answer.code, answer.words)
                case _:
                    self._log.warning("Can't reach the homeserver (%s); retrying", _told(answer))
            await self._pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def log_in(self, device: str) -> None:
        """Use the token of a device, and its keys, where there are any."""
        if self.nio.config.encryption_enabled:
            Path(self.nio.store_path).mkdir(mode=0o700, parents=True, exist_ok=True)
            self.nio.restore_login(self.user, device, self._token)
        else:
            self.nio.user_id, self.nio.device_id = self.user, device
            self.nio.access_token = self._token

    async def aclose(self) -> None:
        """Close all connections, and the store of keys."""
        await self.nio.close()


def _config(*, encrypts: bool) -> AsyncClientConfig:
    """Return how nio's own calls are made, which exchange keys.

    Raises:
        ConfigError: when there are no libraries for keys.
    """
    try:
        return AsyncClientConfig(max_limit_exceeded=0, max_timeouts=0, encryption_enabled=encrypts)
    except ImportWarning:
        extra = "the folder of keys where pip install 'tickertape[matrix-e2e]' was run"
        raise ConfigError("keys", "a folder", extra) from None


def _told(answer: Answer) -> str:
    match answer:
        case CallDenied(status=status, code=code):
            return f"HTTP {status} {code}".rstrip()
        case CallUnreached(words=words) | CallUnanswered(words=words):
            return words
        case _:
            return "no answer"
