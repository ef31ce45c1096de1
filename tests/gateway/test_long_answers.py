"""How long an answer of the gateway may take, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import cast

import pytest
from gateway_stage import ANNA, PRIVATE, FakeChannel

from tickertape.chat import Address
from tickertape.conversation import Entry
from tickertape.delivery.limits.limit_estimate import LimitEstimate
from tickertape.delivery.marks import StopReason, mark_of_stop
from tickertape.events import Event, Finished, TextDelta
from tickertape.gateway.access import Access
from tickertape.gateway.answers.running_answer import TURN_TIMEOUT
from tickertape.gateway.loop import Gateway
from tickertape.gateway.settings import ChatSettings, QueueMode
from tickertape.gateway.storage.store import ConversationStore
from tickertape.ports import Turn
from tickertape.testing.clock import run_in_virtual_time


class Forgetful:
    """A store that keeps nothing: a database has threads, which virtual time cannot wait for."""

    async def history(self, address: Address, *, limit: int) -> tuple[Entry, ...]:
        """Give nothing."""
        return ()

    async def append(self, address: Address, entries: Sequence[Entry]) -> None:
        """Forget."""

    async def limits(self) -> dict[int, tuple[LimitEstimate, ...]]:
        """Know nothing."""
        return {}

    async def settings(self, address: Address) -> ChatSettings:
        """Give the defaults."""
        return ChatSettings()

    async def queue_modes(self) -> dict[Address, QueueMode]:
        """Know nothing."""
        return {}


class Slow:
    """An agent that says a word, pauses, says another, and ends if it has an end."""

    def __init__(self, pause: float, *, ends: bool) -> None:
        self.pause = pause
        self.ends = ends

    async def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Yield two words."""
        await asyncio.sleep(self.pause)
        yield TextDelta("Slow ")
        await asyncio.sleep(self.pause)
        yield TextDelta("and steady.")
        if not self.ends:
            await asyncio.Event().wait()
        yield Finished()


async def _shown(agent: Slow) -> list[str]:
    channel = FakeChannel()
    store = cast("ConversationStore", Forgetful())
    gateway = Gateway({"telegram": channel}, agent, store, Access(frozenset({ANNA.id})))
    channel.write("how?")
    channel.end()
    await gateway.run()
    return channel.texts(PRIVATE)


@pytest.mark.parametrize("pause", [1.0, 400.0, 1200.0])
def test_an_answer_takes_as_long_as_its_model_may(pause: float) -> None:
    """What a local server with a long prompt may take to its first byte does not cut an answer."""
    assert run_in_virtual_time(_shown(Slow(pause, ends=True))) == ["Slow and steady."]


def test_an_answer_without_an_end_is_ended() -> None:
    """An agent that hangs without a deadline of its own does not hold its chat for ever."""

    async def main() -> tuple[list[str], float]:
        shown = await _shown(Slow(1.0, ends=False))
        return shown, asyncio.get_running_loop().time()

    shown, ended_at = run_in_virtual_time(main())
    assert shown == [f"Slow and steady.\n\n{mark_of_stop(StopReason.TIMEOUT)}"]
    assert ended_at == pytest.approx(TURN_TIMEOUT, abs=2.0)
