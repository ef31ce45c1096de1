r"""A server that is told the very bytes to send, and when to break the connection: for tests.

    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    async with ByteServer([head, b"5\r\nhello\r\n", b"no size\r\n", Close()]) as server:
        provider = ModelProvider(
            Endpoint(protocol="messages", base_url=server.base_url, model="any")
        )

Where `tickertape.testing.model_server` always speaks HTTP, this one says whatever its script says:

    bytes        sent, and given time to arrive before the next step
    Until        a pause until an `asyncio.Event` is set
    UntilGone    a pause until the client has gone
    NextRequest  a pause until another request has come on the same connection
    Close        the connection is closed; so it is at the end of a script
    Reset        the connection is reset (RST)

A script begins when a whole request has come, is played for one connection, and the last one for
all that follow.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias, assert_never

__all__ = [
    "ByteServer",
    "Close",
    "NextRequest",
    "ResetStep",
    "Script",
    "Step",
    "Until",
    "UntilGone",
    "chunked",
    "head",
]

_ARRIVAL = 4
"""Turns of the loop after each piece of bytes: a client in the same loop has read it by then."""


@dataclass(frozen=True, slots=True)
class Until:
    """Nothing is sent until an event is set."""

    event: asyncio.Event
    """Set by the test."""


@dataclass(frozen=True, slots=True)
class UntilGone:
    """Nothing is sent until the client has closed its side."""


@dataclass(frozen=True, slots=True)
class NextRequest:
    """Nothing is sent until another request has come on the same connection."""


@dataclass(frozen=True, slots=True)
class Close:
    """The connection is closed."""


@dataclass(frozen=True, slots=True)
class ResetStep:
    """The connection is reset."""


Step: TypeAlias = bytes | Until | UntilGone | NextRequest | Close | ResetStep
"""One thing that the server does."""

Script: TypeAlias = Sequence[Step]
"""What it does on one connection, in order."""


class ByteServer:
    """A server for as long as the block runs. See the module's docstring."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        """Describe the server; it listens when the block begins.

        Args:
            scripts: one for each connection; the last is played on and on.
            tls: the certificate, where the bytes go through TLS.
        """
        self._scripts = scripts
        self._tls = tls
        self.base_url = ""
        """Where it listens, ending with `/v1`: known once the block has begun."""
        self.requests: list[bytes] = []
        """The requests that came whole, head and body, in order."""
        self.connections = 0
        """How many connections were made."""
        self._news = asyncio.Condition()
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        host, port = self._server.sockets[0].getsockname()
        scheme = "http" if self._tls is None else "https"
        self.base_url = f"{scheme}://{host}:{port}/v1"
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

    async def asked(self, count: int = 1) -> None:
        """Wait until so many requests have come in all."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.requests) >= count)

    async def played(self) -> None:
        """Wait until every connection has come to the end of its script."""
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = self._scripts[min(self.connections, len(self._scripts) - 1)]
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._serve(script, reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(
        self, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await self._request(reader)
            for step in script:
                await self._carry_out(step, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has gone, as it may
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        size = re.search(rb"(?i)\r\ncontent-length: *(\d+)", request)
        request += await reader.readexactly(int(size[1]) if size else 0)
        self.requests.append(request)
        async with self._news:
            self._news.notify_all()

    async def _carry_out(
        self, step: Step, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        match step:
            case bytes():
                writer.write(step)
                await writer.drain()
                for _ in range(_ARRIVAL):
                    await asyncio.sleep(0)
            case Until(event=event):
                await event.wait()
            case UntilGone():
                await reader.read()
            case NextRequest():
                await self._request(reader)
            case Close():
                writer.close()
            case ResetStep():
                # Closing a socket that lingers for no time resets the connection (socket(7)).
                linger = struct.pack("ii", 1, 0)
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()
            case _:
                assert_never(step)


def head(status: str = "200 OK", *lines: str, content_type: str = "text/event-stream") -> bytes:
    """Write the head of an answer, its blank line included.

    Args:
        status: what stands behind the version.
        lines: more headers, each as a whole line.
        content_type: the header of that name; empty leaves it out.
    """
    typed = [f"content-type: {content_type}"] if content_type else []
    return "\r\n".join([f"HTTP/1.1 {status}", *typed, *lines, "", ""]).encode("latin-1")


def chunked(*parts: bytes, last: bool = True) -> bytes:
    """Write parts of a body as chunks.

    Args:
        parts: each becomes a chunk; none may be empty.
        last: whether the chunk follows that ends the body.
    """
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in parts]
    return b"".join([*chunks, b"0\r\n\r\n" if last else b""])
