"""Asks servers: whether they can be reached, what they say of a bot, whether a model answers.

Every question has `SECONDS`; nothing is repeated but a question that a model refuses only because
its answer would be too short.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import aclosing
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tickertape.cli.doctor.models import least_tokens
from tickertape.cli.doctor.servers import Obstacle, Reach
from tickertape.conversation import Utterance, sound
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Failed
from tickertape.ports import Prompt

if TYPE_CHECKING:
    from tickertape.channels.matrix.calls import Answer as WhoamiAnswer
    from tickertape.channels.telegram.calls import Answer
    from tickertape.gateway.config.loading import Secrets
    from tickertape.gateway.config.sections import ModelConfig

__all__ = ["SECONDS", "ask_account", "ask_bot", "ask_model", "host_of", "reach"]

SECONDS: Final = 10.0
"""How long a server has to answer."""


async def reach(url: str, *, through_proxies: bool) -> Reach:
    """Return what becomes of one request to the server at `url`; its answer does not matter.

    Args:
        url: any address there; only its server is asked, at `/`.
        through_proxies: whether the environment's proxies are used.
    """
    from aiohttp import ClientSession, ClientTimeout, TCPConnector  # noqa: PLC0415 - an extra

    parts = urlsplit(url)
    host = host_of(url)
    connector = TCPConnector(ssl=_trusted()) if parts.scheme == "https" else TCPConnector()
    began = time.time()
    try:
        async with (
            asyncio.timeout(SECONDS),
            ClientSession(
                connector=connector,
                timeout=ClientTimeout(total=SECONDS),
                trust_env=through_proxies,
            ) as session,
            session.get(f"{parts.scheme}://{parts.netloc}/", allow_redirects=False) as response,
        ):
            return Reach(host, None, _clock_off(response.headers.get("Date"), began))
    except Exception as error:  # noqa: BLE001 - whatever it is, there was no answer
        return Reach(host, _obstacle(error))


async def ask_bot(token: str, api_base: str) -> tuple[Answer, Answer]:
    """Return the answers to `getMe` and `getWebhookInfo`."""
    from tickertape.channels.telegram.calls import ApiCall  # noqa: PLC0415 - an extra
    from tickertape.channels.telegram.direct_client import DirectClient  # noqa: PLC0415

    client = DirectClient(token, api_base=api_base)
    try:
        return await asyncio.gather(
            client.call(ApiCall("getMe"), SECONDS), client.call(ApiCall("getWebhookInfo"), SECONDS)
        )
    finally:
        await client.aclose()


async def ask_account(homeserver: str, user: str, token: str) -> WhoamiAnswer:
    """Return a homeserver's answer to the question whose token it is."""
    from tickertape.channels.matrix.calls import whoami  # noqa: PLC0415 - an extra
    from tickertape.channels.matrix.client import MatrixClient  # noqa: PLC0415

    client = MatrixClient(homeserver, user, token)
    try:
        return await client.ask(whoami(), SECONDS)
    finally:
        await client.aclose()


async def ask_model(
    name: str, model: ModelConfig, secrets: Secrets, system_prompt: str
) -> ProviderError | None:
    """Ask a model one question whose answer is as short as its protocol allows.

    Returns:
        Why there was no answer; None if there was one, or the beginning of one.

    Raises:
        ConfigError: when something in the settings cannot be used.
    """
    short = model.model_copy(update={"max_tokens": least_tokens(model.protocol)})
    try:
        async with asyncio.timeout(SECONDS):
            failure = await _failure_of(name, short, secrets, system_prompt)
            if failure is not None and failure.kind is FailureKind.REFUSED_PARAMETER:
                # Some models refuse so short an answer. The connection is closed at its first word.
                return await _failure_of(name, model, secrets, system_prompt)
            return failure
    except TimeoutError:
        return ProviderError(FailureKind.STALLED, "")


async def _failure_of(
    name: str, model: ModelConfig, secrets: Secrets, system_prompt: str
) -> ProviderError | None:
    from tickertape.gateway.agent import provider_of  # noqa: PLC0415 - takes a while

    provider = provider_of(name, model, secrets)
    said = [Utterance("system", system_prompt), Utterance("user", "Hi")]
    prompt = Prompt(sound(said if system_prompt else said[1:]), ())
    try:
        async with aclosing(provider.stream(prompt)) as events:
            event = await anext(events, None)
            return event.error if isinstance(event, Failed) else None
    finally:
        await provider.aclose()


def host_of(url: str) -> str:
    """Return the host of an address, with its port where it has one; without user and password."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _trusted() -> ssl.SSLContext:
    import certifi  # noqa: PLC0415 - an extra

    return ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where())


def _clock_off(date: str | None, began: float) -> float | None:
    """Return how far our clock is ahead, in seconds, of the time in an answer."""
    if date is None:
        return None
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
    return (began + time.time()) / 2 - theirs


def _obstacle(error: BaseException) -> Obstacle:
    causes = list(_causes(error))
    for kinds, obstacle in _obstacles():
        if any(isinstance(cause, kinds) for cause in causes):
            return obstacle
    return Obstacle.BROKEN


def _obstacles() -> Iterator[tuple[tuple[type[BaseException], ...], Obstacle]]:
    """Yield what exceptions mean; the first that stands in the chain of causes decides."""
    from aiohttp import ClientConnectorDNSError, ClientConnectorError, ClientSSLError  # noqa: PLC0415

    yield (ClientConnectorDNSError, socket.gaierror), Obstacle.NAME
    yield (ClientSSLError, ssl.SSLError), Obstacle.TLS
    yield (TimeoutError,), Obstacle.SILENT
    yield (ConnectionRefusedError,), Obstacle.REFUSED
    yield (ClientConnectorError,), Obstacle.NO_WAY


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
