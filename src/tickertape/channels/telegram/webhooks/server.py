"""The HTTP side of webhooks: one server for each address, whatever bots have their webhook there.

A stranger can neither fill the memory nor keep Telegram out:

- a request without the secret is answered by its head, and its connection is closed;
- a connection that has not shown a secret is cut after `_STRANGER_SECONDS`, and the oldest of them
  as soon as there are `_STRANGERS`: the next one gets in;
- heads are short, and the body of a request with the secret is read up to a limit, for some
  seconds;
- a refusal is logged once a minute for each kind, with the number of those in between.

There is no TLS here: a reverse proxy does that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from aiohttp import web

from tickertape.channels.telegram.webhooks.deliveries import Deliveries
from tickertape.channels.telegram.webhooks.hook import TelegramWebhook
from tickertape.channels.telegram.webhooks.refusals import Refusals
from tickertape.channels.telegram.webhooks.requests import (
    LARGEST_BODY,
    NOT_HTTP,
    NOT_NOW,
    SECRET_HEADER,
    TOO_SLOW,
    TORN,
    Head,
    HttpReply,
    PostedUpdate,
    refusal_of,
    update_in,
)
from tickertape.errors import TransportError
from tickertape.listening import Listen, not_listening

__all__ = ["Mount", "WebhookServer"]

_log = logging.getLogger(__name__)

# Choices, all of them. Telegram's heads have eight lines; proxies add a dozen.
_STRANGERS: Final = 128
_STRANGER_SECONDS: Final = 10.0
_BODY_SECONDS: Final = 10.0
_LINE_BYTES: Final = 4096
_HEAD_LINES: Final = 64
# Seconds that a client which was refused may go on sending before its connection is cut.
_LINGERING: Final = 1.0
# Telegram closes silent connections after 60 s (WebhookActor.cpp `create_connection`).
_KEPT_ALIVE: Final = 75.0
_BACKLOG: Final = 128
_GOODBYE: Final = 2.0
_LOGGED_EVERY: Final = 60.0

_OPTIONS: Final[Mapping[str, Any]] = {
    "access_log": None,
    "auto_decompress": False,
    "keepalive_timeout": _KEPT_ALIVE,
    "lingering_time": _LINGERING,
    "max_field_size": _LINE_BYTES,
    "max_headers": _HEAD_LINES,
    "max_line_size": _LINE_BYTES,
}


@dataclass(frozen=True, slots=True)
class Mount:
    """A webhook at its server."""

    name: str
    """The channel's name, for the log."""
    hook: TelegramWebhook
    """What it is."""
    deliveries: Deliveries
    """Where its updates wait."""


class WebhookServer:
    """Serves the webhooks that share an address; listens while there is one."""

    def __init__(self, at: Listen) -> None:
        self._at = at
        self._mounts: dict[str, Mount] = {}
        self._lock = asyncio.Lock()
        self._connections: _Connections | None = None
        self._listener: asyncio.Server | None = None
        self._refusals = Refusals(_LOGGED_EVERY)

    @classmethod
    def at(cls, at: Listen) -> WebhookServer:
        """Return the server of an address, in the loop that runs: there is one."""
        servers = _SERVERS.setdefault(asyncio.get_running_loop(), {})
        return servers.setdefault(at, cls(at))

    async def add(self, mount: Mount) -> None:
        """Serve a webhook; the first one opens the address.

        Raises:
            ConfigError: when the address cannot be listened at.
            TransportError: when the path has another bot.
        """
        async with self._lock:
            if self._mounts.setdefault(mount.hook.path, mount) is not mount:
                raise TransportError(
                    f"Two webhooks have the path {mount.hook.path} at {mount.hook.listen}: "
                    "give one of them another url, with another path."
                )
            if self._listener is None:
                try:
                    await self._listen()
                except OSError as error:
                    del self._mounts[mount.hook.path]
                    raise not_listening("webhook.listen", mount.hook.listen, error) from error

    async def remove(self, mount: Mount) -> None:
        """Serve a webhook no more; the last one closes the address."""
        async with self._lock:
            if self._mounts.get(mount.hook.path) is mount:
                del self._mounts[mount.hook.path]
            if not self._mounts and self._listener is not None:
                listener, self._listener = self._listener, None
                listener.close()
                if self._connections is not None:
                    await self._connections.shutdown(_GOODBYE)
                await listener.wait_closed()

    async def _listen(self) -> None:
        connections = _Connections(self._answer)
        self._listener = await asyncio.get_running_loop().create_server(
            connections, self._at.host, self._at.port, backlog=_BACKLOG
        )
        self._connections = connections

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        head = _head_of(request)
        refusal = refusal_of(head, {path: one.hook.secret for path, one in self._mounts.items()})
        if refusal is not None:
            return self._refuse(head, refusal)
        if self._connections is not None:
            self._connections.trust(request.protocol)
        mount = self._mounts[head.path]
        update = await _update_of(request)
        if isinstance(update, HttpReply):
            return self._refuse(head, update)
        try:
            reply = await mount.deliveries.deliver(update)
        except Exception:  # noqa: BLE001 - no fault of ours may lose an update: it comes again
            _log.exception("a delivery failed", extra={"channel": mount.name})
            reply = NOT_NOW
        return _response(reply)

    def _refuse(self, head: Head, reply: HttpReply) -> web.Response:
        mount = self._mounts.get(head.path)
        channel = {"channel": mount.name} if mount is not None else {}
        now = asyncio.get_running_loop().time()
        if count := self._refusals.count((head.path if mount is not None else "", reply), now):
            fields = {**channel, "status": reply.status, "why": reply.text, "requests": count}
            _log.warning("a request to the webhook was refused", extra=fields)
        response = _response(reply)
        response.force_close()
        return response


_SERVERS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Listen, WebhookServer]]] = (
    WeakKeyDictionary()
)
"""The servers of each loop: channels do not know each other, and an address is there once."""


class _Connection(web.RequestHandler):
    """A connection."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 - as it is called
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it repeats what came
    ) -> web.StreamResponse:
        """Answer what is not HTTP: without repeating it, or a line in the log for each."""
        if status >= 500:  # a fault of ours
            _log.error("a request to a webhook failed", exc_info=exc)
        response = _response(NOT_NOW if status >= 500 else NOT_HTTP)
        response.force_close()
        return response


class _Connections(web.Server):
    """Makes the connections of a server, and cuts those that show no secret in time."""

    def __init__(self, answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        super().__init__(answer)
        self._strangers: dict[asyncio.BaseProtocol, tuple[asyncio.Transport, asyncio.Handle]] = {}

    def __call__(self) -> web.RequestHandler:
        """Make a connection."""
        return _Connection(self, loop=asyncio.get_running_loop(), **_OPTIONS)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Take a connection: a stranger's, until it shows a secret."""
        super().connection_made(handler, transport)
        if len(self._strangers) >= _STRANGERS:
            self._cut(next(iter(self._strangers)))
        loop = asyncio.get_running_loop()
        late = loop.call_later(_STRANGER_SECONDS, self._cut, handler)
        self._strangers[handler] = (transport, late)

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Forget a connection that is closed."""
        self.trust(handler)
        super().connection_lost(handler, exc)

    def trust(self, handler: asyncio.BaseProtocol) -> None:
        """Let a connection live that has shown a secret."""
        _, late = self._strangers.pop(handler, (None, None))
        if late is not None:
            late.cancel()

    def _cut(self, handler: asyncio.BaseProtocol) -> None:
        transport, late = self._strangers.pop(handler)
        late.cancel()
        transport.abort()


def _head_of(request: web.BaseRequest) -> Head:
    headers = request.headers
    return Head(
        request.method.upper(),
        unquote(request.rel_url.raw_path),
        headers.get(SECRET_HEADER),
        request.content_type.lower(),
        headers.get("Content-Encoding", "").strip().lower(),
        request.content_length,
    )


async def _update_of(request: web.BaseRequest) -> PostedUpdate | HttpReply:
    """Read the body of a request, no more of it than may be there, and the update in it."""
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > LARGEST_BODY:
                    break
    except TimeoutError:
        return TOO_SLOW
    except (ConnectionError, web.RequestPayloadError):
        return TORN
    return update_in(bytes(body))


def _response(reply: HttpReply) -> web.Response:
    # Without a name of its own the server tells strangers its version.
    headers = {"Server": "tickertape", **dict(reply.headers)}
    return web.Response(status=reply.status, text=f"{reply.text}\n", headers=headers)
