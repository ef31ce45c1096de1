"""Updates that were delivered, until they are dealt with: what a request waits for.

Of those that wait the one with the smallest number is read first. Telegram brings the next update
of a chat only after we took the one before (tdlib/telegram-bot-api WebhookActor.cpp, a queue for
each chat), so the order of a chat is kept whatever comes at once. One that is brought again while
it waits is the same delivery: both requests get the same answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tickertape.channels.telegram.webhooks.requests import (
    NOT_NOW,
    TAKEN,
    TOO_MANY,
    HttpReply,
    PostedUpdate,
)

__all__ = ["Deliveries", "Delivery"]

PATIENCE: Final = 20.0
"""Seconds that a request waits for its update to be dealt with: a choice. A commit takes
milliseconds; Telegram and nginx give up after 60 s of silence (WebhookActor.cpp
`create_connection`; nginx.org, `proxy_read_timeout`)."""
MOST: Final = 64
"""Requests that wait at once: six times what Telegram is asked for, as it may bring those again
that it has given up."""


class Delivery:
    """An update that was delivered."""

    def __init__(self, update: PostedUpdate) -> None:
        self.update: Final = update
        """The update."""
        self.requests = 0
        """The requests that wait for it."""
        self._reply: asyncio.Future[HttpReply] = asyncio.get_running_loop().create_future()

    def settle(self, reply: HttpReply) -> None:
        """Answer its requests; the first answer counts."""
        if not self._reply.done():
            self._reply.set_result(reply)

    async def reply(self) -> HttpReply:
        """Return the answer to its requests, once there is one."""
        return await asyncio.shield(self._reply)


class Deliveries:
    """The updates that wait for one reader."""

    def __init__(self) -> None:
        self._waiting: dict[int, Delivery] = {}
        self._in_hand: Delivery | None = None
        self._requests = 0
        self._is_open = False
        self._came = asyncio.Event()

    def open(self) -> None:
        """Take updates from here on."""
        self._is_open = True

    def close(self) -> None:
        """Take none any more; what is not dealt with is to be brought again."""
        self._is_open = False
        unread = [*self._waiting.values(), *filter(None, [self._in_hand])]
        self._waiting.clear()
        self._in_hand = None
        for delivery in unread:
            delivery.settle(NOT_NOW)

    async def deliver(self, update: PostedUpdate) -> HttpReply:
        """Return the answer to a request that brings an update: whether it was dealt with."""
        if not self._is_open:
            return NOT_NOW
        if self._requests >= MOST:
            return TOO_MANY
        delivery = self._delivery_of(update)
        self._requests += 1
        delivery.requests += 1
        try:
            async with asyncio.timeout(PATIENCE):
                return await delivery.reply()
        except TimeoutError:
            return NOT_NOW
        finally:
            self._requests -= 1
            delivery.requests -= 1
            if not delivery.requests and self._waiting.get(update.id) is delivery:
                # It comes again. To read it now would put it in front of those before it.
                del self._waiting[update.id]

    def _delivery_of(self, update: PostedUpdate) -> Delivery:
        in_hand = self._in_hand
        if in_hand is not None and in_hand.update.id == update.id:
            return in_hand
        if update.id not in self._waiting:
            self._waiting[update.id] = Delivery(update)
            self._came.set()
        return self._waiting[update.id]

    async def wait(self, seconds: float) -> bool:
        """Return True once an update waits; False where none comes for so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while not self._waiting:
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            return False
        return True

    @contextmanager
    def next(self) -> Iterator[Delivery]:
        """Yield the next update that waits: it is dealt with when the block ends.

        A block that raises, or is left for good, has not dealt with it: it is to be brought again.
        """
        self._in_hand = delivery = self._waiting.pop(min(self._waiting))
        try:
            yield delivery
        except BaseException:
            delivery.settle(NOT_NOW)
            raise
        else:
            delivery.settle(TAKEN)
        finally:
            self._in_hand = None

    def decline(self) -> bool:
        """Let the update that is being dealt with be brought again; return whether there is one."""
        if self._in_hand is None:
            return False
        self._in_hand.settle(NOT_NOW)
        return True
