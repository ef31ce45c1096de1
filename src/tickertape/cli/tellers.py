"""How `tickertape ask` tells an answer on standard output: on a screen, as bare text, as JSON."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Protocol, TextIO, assert_never

from tickertape.channels.terminal.transport import TerminalTransport, is_plain
from tickertape.cli.echo import unechoed
from tickertape.cli.lines import as_line
from tickertape.cli.outlet import Outlet
from tickertape.cli.signals import resizing
from tickertape.cli.text import Text
from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import TransportError
from tickertape.events import Event

__all__ = ["Manner", "Teller", "manner_of", "telling_in"]

# Seconds after which a screen takes an answer for hung: who reads can end it at any moment, and
# the agent has deadlines of its own.
_TIMEOUT = 3600.0


class Manner(StrEnum):
    """How an answer is told."""

    SCREEN = "screen"
    """Formatted, while it grows."""
    PLAIN = "plain"
    """As bare text, as the model wrote it, and nothing else."""
    JSON = "json"
    """As events, each a line of JSON."""


class Teller(Protocol):
    """Whoever is told an answer."""

    def feed(self, event: Event) -> None:
        """Take what an agent says. Never waits."""
        ...


def manner_of() -> Manner:
    """Choose a manner by what standard output is."""
    return Manner.PLAIN if sys.stdout is None or is_plain(sys.stdout) else Manner.SCREEN


@asynccontextmanager
async def telling_in(
    manner: Manner, streaming: StreamingConfig, gone: Callable[[], None]
) -> AsyncIterator[Teller]:
    """Tell an answer on standard output; everything stands there when the block has ended.

    Args:
        manner: how it is told.
        streaming: what is seen of a model's thinking on a screen.
        gone: called when nobody reads any more.

    Raises:
        TransportError: when there is no standard output.
    """
    if sys.stdout is None:
        raise TransportError("there is no standard output")
    sys.stdout.flush()
    teller: _Screen | _Text | _Json
    match manner:
        case Manner.SCREEN:
            teller = _Screen(streaming, gone)
        case Manner.PLAIN:
            teller = _Text(Outlet(sys.stdout.fileno(), gone), sys.stdout)
        case Manner.JSON:
            teller = _Json(Outlet(sys.stdout.fileno(), gone))
        case _:
            assert_never(manner)
    try:
        yield teller
    finally:
        await teller.aclose()


class _Screen:
    """The answer formatted, while it grows."""

    def __init__(self, streaming: StreamingConfig, gone: Callable[[], None]) -> None:
        from tickertape.channels.terminal.consumer import TerminalConsumer  # noqa: PLC0415 - rich

        self._terminal = TerminalTransport()
        self._consumer = TerminalConsumer(self._terminal, config=streaming, timeout=_TIMEOUT)
        self._running = asyncio.create_task(self._run(gone), name="tickertape answer")

    def feed(self, event: Event) -> None:
        self._consumer.feed(event)

    async def aclose(self) -> None:
        self._consumer.finish()
        await self._running

    async def _run(self, gone: Callable[[], None]) -> None:
        try:
            with unechoed(sys.stdout.fileno()), resizing(self._consumer.resized):
                await self._consumer.run()
        finally:
            self._terminal.close()
        if self._consumer.gave_up is not None:
            gone()


class _Text:
    """The answer's text."""

    def __init__(self, outlet: Outlet, stream: TextIO) -> None:
        self._outlet = outlet
        self._text = Text(outlet, stream)

    def feed(self, event: Event) -> None:
        self._text.feed(event)

    async def aclose(self) -> None:
        self._text.end()
        await self._outlet.aclose()


class _Json:
    """Every event as a line of JSON, which is UTF-8 whatever else is (RFC 8259, 8.1)."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    def feed(self, event: Event) -> None:
        self._outlet.write(as_line(event).encode("utf-8", "replace"))

    async def aclose(self) -> None:
        await self._outlet.aclose()
