"""The connection to a model's server: one `ModelProvider` for all three protocols.

    bytes ──▶ decoder ──▶ events
      ▲
      └── request ◀─ workarounds ◀─ refusal, before anything came

Servers are asked directly, or by the vendors' SDKs, which connect and authenticate (`vendors`); the
bytes of the answer go straight into our decoders either way. Nothing is raised but cancellation:
whatever goes wrong, known (`EXCEPTIONS`) or not, is the `Failed` that ends the stream. A refused
parameter is worked around within the same stream (`workarounds`), each way once; nothing else is
ever tried again here. How long a server may be silent, `patience` decides.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
import time
import traceback
import zlib
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass
from typing import Protocol as Interface

import httpx2

from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed, Finished
from tickertape.interruption import Deadline
from tickertape.ports import Prompt
from tickertape.providers.chat_completions.decoder import ChatCompletionsDecoder
from tickertape.providers.chat_completions.request import body as chat_completions_body
from tickertape.providers.connections.patience import StallClock, Waits, is_keep_alive
from tickertape.providers.connections.unpacking import PACKED, Unpacker
from tickertape.providers.connections.vendors import (
    CutOffError,
    ExceptionRow,
    HungUpError,
    NotHttpError,
    Vendor,
    open_direct,
)
from tickertape.providers.decoder import Decoder
from tickertape.providers.endpoint import Endpoint
from tickertape.providers.messages.decoder import MessagesDecoder
from tickertape.providers.messages.request import body as messages_body
from tickertape.providers.quirks.known import SentRequest, workaround_for
from tickertape.providers.quirks.profile import Profile
from tickertape.providers.quirks.profiles import Protocol
from tickertape.providers.quirks.workarounds import (
    KnownWorkarounds,
    Workaround,
    adapted,
    returned_to,
    streams,
    worked_around,
)
from tickertape.providers.refusals.error_body import ErrorBody, error_body, parsed
from tickertape.providers.refusals.failures import dated, response_failure
from tickertape.providers.responses.decoder import ResponsesDecoder
from tickertape.providers.responses.request import body as responses_body

__all__ = ["EXCEPTIONS", "Endpoint", "ModelProvider"]

_log = logging.getLogger(__name__)

_DRAIN_TIMEOUT = 0.05
"""Seconds that the body may take to end after the answer has: then the connection can serve the
next turn; else it is closed."""

EXCEPTIONS: tuple[ExceptionRow, ...] = (
    (HungUpError, FailureKind.NETWORK, "{host} hung up"),
    (CutOffError, FailureKind.ENDED_EARLY, "{host} cut the answer off"),
    (NotHttpError, FailureKind.BAD_RESPONSE, "{host} answered what is no HTTP"),
    (httpx2.ProxyError, FailureKind.NETWORK, "the proxy refused the way to {host}"),
    (ssl.SSLError, FailureKind.NETWORK, "no trusted TLS connection to {host}"),
    (socket.gaierror, FailureKind.NETWORK, "the name {host} is not known"),
    (ConnectionRefusedError, FailureKind.NETWORK, "{host} refuses connections"),
    (ConnectionResetError, FailureKind.NETWORK, "{host} reset the connection"),
    (httpx2.TimeoutException, FailureKind.NETWORK, "{host} did not answer in time"),
    (httpx2.RemoteProtocolError, FailureKind.NETWORK, "{host} broke the connection off"),
    (httpx2.DecodingError, FailureKind.BAD_RESPONSE, "{host} sent a body that cannot be unpacked"),
    (httpx2.HTTPError, FailureKind.NETWORK, "the connection to {host} broke"),
    (httpx2.StreamError, FailureKind.NETWORK, "the connection to {host} was closed"),
    (OSError, FailureKind.NETWORK, "the connection to {host} broke"),
)
"""What an exception of the network or of httpx2 means; the SDKs add their own. The first row
decides whose type stands anywhere in the chain of causes. No text of an exception is shown: it may
hold a URL."""

_ENDLESS = ProviderError(FailureKind.ENDED_EARLY, "the answer ended without an end")


class _Builder(Interface):
    """What the builders of requests have in common."""

    def __call__(
        self, prompt: Prompt, *, model: str, profile: Profile, origin: str, stream: bool = True
    ) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True)
class _Speech:
    """One protocol, as far as it is our own."""

    decoder: Callable[..., Decoder]
    builder: _Builder
    required: frozenset[str]


_SPEECHES: Mapping[Protocol, _Speech] = {
    "chat_completions": _Speech(
        ChatCompletionsDecoder, chat_completions_body, frozenset({"messages", "model", "stream"})
    ),
    "responses": _Speech(ResponsesDecoder, responses_body, frozenset({"input", "model", "stream"})),
    "messages": _Speech(
        MessagesDecoder, messages_body, frozenset({"max_tokens", "messages", "model", "stream"})
    ),
}


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A server refused a request before anything of an answer came."""

    error: ProviderError
    said: ErrorBody


class ModelProvider:
    """A model behind a server; a `tickertape.ports.Provider`.

        provider = ModelProvider(Endpoint(protocol="messages", base_url=url, model=name))
        async with aclosing(provider.stream(prompt)) as events:
            async for event in events:
                ...

    One provider serves any number of answers at once. `aclose` gives its connections back.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        now: Callable[[], float] = time.monotonic,
        opened: Callable[[Endpoint], Vendor] = open_direct,
    ) -> None:
        """Make ready; nothing is connected yet.

        Args:
            endpoint: where the model is, and how it is asked.
            now: the clock by which what was learned of the server expires, in seconds.
            opened: makes the connection: `open_direct`, or `open_vendor` for the vendor's SDK.

        Raises:
            ConfigError: when `opened` needs an SDK that is not installed.
        """
        self._endpoint = endpoint
        self._profile = endpoint.ways
        self._speech = _SPEECHES[endpoint.protocol]
        self._vendor = opened(endpoint)
        self._exceptions = (*EXCEPTIONS, *self._vendor.exceptions)
        self._workarounds = KnownWorkarounds()
        self._now = now

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.origin!r})"

    @property
    def origin(self) -> str:
        """Which model at which server: what its steps carry as their `origin`."""
        return self._endpoint.origin

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        """Yield the model's answer, ending with exactly one `Finished` or `Failed`.

        When the end is yielded, the connection has been closed or given back. Closing the
        generator, or cancelling the task that waits for it, closes the connection at once, and
        the model stops.
        """
        end: Finished | Failed | None = None
        try:
            workarounds = list(self._workarounds.known(self._now()))
            while end is None:
                body, given = self._body(prompt, workarounds), 0
                last: Finished | Failed | _Refusal = Failed(_ENDLESS)
                async with aclosing(self._answer(body)) as answer:
                    async for said in answer:
                        if isinstance(said, Finished | Failed | _Refusal):
                            last = said
                        else:
                            given += 1
                            yield said
                end = self._settle(last, given, body, workarounds)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer has one end
            end = Failed(self._failure(error))
        yield end

    async def aclose(self) -> None:
        """Close all connections. Answers that are still coming break off."""
        await self._vendor.aclose()

    def _body(self, prompt: Prompt, workarounds: Sequence[Workaround]) -> dict[str, object]:
        """Write the request: the conversation, the server's ways, the settings, the workarounds."""
        endpoint, profile = self._endpoint, adapted(self._profile, workarounds)
        body = dict(profile.defaults) | self._speech.builder(
            prompt,
            model=endpoint.model,
            profile=profile,
            origin=returned_to(self.origin, workarounds),
            stream=streams(workarounds, with_tools=bool(prompt.tools)),
        )
        if endpoint.max_tokens is not None and profile.max_tokens_name:
            body[profile.max_tokens_name] = endpoint.max_tokens
        return worked_around(body | dict(endpoint.parameters), workarounds)

    def _settle(
        self,
        last: Finished | Failed | _Refusal,
        given: int,
        body: Mapping[str, object],
        workarounds: list[Workaround],
    ) -> Finished | Failed | None:
        """Return the end of the stream; None where a further workaround was found.

        Args:
            last: how the request ended.
            given: how many events were yielded before: then the request is not repeated.
            body: the request.
            workarounds: those that it had; the further one is added.
        """
        if isinstance(last, Finished):
            self._learn(workarounds)
            return last
        if isinstance(last, Failed):
            if given:
                return last
            last = _Refusal(last.error, error_body(last.error.detail))
        workaround = self._workaround(last, body, workarounds)
        if workaround is None:
            return Failed(last.error)
        _log.info("%s (%s): asked again, %r", self.origin, last.error, workaround)
        workarounds.append(workaround)
        return None

    def _workaround(
        self, refused: _Refusal, body: Mapping[str, object], tried: Sequence[Workaround]
    ) -> Workaround | None:
        asked = SentRequest(body, adapted(self._profile, tried), self._speech.required)
        return workaround_for(refused.error.kind, refused.said, asked, tried)

    def _learn(self, workarounds: Sequence[Workaround]) -> None:
        now = self._now()
        for workaround in workarounds:
            self._workarounds.learn(workaround, now)

    async def _answer(self, body: Mapping[str, object]) -> AsyncGenerator[Event | _Refusal, None]:
        """Ask once, and yield what comes: events up to the end, or a refusal alone."""
        try:
            waits = self._waits(body)
        except (TypeError, ValueError, RecursionError) as error:
            unsayable = f"the request is not what JSON can say ({type(error).__name__})"
            yield Failed(ProviderError(FailureKind.REFUSED_PARAMETER, unsayable))
            return
        clock, deadline = asyncio.get_running_loop().time, Deadline()
        stall = StallClock(waits, clock())
        decoder = self._decoder()
        ending: Sequence[Event | _Refusal] = ()
        try:
            async with AsyncExitStack() as stack:
                opening = stack.enter_async_context(self._vendor.ask(body))
                stack.callback(deadline.close)
                with deadline.at(stall.deadline):
                    response = await opening
                chunks = await stack.enter_async_context(aclosing(_chunks(response)))
                while True:
                    with deadline.at(stall.deadline):
                        data = await anext(chunks, None)
                    if data is None:
                        break
                    events = decoder.decode(data)
                    if decoder.ended:
                        ending = events
                        await self._drain(chunks)
                        break
                    for event in events:
                        yield event
                    is_content = bool(events) or not is_keep_alive(data)
                    stall.heard(clock(), content=is_content, finishing=decoder.finishing)
        except TimeoutError:
            stalled = ProviderError(FailureKind.STALLED, stall.reason)
            ending = ending or _end(decoder, stalled)
        except Exception as error:  # noqa: BLE001 - whatever it is, the decoder has the rest
            ending = ending or self._broken(decoder, error)
        for said in ending or decoder.flush():
            yield _dated(said)

    def _waits(self, body: Mapping[str, object]) -> Waits:
        """Choose the deadlines of a request; raises what JSON raises where it cannot say it."""
        endpoint = self._endpoint
        return Waits.for_request(
            len(json.dumps(body, ensure_ascii=False, allow_nan=False).encode()),
            local=self._profile.is_local,
            streaming=body.get("stream") is True,
            first_byte=endpoint.first_byte_timeout,
            idle=endpoint.idle_timeout,
        )

    def _decoder(self) -> Decoder:
        thinking = self._profile.begins_thinking
        return self._speech.decoder(self._endpoint.key, self.origin, thinking=thinking)

    async def _drain(self, chunks: AsyncGenerator[bytes, None]) -> None:
        """Read to the end of the body, if it comes at once: then the connection can be kept."""
        with suppress(Exception):
            async with asyncio.timeout(_DRAIN_TIMEOUT):
                async for _ in chunks:
                    pass

    def _broken(self, decoder: Decoder, error: Exception) -> Sequence[Event | _Refusal]:
        """Return what an exception of the connection means for the answer."""
        if isinstance(error, self._vendor.status_error):
            return [self._refusal(error.response)]  # type: ignore[attr-defined]
        if _is_cut_off(error):
            return decoder.flush(torn=True)  # the decoder knows whether anything is missing
        return _end(decoder, self._failure(error))

    def _failure(self, error: Exception) -> ProviderError:
        return _failure_of(error, self._endpoint.host, self._exceptions)

    def _refusal(self, response: httpx2.Response) -> _Refusal:
        body = response.content
        error = response_failure(
            response.status_code, response.headers, body, now=time.time(), secret=self._endpoint.key
        )
        return _Refusal(error, error_body(parsed(body)))


def _chunks(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    """Return the body as it comes, unpacked where it is packed."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if not isinstance(response.stream, httpx2.AsyncByteStream):
        raise TypeError("the answer is not read as it comes")
    # What `aiter_bytes` does around the stream costs a fifth of a delta's time.
    chunks = aiter(response.stream)
    if encoding in PACKED:
        return _unpacked(chunks, encoding)
    return chunks if isinstance(chunks, AsyncGenerator) else _passed_on(chunks)


async def _passed_on(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    async for data in chunks:
        yield data


async def _unpacked(chunks: AsyncIterator[bytes], encoding: str) -> AsyncGenerator[bytes, None]:
    unpacker = Unpacker(encoding)
    async for data in chunks:
        try:
            said = unpacker.unpack(data)
        except zlib.error as error:
            raise httpx2.DecodingError("not packed as it says") from error
        if said:
            yield said


def _end(decoder: Decoder, error: ProviderError) -> Sequence[Event]:
    """End an answer that broke off, with what was held back; what turns out whole is complete."""
    return [Failed(error) if _is_unfinished(event) else event for event in decoder.flush(torn=True)]


def _is_unfinished(event: Event) -> bool:
    return isinstance(event, Failed) and event.error.kind is FailureKind.ENDED_EARLY


def _dated(said: Event | _Refusal) -> Event | _Refusal:
    """Return a refusal with its wait in seconds, if the server named the moment of its end."""
    if isinstance(said, Failed) and said.error.retry_at is not None:
        return Failed(dated(said.error, time.time()))
    return said


def _failure_of(error: Exception, host: str, rows: Iterable[ExceptionRow]) -> ProviderError:
    """Return what an exception means; every exception means something."""
    chain = tuple(_causes(error))
    for exception, kind, text in rows:
        if any(isinstance(cause, exception) for cause in chain):
            return ProviderError(kind, text.format(host=host))
    name = type(error).__name__
    # Where it happened, without what the exception or the code says: both may quote a secret.
    frames = traceback.extract_tb(error.__traceback__)
    places = "".join(f"\n  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    _log.error("an answer of %s failed by a fault of our own (%s):%s", host, name, places)
    return ProviderError(FailureKind.INTERNAL, f"{name} was raised while the answer was read")


def _is_cut_off(error: Exception) -> bool:
    """Return whether a body ended before its end, without any error of the network."""
    return any(isinstance(cause, CutOffError) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that led to it."""
    seen: set[int] = set()
    left = [error]
    while left:
        cause = left.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        if isinstance(cause, BaseExceptionGroup):
            left += reversed(cause.exceptions)
        behind = cause.__cause__ or cause.__context__
        left += [behind] if behind is not None else []
