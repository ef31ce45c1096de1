"""The ways to a model's server: with a key alone, or by the vendor's SDK.

`open_direct` asks every server that a key opens. `open_vendor` has the SDK find the address,
authenticate and connect, for logins that only the SDK knows. The SDKs' types take 0.6 s (`openai`)
and 1.4 s (`anthropic`) to import, and some 40 MB (two cores, November 2026), so they are imported
only where a key is not enough. Servers are asked alike either way: one suite of tests holds for
both.

Requests go in as the JSON that our own builders made, and raw HTTP answers come out: nothing of a
conversation becomes an object of an SDK. Neither SDK tries again by itself: whether that is done is
one visible rule, the agent's.

    async with vendor.ask(body) as response:
        async for data in response.stream:
            ...

All go through one transport (`aiohttp_transport`), and raise, next to their own:

    httpx2.TransportError
    ├── HungUpError     the connection ended before an answer began
    ├── CutOffError     the body ended before its end, without any error of the network
    └── NotHttpError    what came is no HTTP
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any, Protocol, TypeAlias

import httpx2

from tickertape.errors import ConfigError, FailureKind
from tickertape.providers.endpoint import Endpoint
from tickertape.providers.quirks.profiles import is_loopback

__all__ = [
    "CutOffError",
    "ExceptionRow",
    "HungUpError",
    "NotHttpError",
    "Vendor",
    "open_direct",
    "open_vendor",
]

_CONNECT_TIMEOUT = 5.0
"""Seconds to connect, as in the SDKs (openai 3.54 and anthropic 2.12, `_constants.py`)."""

_CONNECTIONS = 1000
"""Connections to one server, as in the SDKs (the same files)."""

_KEPT = 5.0
"""Seconds that an idle connection is kept, httpx2's default. None of a local server is: llama.cpp
promises to keep a connection open and closes it behind each answer, so that the next request on it
would be reset (seen with xllamacpp 2026.10.11549); and connecting there costs nothing."""

_PATHS: Mapping[str, str] = {
    "chat_completions": "chat/completions",
    "responses": "responses",
    "messages": "v1/messages",
}
"""Where a protocol is below a server's address, as the SDKs have it."""

_VERSION = "2026-10-21"
"""The version of Messages that our decoder reads; `anthropic` 2.12 sends the same."""


class HungUpError(httpx2.RemoteProtocolError):
    """The server closed the connection before an answer began."""


class CutOffError(httpx2.ReadError):
    """The server closed the connection before the body's end."""


class NotHttpError(httpx2.RemoteProtocolError):
    """The server sent what is no HTTP."""


ExceptionRow: TypeAlias = tuple[type[Exception], FailureKind, str]
"""What an exception means: its type, the kind, and a text in which `{host}` may stand."""


class Vendor(Protocol):
    """A way to one server, ready to ask."""

    status_error: type[Exception]
    """What it raises for a status that is no success; its `response` is read to the end."""
    exceptions: tuple[ExceptionRow, ...]
    """Its other exceptions, next to httpx2's and the three above."""

    def ask(
        self, body: Mapping[str, object]
    ) -> AbstractAsyncContextManager[httpx2.Response, bool | None]:
        """Send one request; leaving the block closes its connection, or gives it back."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


def open_vendor(endpoint: Endpoint) -> Vendor:
    """Make the SDK of an endpoint's protocol ready; nothing is connected yet.

    Raises:
        ConfigError: when that SDK is not installed.
    """
    package = "anthropic" if endpoint.protocol == "messages" else "openai"
    if find_spec(package) is None:
        allowed = f"what is installed; this one needs: pip install 'tickertape[{package}]'"
        raise ConfigError("provider.protocol", endpoint.protocol, allowed)
    return _Anthropic(endpoint) if package == "anthropic" else _OpenAI(endpoint)


def open_direct(endpoint: Endpoint) -> Vendor:
    """Make ready to ask without an SDK; nothing is connected yet."""
    return _Direct(endpoint)


def _client(endpoint: Endpoint) -> httpx2.AsyncClient:
    """Make the HTTP client of an endpoint, the same for all ways to its server.

    It reads an answer with a parser in C: two hundred answers at once take two thirds of the
    processor that httpx2's own transport takes, and the loop lags a tenth as long
    (`benchmarks/turns.py`).
    """
    from tickertape.providers.connections.aiohttp_transport import AiohttpTransport  # noqa: PLC0415

    transport = AiohttpTransport(
        # To load the certificates takes 20 ms; plain HTTP needs none.
        _tls() if endpoint.base_url.startswith("https:") else None,
        connections=_CONNECTIONS,
        connect_timeout=_CONNECT_TIMEOUT,
        kept=_kept(endpoint),
        trust_env=_trusts(endpoint),
    )
    # Reading has no limit here: the reader keeps the deadlines. A conversation and a key go
    # where they were addressed, and nowhere else.
    return httpx2.AsyncClient(transport=transport, timeout=None, follow_redirects=False)


def _kept(endpoint: Endpoint) -> float:
    return 0.0 if endpoint.ways.is_local else _KEPT


def _trusts(endpoint: Endpoint) -> bool:
    """Return whether the environment's proxies are used: never for this machine."""
    return not is_loopback(endpoint.hostname)


class _Sdk:
    """The client of an SDK."""

    _http: httpx2.AsyncClient
    _client: Any
    _create: Any
    _required: dict[str, Any]
    _headers: dict[str, object]

    @asynccontextmanager
    async def ask(self, body: Mapping[str, object]) -> AsyncIterator[httpx2.Response]:
        """Send one request."""
        _check_open(self._http)
        asked = self._required | {"stream": body.get("stream") is True}
        async with self._create(**asked, extra_body=body, extra_headers=self._headers) as answer:
            yield answer.http_response

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()


class _OpenAI(_Sdk):
    """Chat Completions and Responses, by the `openai` SDK."""

    def __init__(self, endpoint: Endpoint) -> None:
        import openai  # noqa: PLC0415 - only who speaks its protocols has it

        self._http = _client(endpoint)
        self._client = openai.AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.key or "none",
            max_retries=0,
            http_client=self._http,
        )
        self._required = {}
        if endpoint.protocol == "responses":
            self._create = self._client.responses.with_streaming_response.create
        else:
            self._create = self._client.chat.completions.with_streaming_response.create
            self._required = {"model": endpoint.model, "messages": []}
        self._headers = _headers(endpoint, openai.Omit())
        self.status_error: type[Exception] = openai.APIStatusError
        self.exceptions = _exceptions(openai.APIConnectionError, openai.OpenAIError)


class _Anthropic(_Sdk):
    """Messages, by the `anthropic` SDK."""

    def __init__(self, endpoint: Endpoint) -> None:
        import anthropic  # noqa: PLC0415 - only who speaks its protocol has it

        self._http = _client(endpoint)
        self._client = anthropic.AsyncAnthropic(
            base_url=_base(endpoint),
            auth_token=endpoint.key or "none",
            max_retries=0,
            http_client=self._http,
        )
        self._create = self._client.messages.with_streaming_response.create
        self._required = {"model": "", "messages": [], "max_tokens": 1}
        self._headers = _headers(endpoint, anthropic.Omit())
        self.status_error: type[Exception] = anthropic.APIStatusError
        self.exceptions = _exceptions(anthropic.APIConnectionError, anthropic.AnthropicError)


class _Direct:
    """Any protocol, by httpx2 over aiohttp, as the SDKs do it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._client = _client(endpoint)
        self._url = f"{_base(endpoint)}/{_PATHS[endpoint.protocol]}"
        headers: dict[str, object] = {}
        if endpoint.key is not None:
            headers["authorization"] = f"Bearer {endpoint.key}"
        if endpoint.protocol == "messages":
            headers["anthropic-version"] = _VERSION
        headers |= _headers(endpoint, None)
        self._headers = {name: str(value) for name, value in headers.items() if value is not None}
        self.status_error: type[Exception] = httpx2.HTTPStatusError
        self.exceptions: tuple[ExceptionRow, ...] = ()

    @asynccontextmanager
    async def ask(self, body: Mapping[str, object]) -> AsyncIterator[httpx2.Response]:
        """Send one request."""
        _check_open(self._client)
        request = self._client.build_request("POST", self._url, json=body, headers=self._headers)
        response = await self._client.send(request, stream=True)
        try:
            if not response.is_success:
                await response.aread()
                response.raise_for_status()
            yield response
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()


def _check_open(client: httpx2.AsyncClient) -> None:
    """Raise the network error that callers know, if our side closed its connections."""
    if client.is_closed:
        raise httpx2.NetworkError("the provider was closed")


def _base(endpoint: Endpoint) -> str:
    """Return a server's address, as the base of its protocol's paths."""
    base = endpoint.base_url.rstrip("/")
    # The paths of Messages begin with /v1.
    return base.removesuffix("/v1") if endpoint.protocol == "messages" else base


@cache
def _tls() -> ssl.SSLContext:
    """Load the trusted certificates, once for all servers: that takes a while."""
    return httpx2.create_ssl_context()


def _headers(endpoint: Endpoint, omit: object) -> dict[str, object]:
    """Make the headers that differ from what the SDK sends; the user's win."""
    ways, key = endpoint.ways, endpoint.key
    # A packed stream arrives late: packing waits for more.
    headers: dict[str, object] = {"accept-encoding": "identity"}
    if key is None or ways.key_header != "bearer":
        headers["authorization"] = omit
    if key is not None and ways.key_header == "x-api-key":
        headers["x-api-key"] = key
    if ways.version_header:
        headers["anthropic-version"] = ways.version_header
    return headers | {name.lower(): value for name, value in endpoint.headers.items()}


def _exceptions(
    unreachable: type[Exception], unreadable: type[Exception]
) -> tuple[ExceptionRow, ...]:
    return (
        (unreachable, FailureKind.NETWORK, "{host} could not be reached"),
        (unreadable, FailureKind.BAD_RESPONSE, "{host} answered something unreadable"),
    )
