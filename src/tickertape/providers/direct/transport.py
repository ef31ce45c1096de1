"""httpx2 over aiohttp, as far as one question to a model's server needs it.

The SDKs bring such a transport, but not without themselves. httpx2's own takes twice the processor
time to read an answer: 0.5 s instead of 0.28 s for 1,000 deltas over ten seconds (two cores,
November 2026).
"""

from __future__ import annotations

import functools
import io
import ssl
from collections.abc import AsyncIterator

import aiohttp
import httpx2
from yarl import URL

__all__ = ["AiohttpTransport"]

# aiohttp complains of a longer body that it is given in one piece (aiohttp 3.14, `payload.py`).
_LARGE = 2**20


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
        """Send a request; give its answer when its head is here."""
        content = await request.aread()
        try:
            answer = await self._opened().request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=content if len(content) <= _LARGE else io.BytesIO(content),
                allow_redirects=False,
            )
        except TimeoutError as error:
            raise httpx2.ConnectTimeout("not connected in time", request=request) from error
        except (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError) as error:
            raise httpx2.ProxyError("the proxy refused", request=request) from error
        headers = list(answer.raw_headers)
        return httpx2.Response(answer.status, headers=headers, stream=_Body(answer))

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        """Give the session, which can only be made in a loop."""
        if self._session is None:
            known = functools.partial(aiohttp.TCPConnector, ssl=self._tls, limit=self._connections)
            kept = self._kept
            connector = known(keepalive_timeout=kept) if kept else known(force_close=True)
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                trust_env=self._trust_env,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


class _Body(httpx2.AsyncByteStream):
    """An answer's bytes."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for data in self._answer.content.iter_any():
            yield data

    async def aclose(self) -> None:
        self._answer.close()  # one that was read to its end has given its connection back
