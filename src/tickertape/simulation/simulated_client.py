"""The gateway's Telegram client over a simulated network."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, cast

from aiohttp import ClientConnectorError, ClientSession, ClientTimeout
from aiohttp.client_reqrep import ConnectionKey
from typing_extensions import override

from tickertape.channels.telegram.direct_client import DirectClient
from tickertape.emulator.answers import Answer
from tickertape.emulator.requests import parameters_of
from tickertape.emulator.scene import TOKEN
from tickertape.simulation.network import SimulatedNetwork

__all__ = ["SimulatedClient", "failure_of"]

_SERVER: Final = ConnectionKey(
    host="api.telegram.org", port=443, is_ssl=True, ssl=True,
    proxy=None, proxy_auth=None, proxy_headers_hash=None,
)  # fmt: skip


class SimulatedClient(DirectClient):
    """The client of the gateway, whose requests go through a simulated network.

    Args:
        network: The way to the server.
        token: The bot's token.
    """

    def __init__(self, network: SimulatedNetwork, token: str = TOKEN) -> None:
        super().__init__(token)
        self._posts = _SimulatedSession(network, token)

    @override
    def _opened(self) -> ClientSession:
        return cast("ClientSession", self._posts)


class _SimulatedSession:
    """What the client uses of an HTTP session."""

    def __init__(self, network: SimulatedNetwork, token: str) -> None:
        self._network = network
        self._token = token

    def post(
        self,
        url: str,
        *,
        data: bytes,
        headers: Mapping[str, str],
        timeout: ClientTimeout,
        allow_redirects: bool,  # noqa: ARG002 - nothing redirects here
    ) -> AbstractAsyncContextManager[_SimulatedResponse]:
        """Make one request, with a body of JSON."""
        params = parameters_of(headers["Content-Type"], data)
        method = url.rpartition("/")[2]
        return self._request(method, params, timeout.total)

    @asynccontextmanager
    async def _request(
        self, method: str, params: Mapping[str, object], seconds: float | None
    ) -> AsyncIterator[_SimulatedResponse]:
        try:
            answer = await self._network.send(self._token, method, params, seconds)
        except ConnectionRefusedError as error:
            raise failure_of(error) from error
        yield _SimulatedResponse(answer)


class _SimulatedResponse:
    """What the client reads of a response."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.status = answer.status
        wait = answer.retry_after if answer.html is None else None
        self.headers = {} if wait is None else {"Retry-After": str(wait)}

    async def read(self) -> bytes:
        """Return its body."""
        return (self._answer.html or json.dumps(self._answer.body)).encode()


def failure_of(error: OSError) -> OSError:
    """Return what aiohttp raises in place of an error of the network."""
    if isinstance(error, ConnectionRefusedError):
        return ClientConnectorError(_SERVER, error)
    return error
