"""The connection to an MCP server, by the `mcp` package, and the news that it has ended."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import Self, TextIO, assert_never

import anyio
import httpx2
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage

from tickertape.tools.mcp.endpoints import McpEndpoint, McpHttp, McpStdio

__all__ = ["Connection", "connection"]

Streams = tuple[ReadStream[SessionMessage | Exception], WriteStream[SessionMessage]]

# As the mcp package has it for a client of its own: a server may keep a response open for
# minutes (modelcontextprotocol/python-sdk, mcp/shared/_httpx_utils.py, 2.3.0).
_HTTP_TIMEOUT = httpx2.Timeout(30.0, read=300.0)
# Seconds for the last words of a program that has ended.
_LAST_WORDS = 0.5
_LONGEST_LINE = 2_000


class Connection:
    """What became known of a connection while it stood."""

    def __init__(self, heard: Callable[[str], None], gone: Callable[[], None]) -> None:
        """Begin to watch.

        Args:
            heard: gets each line that a server's program writes to standard error.
            gone: called once, at the very moment when the connection is known to have ended.
        """
        self.heard = heard
        """Gets each line that a server's program writes to standard error."""
        self.refusal = ""
        """The HTTP status of the last answer as words, if it said no; else empty."""
        self.ended = anyio.Event()
        """Set when nothing more can come from the server."""
        self._gone = gone

    def end(self) -> None:
        """Mark the connection as ended: nothing more can come from the server."""
        if not self.ended.is_set():
            self.ended.set()
            self._gone()

    async def noted(self, response: httpx2.Response) -> None:
        """Keep a refusal's status, which says more than the error that comes of it.

        That of a GET says nothing: a server need not let itself be listened to
        (modelcontextprotocol.io/specification/2025-06-18/basic/transports, "Listening for
        Messages from the Server").
        """
        if response.request.method == "GET":
            return
        is_refusal = response.status_code >= 400
        words = f"HTTP {response.status_code} {response.reason_phrase}".strip()
        self.refusal = words if is_refusal else ""


def connection(endpoint: McpEndpoint, known: Connection) -> AbstractAsyncContextManager[Streams]:
    """Connect with a server for as long as the block is open; a program ends with the block."""
    match endpoint:
        case McpStdio():
            return _stdio(endpoint, known)
        case McpHttp():
            return _http(endpoint, known)
        case _:
            assert_never(endpoint)


@asynccontextmanager
async def _stdio(endpoint: McpStdio, known: Connection) -> AsyncGenerator[Streams, None]:
    parameters = StdioServerParameters(
        command=endpoint.command,
        args=list(endpoint.args),
        env=dict(endpoint.env),
        cwd=endpoint.cwd,
        encoding_error_handler="replace",
    )
    async with _lines(known.heard) as stderr, stdio_client(parameters, stderr) as (read, write):
        stderr.close()  # the program alone holds it: when it ends, so does the pipe
        yield _WatchedStream(read, known), write


@asynccontextmanager
async def _http(endpoint: McpHttp, known: Connection) -> AsyncGenerator[Streams, None]:
    async with (
        httpx2.AsyncClient(
            headers=dict(endpoint.headers),
            timeout=_HTTP_TIMEOUT,
            event_hooks={"response": [known.noted]},
        ) as client,
        streamable_http_client(endpoint.url, http_client=client) as (read, write),
    ):
        yield _WatchedStream(read, known), write


@asynccontextmanager
async def _lines(heard: Callable[[str], None]) -> AsyncGenerator[TextIO, None]:
    """Yield a file whose lines are passed on, until its last writer closes it."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as file:
        reader = os.fdopen(reading, "rb", buffering=0)
        pipe, lines = await asyncio.get_running_loop().connect_read_pipe(
            lambda: _Lines(heard), reader
        )
        try:
            yield file
        finally:
            file.close()
            with anyio.move_on_after(_LAST_WORDS, shield=True):
                await lines.ended.wait()
            pipe.close()


class _Lines(asyncio.Protocol):
    """Cuts what comes into lines."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        self._heard = heard
        self._rest = b""
        self.ended = anyio.Event()

    def data_received(self, data: bytes) -> None:
        *lines, rest = (self._rest + data).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        self._rest = rest
        for line in lines:
            self._tell(line)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._tell(self._rest)
        self.ended.set()

    def _tell(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        if text:
            self._heard(text[:_LONGEST_LINE])


class _WatchedStream:
    """A stream of messages that tells when it ends: the session keeps that to itself.

    However the reading ends, by the stream's end, an error or a cancellation, it is not taken up
    again.
    """

    def __init__(self, stream: ReadStream[SessionMessage | Exception], known: Connection) -> None:
        self._stream = stream
        self._known = known

    @property
    def last_context(self) -> object:
        """The sender's variables, which the session looks for."""
        return getattr(self._stream, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        try:
            return await self._stream.receive()
        except BaseException:
            self._known.end()
            raise

    async def aclose(self) -> None:
        await self._stream.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self._stream.__anext__()
        except BaseException:
            self._known.end()
            raise

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return await self._stream.__aexit__(kind, error, trace)
