"""A loop that cannot keep up shows fewer previews, so that finals and stops are on time."""

from __future__ import annotations

import asyncio

from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.delivery.actions import Post, ShowDraft
from tickertape.testing.clock import VirtualTimeLoop, run_in_virtual_time
from tickertape.testing.transports import FakeTransport

_TO = Address("chat", "ada", ChatKind.PRIVATE)
_SECONDS = 6.0
_EVERY = 0.02


async def _shown(busy: float) -> tuple[int, float]:
    """Return how many previews an answer takes, and how long after its end the final is there.

    Args:
        busy: seconds of every 70 ms in which the loop does something else.
    """
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)

    async def work() -> None:
        while True:
            await asyncio.sleep(0.07 - busy)
            loop.work(busy)

    working = asyncio.create_task(work())
    transport = FakeTransport()
    async with StreamConsumer(transport, to=_TO) as answer:
        while loop.time() < _SECONDS:
            answer.on_delta("word after word ")
            await asyncio.sleep(_EVERY)
        ended = loop.time()
    working.cancel()
    await asyncio.wait([working])
    assert answer.shown.is_whole
    previews = [action for action in transport.actions if isinstance(action, ShowDraft)]
    assert isinstance(transport.actions[-1], Post)
    return len(previews), loop.time() - ended


def test_a_busy_loop_shows_fewer_previews() -> None:
    """Where timers are late, previews are put off by more than that, and finals are not."""
    previews, final_lag = run_in_virtual_time(_shown(0.0))
    fewer, busy_lag = run_in_virtual_time(_shown(0.045))
    assert fewer < previews * 0.8
    assert busy_lag < final_lag + 0.1
