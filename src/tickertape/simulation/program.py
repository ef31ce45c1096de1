"""The program of a run: a channel and an outbox, which go down and come up without a memory.

What is kept is what a gateway keeps: what refusals taught, and when that was.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from tickertape.channels.telegram import TelegramTransport
from tickertape.chat import Address
from tickertape.delivery.actions import Action, Outcome
from tickertape.delivery.limits.limit_estimate import LimitEstimate
from tickertape.delivery.surface import Surface
from tickertape.emulator.scene import TOKEN
from tickertape.outbox import Outbox
from tickertape.ports import Transport
from tickertape.simulation.network import SimulatedNetwork
from tickertape.simulation.parts import ProgramParts
from tickertape.simulation.script import Script
from tickertape.simulation.simulated_client import SimulatedClient
from tickertape.simulation.stream_transport import StreamTransport

if TYPE_CHECKING:
    from aiogram import Bot

__all__ = ["Program"]

_A_MOMENT = 0.001  # enough for a run to hear that its answer is done


class _WatchedTransport:
    """Notes what a transport raises: it promised to raise nothing."""

    def __init__(self, inner: Transport, crashes: list[str]) -> None:
        self._inner = inner
        self._crashes = crashes

    def surface(self, address: Address) -> Surface:
        return self._inner.surface(address)

    async def perform(self, action: Action) -> Outcome:
        try:
            return await self._inner.perform(action)
        except Exception as error:
            self._crashes.append(f"perform raised {type(error).__name__}: {error}")
            raise


class _NoRecorder:
    """Records nothing: answers are stored when the program is killed."""

    async def before(self, action: Action) -> None:
        """Let it be performed at once."""

    def after(self, action: Action) -> None:
        """Record nothing."""


class Program:
    """What carries the answers of a run: one outbox, and after a restart another one.

    Args:
        network: The way to Telegram.
        parts: What it is made of.
        crashes: Where it is noted what its channel raises.
        script: How it is made.
    """

    def __init__(
        self,
        network: SimulatedNetwork,
        parts: ProgramParts,
        crashes: list[str],
        script: Script,
    ) -> None:
        self._script = script
        self._network = network
        self._parts = parts
        self._crashes = crashes
        self._lessons: dict[str, tuple[float, tuple[LimitEstimate, ...]]] = {}
        self._moves: list[tuple[str, str]] = []
        self._up = asyncio.Event()
        self._up.set()
        self.outbox = self._outbox()
        """What holds all answers."""

    @property
    def is_up(self) -> bool:
        """Whether it takes what comes in."""
        return self._up.is_set()

    async def until_up(self) -> None:
        """Wait while it is down, or on its way down."""
        while not self._up.is_set():
            await self._up.wait()

    async def finish(self, grace: float) -> None:
        """Take nothing more, and commit what was said, within some seconds."""
        self._up.clear()
        with suppress(TimeoutError):  # what is not done then is cut off
            async with asyncio.timeout(grace):
                await self.outbox.drain()
                await asyncio.sleep(_A_MOMENT)

    async def settle(self, seconds: float) -> None:
        """Wait until nothing is under way that answers left behind, some seconds at the longest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.outbox.drain()

    async def go_down(self) -> None:
        """Drop everything."""
        self._up.clear()
        await self.outbox.aclose()

    def come_up(self) -> None:
        """Start the program, with what was stored: limits, less the time since, and new ids."""
        now = asyncio.get_running_loop().time()
        self.outbox = self._outbox()
        self.outbox.restore_limits(
            {
                chat: tuple(estimate.after(now - at) for estimate in lessons)
                for chat, (at, lessons) in self._lessons.items()
            }
        )
        for chat, to in self._moves:
            self.outbox.move(chat, to)
        self._up.set()

    def move(self, chat: str, to: str) -> None:
        """Take in, and store, that a chat has another id."""
        self._moves.append((chat, to))
        self.outbox.move(chat, to)

    def _outbox(self) -> Outbox:
        channel = self._parts.transport(_channel(self._script, self._network))
        return self._parts.outbox(
            _WatchedTransport(channel, self._crashes),
            on_learned=self._learn,
            only_writer=self._script.only_writer,
            # What is stored when a program is killed is always exact; half of those that go on are
            # told so.
            recorder=_NoRecorder() if self._script.seed % 2 else None,
        )

    def _learn(self, chat: str, learned: tuple[LimitEstimate, ...]) -> None:
        self._lessons[chat] = (asyncio.get_running_loop().time(), learned)


def _channel(script: Script, network: SimulatedNetwork) -> TelegramTransport:
    if script.streams is not None:
        return StreamTransport(script.streams, SimulatedClient(network))
    bot = _aiogram_bot(network) if script.has_aiogram else SimulatedClient(network)
    return TelegramTransport(bot, stop_buttons=True)


def _aiogram_bot(network: SimulatedNetwork) -> Bot:
    from aiogram import Bot  # noqa: PLC0415 - seconds, for those runs alone that use it

    from tickertape.simulation.aiogram_session import SimulatedAiogramSession  # noqa: PLC0415

    return Bot(TOKEN, session=SimulatedAiogramSession(network))
