"""The program of somebody who reads: it follows rooms by `/sync`, and keeps what they show.

async with reader(synapse, account) as screens:
    await screens.until(room, lambda screen: len(screen.of(bot)) == 2)
    screens[room].frames
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import httpx

from benchmarks.matrix.people import Account, Person, person
from benchmarks.matrix.screen import Screen
from benchmarks.matrix.synapse import Synapse

__all__ = ["Screens", "reader"]

_FILTER: Final = json.dumps(
    {
        "room": {"timeline": {"limit": 1000}},
        "presence": {"types": []},
        "account_data": {"types": []},
    }
)
_POLL: Final = "30000"  # milliseconds
_PAUSE: Final = 0.1
_PATIENCE: Final = 60.0


class Screens:
    """The rooms of one reader, by their ids."""

    def __init__(self) -> None:
        """Begin with no room."""
        self._rooms: dict[str, Screen] = {}
        self._news = asyncio.Condition()

    def __getitem__(self, room: str) -> Screen:
        """Return what a room shows; a room of which nothing was heard is empty."""
        return self._rooms.setdefault(room, Screen(room))

    async def until(
        self,
        room: str,
        is_so: Callable[[Screen], object],
        patience: float = _PATIENCE,
    ) -> Screen:
        """Wait until something is to be seen in a room, and return what it shows then.

        Args:
            room: which one.
            is_so: returns whether it is to be seen.
            patience: how many seconds to wait at most.

        Raises:
            TimeoutError: when it was not to be seen; says what was.
        """
        try:
            async with asyncio.timeout(patience), self._news:
                await self._news.wait_for(lambda: is_so(self[room]))
        except TimeoutError:
            shown = [(seen.sender, seen.shown) for seen in self[room].messages.values()]
            msg = f"not to be seen within {patience:.0f} s; what is: {shown}"
            raise TimeoutError(msg) from None
        return self[room]

    async def follow(self, program: Person) -> None:
        """Read what the server tells, until the task is cancelled."""
        since: dict[str, str] = {}
        while True:
            timeout = _POLL if since else "0"
            try:
                told = await program.get("sync", filter=_FILTER, timeout=timeout, **since)
            except httpx.TransportError:  # the server is being restarted
                await asyncio.sleep(_PAUSE)
                continue
            at = time.monotonic()
            since = {"since": told["next_batch"]}
            for room, news in told.get("rooms", {}).get("join", {}).items():
                self[room].take(news, at)
            async with self._news:
                self._news.notify_all()


@asynccontextmanager
async def reader(synapse: Synapse, account: Account) -> AsyncIterator[Screens]:
    """Follow all rooms of an account, from now on and from their beginning."""
    screens = Screens()
    async with person(synapse, account) as program:
        following = asyncio.create_task(screens.follow(program))
        try:
            yield screens
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
