"""A speech server on this machine that answers as it is told, byte for byte, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

__all__ = ["SpeechServer", "speech_server"]


@dataclass
class SpeechServer:
    """What it was asked, and what it says."""

    base_url: str = ""
    """Where it is, up to `/v1`."""
    status: str = "200 OK"
    """The status line."""
    body: bytes = b""
    """The answer; sent in pieces."""
    hangs: bool = False
    """Whether the answer never ends."""
    breaks: bool = False
    """Whether the connection breaks in the middle of the answer."""
    requests: list[tuple[str, dict[str, str], dict[str, object]]] = field(default_factory=list)
    """Path, headers and JSON of each request."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first request is there."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client went before an answer that hangs had ended."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
        raw = await reader.readexactly(int(headers["content-length"]))
        self.requests.append((first.split()[1], headers, json.loads(raw)))
        self.asked.set()
        writer.write(f"HTTP/1.1 {self.status}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for at in range(0, len(self.body), 1_000):
            piece = self.body[at : at + 1_000]
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
        if self.hangs:
            await reader.read()
            self.left.set()
        elif not self.breaks:
            writer.write(b"0\r\n\r\n")
        writer.close()


@asynccontextmanager
async def speech_server() -> AsyncIterator[SpeechServer]:
    """Run a server for as long as the block runs."""
    server = SpeechServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    server.base_url = f"http://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        listening.close()
