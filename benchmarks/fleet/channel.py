"""A channel of Tickertape to the hub: what it costs is a line of JSON there and one back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from itertools import count

from benchmarks.fleet.wire import Heard, Line, Lost, Wire
from tickertape.channel import (
    CODE_POINTS,
    Accepted,
    Action,
    Address,
    Cadence,
    ChatKind,
    Delete,
    Edit,
    Inbound,
    Message,
    Outcome,
    Person,
    Post,
    Probe,
    Reason,
    Refused,
    ShowDraft,
    Surface,
    Throttled,
    Unknown,
    Window,
)

__all__ = ["PERSON", "HubChannel"]

PERSON = "1"
"""Who writes in all chats: the configuration lists one person then."""

_LONGEST = 4_000
_PAUSE = 0.2  # seconds between two attempts to connect


class HubChannel:
    """Reads and writes at a hub, by its socket. A `ports.Channel`."""

    def __init__(self, *, name: str, path: str, calls: int = 0) -> None:
        """Begin without a connection.

        Args:
            name: the channel's name.
            path: the hub's socket.
            calls: how many calls the hub takes in a second; 0: any number.
        """
        self._name = name
        self._path = path
        shared = Window(calls, 1.0) if calls else None
        # A post has a key: where its answer was lost it is just made again.
        self._surface = Surface(
            _LONGEST, CODE_POINTS, has_keys=True, cadence=Cadence(shared=shared)
        )
        self._numbers = count(1)
        self._asked: dict[int, asyncio.Future[Line]] = {}
        self._calls: Wire | None = None
        self._connecting = asyncio.Lock()

    def surface(self, address: Address) -> Surface:  # noqa: ARG002 - the same everywhere
        """Return what can be shown."""
        return self._surface

    async def perform(self, action: Action) -> Outcome:
        """Perform one action."""
        chat = action.address.chat
        match action:
            case Post(text=text) | Edit(text=text) if len(text) > _LONGEST:
                return Refused(Reason.TOO_LONG)
            case Post(text=text, key=key):
                return await self._call(text, "post", chat, key, text)
            case Edit(message_id=message_id, text=text):
                return await self._call(text, "edit", chat, message_id, text)
            case Delete(message_id=message_id):
                outcome = await self._call("", "delete", chat, message_id)
                return Accepted("") if isinstance(outcome, Accepted) else outcome
            case Probe():
                return Accepted("")
            case ShowDraft():
                return Refused(Reason.DRAFT_UNAVAILABLE)
            case _:
                return Refused(Reason.MALFORMED)

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield what people write; the hub brings again what is not confirmed."""
        while True:
            came: asyncio.Queue[Line | None] = asyncio.Queue()
            wire = await self._connected(
                lambda _, line, came=came: came.put_nowait(line),  # type: ignore[misc]
                lambda _, came=came: came.put_nowait(None),  # type: ignore[misc]
            )
            wire.send("read", os.getpid())
            try:
                while (line := await came.get()) is not None:
                    number, chat, text = line
                    yield self._message(number, chat, text)
                    wire.send("read", os.getpid(), number)
            finally:
                wire.close()

    async def aclose(self) -> None:
        """Close the connection."""
        if self._calls is not None:
            self._calls.close()

    def _message(self, number: int, chat: str, text: str) -> Message:
        return Message(
            Address(self._name, chat, ChatKind.PRIVATE),
            Person(PERSON, "Ann"),
            text,
            str(number),
            to_us=True,
            key=str(number),
            order=number,
        )

    async def _call(self, text: str, *call: str) -> Outcome:
        async with self._connecting:
            if self._calls is None or not self._calls.is_open:
                self._calls = await self._connected(self._answered, self._lost)
        number = next(self._numbers)
        future = self._asked[number] = asyncio.get_running_loop().create_future()
        self._calls.send("call", os.getpid(), number, *call)
        try:
            match (await future)[1:]:
                case ["accepted", str(message_id)]:
                    return Accepted(text, message_id)
                case ["throttled", float(seconds)]:
                    return Throttled(seconds)
                case ["gone"]:
                    return Refused(Reason.MESSAGE_GONE)
                case _:
                    return Unknown("the hub was not heard")
        finally:
            del self._asked[number]

    def _answered(self, _wire: Wire, line: Line) -> None:
        if (future := self._asked.get(line[0])) is not None and not future.done():
            future.set_result(line)

    def _lost(self, _wire: Wire) -> None:
        for future in self._asked.values():
            if not future.done():
                future.set_result([0])

    async def _connected(self, heard: Heard, lost: Lost) -> Wire:
        loop = asyncio.get_running_loop()
        while True:
            try:
                _, wire = await loop.create_unix_connection(lambda: Wire(heard, lost), self._path)
            except OSError:
                await asyncio.sleep(_PAUSE)
            else:
                return wire
