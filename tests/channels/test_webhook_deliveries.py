"""Deliveries: whatever comes in whatever order, each request gets one answer, and the right one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from tickertape.channels.telegram.webhooks import deliveries as waiting
from tickertape.channels.telegram.webhooks.deliveries import Deliveries
from tickertape.channels.telegram.webhooks.requests import (
    NOT_NOW,
    TAKEN,
    TOO_MANY,
    HttpReply,
    PostedUpdate,
)

Step: TypeAlias = int | Literal["take", "decline", "leave", "close"]
"""An update is posted, by its number; or the reader does something."""

STEPS = st.lists(
    st.integers(1, 5) | st.sampled_from(["take", "take", "decline", "leave", "close"]), max_size=30
)


class LeftError(Exception):
    """The reader left."""


class Town:
    """Requests, a reader, and what must come of both."""

    def __init__(self) -> None:
        self.deliveries = Deliveries()
        self.requests: list[asyncio.Task[HttpReply]] = []
        self.wanted: list[HttpReply | None] = []
        self.open: dict[int, list[int]] = {}
        """The requests that wait, by the number of their update."""

    def step(self, step: Step) -> None:
        """Take a step, and note what must come of it."""
        match step:
            case int():
                self.open.setdefault(step, []).append(len(self.requests))
                deliver = self.deliveries.deliver(PostedUpdate(step, None))
                self.requests.append(asyncio.ensure_future(deliver))
                self.wanted.append(None)
            case "close":
                self.deliveries.close()
                self.deliveries.open()
                for number in list(self.open):
                    self.settle(number, NOT_NOW)
            case _ if self.open:
                self.read(step)

    def read(self, how: Step) -> None:
        """Read the next update; the smallest number is next."""
        with suppress(LeftError), self.deliveries.next() as delivery:
            assert delivery.update.id == min(self.open)
            self.settle(delivery.update.id, TAKEN if how == "take" else NOT_NOW)
            if how == "decline":
                assert self.deliveries.decline()
            if how == "leave":
                raise LeftError

    def settle(self, number: int, reply: HttpReply) -> None:
        """Note the answer to the requests of an update."""
        for at in self.open.pop(number):
            self.wanted[at] = reply


@given(STEPS)
def test_each_request_gets_one_answer(steps: Sequence[Step]) -> None:
    """200 when its update was dealt with, else 503: declined, left, or closed upon."""

    async def play() -> None:
        town = Town()
        town.deliveries.open()
        for step in [*steps, "close"]:
            town.step(step)
            for _ in range(3):  # requests begin to wait, or hear their answers
                await asyncio.sleep(0)
        assert await asyncio.gather(*town.requests) == town.wanted
        assert not town.deliveries.decline()
        assert not await town.deliveries.wait(0)

    asyncio.run(play())


@given(st.integers(0, 100))
def test_no_more_wait_than_may(count: int) -> None:
    """The rest is told to come again, whatever it brings."""

    async def play() -> None:
        deliveries = Deliveries()
        assert await deliveries.deliver(PostedUpdate(1, None)) == NOT_NOW, "it is not open yet"
        deliveries.open()
        requests = [
            asyncio.create_task(deliveries.deliver(PostedUpdate(n, None))) for n in range(count)
        ]
        await asyncio.sleep(0)
        deliveries.close()
        replies = await asyncio.gather(*requests)
        assert replies.count(NOT_NOW) == min(count, waiting.MOST)
        assert replies.count(TOO_MANY) == max(0, count - waiting.MOST)

    asyncio.run(play())
