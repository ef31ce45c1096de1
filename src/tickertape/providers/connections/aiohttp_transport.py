"""httpx2 over aiohttp, as the way to every model's server: the SDKs' clients use it, too.

httpx2's own transport takes twice the processor time to read an answer: 0.5 s instead of 0.28 s for
1,000 deltas over ten seconds (two cores, November 2026). The SDKs bring one like this, but not
without themselves, and some of aiohttp's exceptions leave it as they are.

aiohttp 3.14 gives up a connection at the first byte that is no HTTP (`client_proto.py`,
`data_received`), and then

- an answer whose head came in the same piece of bytes is lost, though it may be whole: behind its
  last chunk, or behind as many bytes as its `content-length` names, some servers send more;
- a body that was being read is never told, and its reader waits until it loses patience;
- what of a body had come and was not read yet is lost as well, whatever ended the connection.

So `_Wire` stands between the socket and aiohttp: a head is handed on by itself, before what follows
it; and the reader of a body gets all that came, and is told then that there should have been more.

Whatever aiohttp raises becomes an exception of httpx2 here, by one table (`ERRORS`); cancellation
alone passes. An answer that is no success is read at once, as far as it comes: its status says what
it means, also where its body is torn, never ends, or is packed badly.
"""

from __future__ import annotations

import asyncio
import functools
import io
import ssl
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from yarl import URL

from tickertape.providers.connections.unpacking import unpacked
from tickertape.providers.connections.vendors import CutOffError, HungUpError, NotHttpError

__all__ = ["ERRORS", "AiohttpTransport"]

# aiohttp complains of a longer body that it is given in one piece (aiohttp 3.14, `payload.py`).
_LARGE = 2**20

_BLANK = b"\r\n\r\n"

_LINE = 65_536
"""Bytes of one line of a head. Proxies let 16 KiB pass and more (Envoy: 60 KiB in all,
envoyproxy.io, `max_response_headers_kb`); aiohttp's own bound is 8,190."""

_LINES = 1000
"""Lines of a head; aiohttp's own bound is 128."""

_REFUSAL_BYTES = 262_144
"""Bytes that are read of an answer that is no success: many times what any server has to say."""

_REFUSAL_SECONDS = 2.0
"""Seconds that such an answer may take to come after its head, which says enough."""

ERRORS: tuple[tuple[type[Exception], type[httpx2.TransportError]], ...] = (
    (aiohttp.ClientProxyConnectionError, httpx2.ProxyError),
    (aiohttp.ClientHttpProxyError, httpx2.ProxyError),
    (TimeoutError, httpx2.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx2.ConnectError),
    (aiohttp.ServerDisconnectedError, HungUpError),
    (aiohttp.ClientPayloadError, CutOffError),
    # Bytes that are no HTTP: of a head, and of what follows one.
    (aiohttp.ClientResponseError, NotHttpError),
    (aiohttp.http_exceptions.HttpProcessingError, NotHttpError),
    (aiohttp.InvalidURL, httpx2.UnsupportedProtocol),
    (aiohttp.ClientError, httpx2.NetworkError),
    (OSError, httpx2.NetworkError),
    # "Session is closed", "Connection closed.": our side closed it while an answer was read.
    (RuntimeError, httpx2.NetworkError),
)
"""The httpx2 exception for each of aiohttp's; the first row decides."""


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """Sends requests, and gives answers as they come."""

    def __init__(
        self,
        tls: ssl.SSLContext | None,
        *,
        connections: int,
        connect_timeout: float,
        kept: float,
        trust_env: bool,
    ) -> None:
        """Make ready; nothing is connected yet.

        Args:
            tls: which servers are trusted; None: as aiohttp has it.
            connections: how many may be open at once.
            connect_timeout: seconds to connect.
            kept: seconds that an idle connection is kept; 0: none is used twice.
            trust_env: whether the environment's proxies are used.
        """
        self._tls: ssl.SSLContext | bool = tls or True
        self._connections = connections
        self._kept = kept
        self._trust_env = trust_env
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout)
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; return its answer when its head is here."""
        content = await request.aread()
        with _border():
            answer = await self._opened().request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=content if len(content) <= _LARGE else io.BytesIO(content),
                allow_redirects=False,
                proxy=_proxy(request.url) if self._trust_env else None,
            )
        if not isinstance(answer, _HttpAnswer):
            raise TypeError("the session makes answers of another class")
        headers, body = list(answer.raw_headers), _Body(answer)
        if 200 <= answer.status < 300:
            return httpx2.Response(answer.status, headers=headers, stream=body)
        said = unpacked(await _refusal(body), answer.headers.get("content-encoding", ""))
        unframed = [(name, value) for name, value in headers if name.lower() not in _FRAMING]
        return httpx2.Response(answer.status, headers=unframed, content=said)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        """Return the session, which can only be made in a loop."""
        if self._session is None:
            known = functools.partial(aiohttp.TCPConnector, ssl=self._tls, limit=self._connections)
            kept = self._kept
            connector = known(keepalive_timeout=kept) if kept else known(force_close=True)
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                response_class=_HttpAnswer,
                max_line_size=_LINE,
                max_field_size=_LINE,
                max_headers=_LINES,
            )
        return self._session


_FRAMING = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})
"""Headers that speak of bytes as they were sent."""


class _HttpAnswer(aiohttp.ClientResponse):
    """An answer that knows whether its body came to its end."""

    torn: BaseException | None = None
    """Why the body has no end; None where it has, or may have."""
    _wire: _Wire | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read the head."""
        wire = self._wire = _Wire.of(connection)
        wire.begin(self)
        started = await super().start(connection)
        wire.in_body()
        return started

    def tear(self, error: BaseException) -> None:
        """End the body here: its reader gets what came, then finds the error in `torn`."""
        body = self.content
        if not isinstance(body, aiohttp.StreamReader) or self.torn is not None:
            return
        self.torn = error
        if body.exception() is not None:
            # It would be raised before what came is read.
            body.set_exception(None)  # type: ignore[arg-type]
        body.feed_eof()

    @property
    def is_open(self) -> bool:
        """Whether more of the body is awaited."""
        body = self.content
        return isinstance(body, aiohttp.StreamReader) and not body.is_eof()


class _Wire(asyncio.Protocol):
    """Passes on what comes from one connection."""

    def __init__(self, inner: ResponseHandler) -> None:
        self._inner = inner
        self._answer: _HttpAnswer | None = None
        self._before: bytes | None = None  # the last bytes of a head that goes on
        self._broken: BaseException | None = None

    @classmethod
    def of(cls, connection: Connection) -> _Wire:
        """Return the wire of a connection, which is laid for its first answer."""
        transport, inner = connection.transport, connection.protocol
        if transport is None or inner is None:
            raise aiohttp.ServerDisconnectedError
        present = transport.get_protocol()
        if isinstance(present, _Wire):
            return present
        wire = cls(inner)
        transport.set_protocol(wire)
        return wire

    def begin(self, answer: _HttpAnswer) -> None:
        """Begin to read an answer's head."""
        self._answer, self._before = answer, b""

    def in_body(self) -> None:
        """Record that the head was read; its connection may be broken by then."""
        self._before = None
        if self._broken is not None and self._answer is not None and self._answer.is_open:
            self._answer.tear(self._broken)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on, each part of a head by itself, as long as they are HTTP."""
        for part in (data,) if self._before is None else self._parts(data):
            self._inner.data_received(part)
            error = self._inner.exception()
            if error is not None:
                self._broken = error
                if self._answer is not None and self._answer.is_open:
                    self._answer.tear(error)
                return

    def eof_received(self) -> None:
        """Pass on that the server sends no more."""
        self._inner.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        """Pass on that the connection is gone; a body that is not whole ends there."""
        answer = self._answer
        was_open = answer is not None and answer.is_open
        self._inner.connection_lost(error)
        if answer is None or not was_open:
            self._broken = self._broken or error or aiohttp.ClientPayloadError("no end")
            return
        failed = error or answer.content.exception()
        # Where no length was named, the end of the connection is that of the body.
        if failed is not None or answer.is_open:
            answer.tear(failed or aiohttp.ClientPayloadError("no end"))

    def pause_writing(self) -> None:
        """Pass on that the socket takes no more."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass on that the socket takes more."""
        self._inner.resume_writing()

    def _parts(self, data: bytes) -> Iterator[bytes]:
        """Cut behind each blank line, also where it came in two pieces of bytes."""
        before = self._before or b""
        self._before = (before + data)[-len(_BLANK) + 1 :]
        begun = 0
        while (blank := (before + data).find(_BLANK, begun)) >= 0:
            end = blank + len(_BLANK)
            yield data[max(0, begun - len(before)) : end - len(before)]
            begun = end
        if rest := data[max(0, begun - len(before)) :]:
            yield rest


class _Body(httpx2.AsyncByteStream):
    """An answer's bytes."""

    def __init__(self, answer: _HttpAnswer) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        with _border():
            try:
                async for data in self._answer.content.iter_any():
                    yield data
            except aiohttp.ClientPayloadError as error:
                raise (self._answer.torn or error) from None
            if self._answer.torn is not None:
                raise self._answer.torn

    async def aclose(self) -> None:
        self._answer.close()  # one that was read to its end has given its connection back


async def _refusal(body: _Body) -> bytes:
    """Read what a server says when it refuses, as far as it comes."""
    said = b""
    with suppress(TimeoutError, httpx2.TransportError):
        async with asyncio.timeout(_REFUSAL_SECONDS), aclosing(body.__aiter__()) as parts:
            async for part in parts:
                said += part
                if len(said) > _REFUSAL_BYTES:
                    break
    await body.aclose()
    return said


@contextmanager
def _border() -> Iterator[None]:
    """Translate every exception but cancellation into httpx2's."""
    try:
        yield
    except httpx2.TransportError:
        raise
    except Exception as error:
        for foreign, ours in ERRORS:
            if isinstance(error, foreign):
                raise ours(type(error).__name__) from error
        raise


def _proxy(url: httpx2.URL) -> str | None:
    """Return the environment's proxy for an address (curl.se/docs/manpage.html, ENVIRONMENT)."""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return None if not proxy or proxy_bypass(url.host) else proxy
