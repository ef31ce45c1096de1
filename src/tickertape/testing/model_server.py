"""A model's server on this machine, for tests and benchmarks: three protocols, faults on demand.

    async with ModelServer() as server:
        server.say("Hel", "lo")                                  # an answer in two deltas
        server.say(ToolCall("c1", "current_time", "{}"))         # then one that calls a tool
        server.plan(refusal(429, "Slow down.", retry_after=7))   # then a refusal, ...
        server.plan(Answer(pieces=("Hel", "lo"), fault=Stall(after=1)))
        provider = ModelProvider(
            Endpoint(protocol="messages", base_url=server.base_url, model="any")
        )
        ...
        assert server.requests[0].body["model"] == "any"
        await server.left()                                      # until a client hung up

It listens on a free port of the loopback interface and takes `POST` at any path that ends with
`/chat/completions`, `/responses` or `/messages`, with any key and any model's name. What it
answers is a queue of values (`tickertape.testing.model_script`), one for each request; the last
stays for all that follow. Everything asked is kept in `requests`; a client that closes its
connection while an answer is under way is noted in `departures`, at the moment when it does so.

Two hundred answers at fifty tokens a second take a fraction of one core: a delta costs a timer
and a write.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self, assert_never

from tickertape.testing.model_script import (
    Piece,
    Plan,
    Protocol,
    Raw,
    ScriptedAnswer,
    refusal,
    rendered,
)
from tickertape.testing.model_wire import COMMENT

__all__ = ["Departure", "ModelRequest", "ModelServer"]

_PROTOCOLS: Mapping[str, Protocol] = {
    "/chat/completions": "chat_completions",
    "/responses": "responses",
    "/messages": "messages",
}


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What a client asked."""

    path: str
    """The path, as it came."""
    headers: Mapping[str, str]
    """The headers, by their names in lower case."""
    body: Mapping[str, object]
    """The JSON of the body."""
    protocol: Protocol
    """How it was asked."""
    at: float
    """When, by the clock of the event loop."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A client that went before its answer had ended."""

    request: int
    """Which of `requests` it had asked."""
    at: float
    """When, by the clock of the event loop."""


class ModelServer:
    """A model's server for as long as the block runs. See the module's docstring."""

    def __init__(self, *plans: Plan) -> None:
        """Describe the server; it listens when the block begins.

        Args:
            plans: the first answers; without any, and without `say` or `plan`, it says "Hello".
        """
        self.base_url = ""
        """Where it listens, ending with `/v1`: known once the block has begun."""
        self.requests: list[ModelRequest] = []
        """What was asked, in order."""
        self.departures: list[Departure] = []
        """Who went before an answer had ended, in order."""
        self.connections = 0
        """How many connections were made."""
        self._plans: deque[Plan] = deque(plans)
        self._last: Plan = ScriptedAnswer()
        self._refused: dict[str, tuple[object, Raw]] = {}
        self._news = asyncio.Condition()
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def say(self, *pieces: Piece, pause: float = 0.0) -> None:
        """Append an answer to the queue.

        Args:
            pieces: its deltas.
            pause: seconds between them.
        """
        self.plan(ScriptedAnswer(pieces=pieces, pause=pause))

    def plan(self, *plans: Plan) -> None:
        """Append answers to the queue, one for each request; the last is given on and on."""
        self._plans.extend(plans)

    def refuse(self, parameter: str, value: object = ..., *, answer: Raw | None = None) -> None:
        """Refuse every request whose body has a parameter; that takes nothing from the queue.

        Args:
            parameter: the name of a field of the body.
            value: refuse only this value of it.
            answer: what is said; None for a 400 with code `unsupported_parameter`.
        """
        said = f"Unsupported parameter: '{parameter}' is not supported with this model."
        plain = refusal(400, said, name="unsupported_parameter", parameter=parameter)
        self._refused[parameter] = (value, answer or plain)

    async def asked(self, count: int = 1) -> None:
        """Wait until so many requests have come in all."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.requests) >= count)

    async def left(self, count: int = 1) -> None:
        """Wait until so many clients in all have gone before their answers had ended."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.departures) >= count)

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._line, "127.0.0.1", 0, backlog=1024)
        host, port = self._server.sockets[0].getsockname()
        self.base_url = f"http://{host}:{port}/v1"
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening, and close every connection."""
        if self._server is not None:
            self._server.close()
        serving = tuple(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    def _line(self) -> _RequestLine:
        return _RequestLine(self._connected)

    def _connected(self, line: _RequestLine) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(line))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, line: _RequestLine) -> None:
        """Answer one connection's requests until either side closes it."""
        try:
            while (said := await line.request()) is not None:
                number = len(self.requests)
                sending = asyncio.ensure_future(_send(await self._answer(*said), line))
                if not await line.unless_gone(sending):
                    now = asyncio.get_running_loop().time()
                    self.departures.append(Departure(number, now))
                    await self._tell()
                    break
                if not sending.result():
                    break
        finally:
            line.close()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Raw:
        """Record a request and choose its answer; refuse what no protocol knows."""
        end = next((end for end in _PROTOCOLS if path.partition("?")[0].endswith(end)), None)
        if end is None or method != "POST":
            return refusal(404, f"Nothing answers {method} {path} here.")
        try:
            asked = json.loads(body)
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            return refusal(400, "The body is no JSON object.")
        now = asyncio.get_running_loop().time()
        request = ModelRequest(path, headers, asked, _PROTOCOLS[end], now)
        self.requests.append(request)
        await self._tell()
        return self._chosen(request)

    def _chosen(self, request: ModelRequest) -> Raw:
        for name, (value, said) in self._refused.items():
            if name in request.body and value in (..., request.body[name]):
                return said
        if self._plans:
            self._last = self._plans.popleft()
        if isinstance(self._last, Raw):
            return self._last
        return rendered(self._last, request.protocol, stream=request.body.get("stream") is True)


class _RequestLine(asyncio.Protocol):
    """One connection: requests are read from it, answers are written to it."""

    def __init__(self, connected: Callable[[_RequestLine], None]) -> None:
        self._connected = connected
        self._received = bytearray()
        self._arrived = asyncio.Event()
        self._gone = False
        self._sending: asyncio.Future[bool] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream was expected")
        self._transport = transport
        self._connected(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._arrived.set()

    def eof_received(self) -> None:
        self._leave()

    def connection_lost(self, _: Exception | None) -> None:
        self._leave()

    def _leave(self) -> None:
        self._gone = True
        self._arrived.set()
        if self._sending is not None:
            self._sending.cancel()

    async def request(self) -> tuple[str, str, dict[str, str], bytes] | None:
        """Read a request: method, path, headers and body; None where none comes any more."""
        while (end := self._received.find(b"\r\n\r\n")) < 0:
            if not await self._more():
                return None
        first, *lines = self._received[:end].decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        whole = end + 4 + int(headers.get("content-length", "0"))
        while len(self._received) < whole:
            if not await self._more():
                return None
        body = bytes(self._received[end + 4 : whole])
        del self._received[:whole]
        method, path, *_ = [*first.split(" "), "", ""]
        return method, path, headers, body

    async def _more(self) -> bool:
        if not self._gone:
            self._arrived.clear()
            await self._arrived.wait()
        return not self._gone

    async def unless_gone(self, sending: asyncio.Future[bool]) -> bool:
        """Wait for an answer to be sent; return whether the client stayed that long."""
        self._sending = sending
        if self._gone:
            sending.cancel()
        try:
            await asyncio.wait([sending])
        finally:
            self._sending = None
            sending.cancel()
        return not sending.cancelled()

    def write(self, data: bytes) -> None:
        """Send bytes, unless the connection has gone."""
        if self._transport is not None and not self._gone:
            self._transport.write(data)

    def chunk(self, data: bytes) -> None:
        """Send a part of a body."""
        if data:
            self.write(b"%x\r\n%b\r\n" % (len(data), data))

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """End the connection as a crash does."""
        if self._transport is not None:
            # Closing a socket that lingers for no time resets the connection (socket(7)).
            linger = struct.pack("ii", 1, 0)
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._transport.abort()


async def _send(raw: Raw, line: _RequestLine) -> bool:
    """Send an answer; return whether the connection can be used on."""
    clock = asyncio.get_running_loop().time
    if raw.delay:
        await asyncio.sleep(raw.delay)
    if raw.status is not None:
        head = {"content-type": raw.content_type, "transfer-encoding": "chunked"} | dict(
            raw.headers
        )
        lines = [f"HTTP/1.1 {raw.status} Scripted", *(f"{name}: {head[name]}" for name in head)]
        line.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    begun = clock()
    for number, chunk in enumerate(raw.chunks):
        if raw.pause and number:
            # By the clock and not by the gap: a busy machine does not slow the model.
            await asyncio.sleep(max(0.0, begun + number * raw.pause - clock()))
        line.chunk(chunk)
    match raw.ending:
        case "end":
            line.write(b"0\r\n\r\n")
            return True
        case "hold":
            await _hold(raw.beat, line)
        case "cut":
            line.close()
        case "reset":
            line.reset()
        case _:
            assert_never(raw.ending)
    return False


async def _hold(beat: float | None, line: _RequestLine) -> None:
    """Keep the connection until the client goes, with or without signs of life."""
    if beat is None:
        await asyncio.get_running_loop().create_future()
        return
    while True:
        await asyncio.sleep(beat)
        line.chunk(COMMENT)
