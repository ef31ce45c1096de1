"""A model's server of our own for tests: raw HTTP over a loopback socket, faults included."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Answer", "FakeModelServer", "Request", "serve", "text_chunks"]

DONE = b"data: [DONE]\n\n"


def text_chunks(*texts: str, reason: str | None = "stop") -> list[bytes]:
    """Make the chunks of an answer, without `[DONE]`."""
    chunks: list[dict[str, Any]] = [{"delta": {"content": text}} for text in texts]
    if reason is not None:
        chunks.append({"delta": {}, "finish_reason": reason})
    return [f"data: {json.dumps({'choices': [chunk]})}\n\n".encode() for chunk in chunks]


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked."""

    target: str
    """The path."""
    headers: dict[str, str]
    """The headers, in lower case."""
    body: dict[str, Any]
    """The JSON of the body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer."""

    pieces: list[bytes] = field(default_factory=list)
    """The parts of the body, sent one by one."""
    status: int = 200
    """The HTTP status."""
    content_type: str = "text/event-stream"
    """The header of that name."""
    headers: dict[str, str] = field(default_factory=dict)
    """More headers."""
    pause: float = 0.0
    """Seconds after each piece."""
    then: str = "end"
    """What follows the last piece: `end` ends the body, `cut` closes the socket inside it, `reset`
    resets it, `hold` keeps it open until the client goes, `silence` does so before the head."""


class FakeModelServer:
    """Gives its answers in order, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.connections = 0
        self.asked = asyncio.Event()
        """Set when a request has come."""
        self.client_left = asyncio.Event()
        """Set when a client closes a connection on which an answer is held."""
        self.base_url = ""

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side closes it."""
        self.connections += 1
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                self.asked.set()
                answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
                if not await self._answer(answer, reader, writer):
                    break
        except ConnectionError:
            self.client_left.set()
        finally:
            writer.close()

    async def _answer(
        self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Send an answer; say whether the connection can be used on."""
        if answer.then != "silence":
            head = {"content-type": answer.content_type, "transfer-encoding": "chunked"}
            lines = [f"HTTP/1.1 {answer.status} X"]
            lines += [f"{name}: {value}" for name, value in (head | answer.headers).items()]
            writer.write("\r\n".join([*lines, "", ""]).encode())
        for piece in answer.pieces:
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
            if answer.pause:
                await asyncio.sleep(answer.pause)
        match answer.then:
            case "end":
                writer.write(b"0\r\n\r\n")
                await writer.drain()
                return True
            case "reset":
                # Closing a socket that lingers for no time resets the connection (socket(7)).
                linger = struct.pack("ii", 1, 0)
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()
            case "hold" | "silence":
                await reader.read()
                self.client_left.set()
        return False


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(first.split(" ")[1], headers, json.loads(body or b"{}"))


@asynccontextmanager
async def serve(*answers: Answer) -> AsyncIterator[FakeModelServer]:
    """Serve answers on a free port for as long as the block runs."""
    fake = FakeModelServer(*answers)
    server = await asyncio.start_server(fake.connection, "127.0.0.1", 0)
    fake.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        async with server:
            yield fake
    finally:
        server.close()
