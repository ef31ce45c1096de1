"""Requests to a webhook as bytes, whole or torn, and a bot's end that takes what comes."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Self

__all__ = ["SECRET", "Answer", "Seen", "Wire", "free_port", "post", "update"]

SECRET: Final = "a-secret_of-the-tests"


def free_port() -> int:
    """Return a port of this machine at which nothing listens.

    It is none that the system gives to connections (32768 and up, Linux' ip_local_port_range): one
    of them could have it by the time that a test listens there.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


def update(number: int, text: str = "hello", chat: int = 1001) -> dict[str, object]:
    """Make an update: a person writes in private."""
    you = {"id": chat, "is_bot": False, "first_name": "You"}
    place = {"id": chat, "type": "private", "first_name": "You"}
    message = {"message_id": number, "date": 1_764_583_200, "chat": place, "from": you}
    return {"update_id": number, "message": {**message, "text": text}}


def post(
    body: object,
    *,
    path: str = "/tape",
    secret: str | None = SECRET,
    method: str = "POST",
    **headers: str,
) -> bytes:
    """Write a request as Telegram does, but for what is given; header names have `_` for `-`."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"Host": "x", "Content_Type": "application/json", "Content_Length": str(len(content))}
    if secret is not None:
        told["X_Telegram_Bot_Api_Secret_Token"] = secret
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in {**told, **headers}.items()]
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""])
    return head.encode("utf-8", "surrogateescape") + content


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    """The HTTP status; 0: the connection was closed without one."""
    headers: dict[str, str] = field(default_factory=dict)
    """The headers, in small letters."""
    text: str = ""
    """The body."""


class Seen(list[int]):
    """What was seen, in its order; one can wait for more of it."""

    def __init__(self) -> None:
        super().__init__()
        self._more = asyncio.Event()

    def note(self, number: int) -> None:
        """Add what was seen, and wake who waits for it."""
        self.append(number)
        self._more.set()

    async def reach(self, count: int) -> None:
        """Wait until so many were seen."""
        async with asyncio.timeout(30):
            while len(self) < count:
                self._more.clear()
                await self._more.wait()


class Wire:
    """A connection to a webhook."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int) -> AsyncIterator[Self]:
        """Connect, and cut the connection at the end."""
        wire = cls(*await asyncio.open_connection("127.0.0.1", port))
        try:
            yield wire
        finally:
            await wire.cut()

    @classmethod
    async def ask(cls, port: int, data: bytes) -> Answer:
        """Send a request on a connection of its own, and return what comes back."""
        async with cls.to(port) as wire:
            wire.send(data)
            return await wire.answer()

    def send(self, data: bytes) -> None:
        """Send some bytes."""
        self._writer.write(data)

    async def sent(self) -> None:
        """Return when the system has taken what was sent."""
        await self._writer.drain()

    async def answer(self) -> Answer:
        """Return the next answer; one of status 0 if the connection ends instead."""
        async with asyncio.timeout(30):
            try:
                head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            except (asyncio.IncompleteReadError, ConnectionError):
                return Answer(0)
            first, *lines = head.strip().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines)
            body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(first.split()[1]), headers, body.decode())

    async def closed(self) -> bytes:
        """Return what comes until the other side closes the connection."""
        async with asyncio.timeout(30):
            try:
                return await self._reader.read()
            except ConnectionError:
                return b""

    def end(self) -> None:
        """Send no more; what comes back is still heard."""
        self._writer.write_eof()

    async def cut(self) -> None:
        """Close the connection at once."""
        self._writer.transport.abort()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
