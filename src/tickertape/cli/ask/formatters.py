"""Formats of `tickertape ask` on standard output: a screen, bare text, or JSON."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Protocol, TextIO, assert_never

from tickertape.channels.terminal.sanitized import sanitized
from tickertape.channels.terminal.transport import TerminalTransport, is_plain
from tickertape.cli.ask.extract import Which, extracted
from tickertape.cli.ask.lines import as_line
from tickertape.cli.ask.text import TextWriter
from tickertape.cli.echo import no_echo
from tickertape.cli.signals import resizing
from tickertape.cli.stdout_writer import StdoutWriter
from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import TransportError
from tickertape.events import Event
from tickertape.markup.plain import encodable
from tickertape.spoken import Spoken

__all__ = ["Formatter", "Manner", "formatter_for", "manner_of"]

# Seconds after which a screen takes an answer for hung: who reads can end it at any moment, and
# the agent has deadlines of its own.
_TIMEOUT = 3600.0


class Manner(StrEnum):
    """A format of an answer."""

    SCREEN = "screen"
    """Formatted, while it grows."""
    PLAIN = "plain"
    """As bare text, as the model wrote it, and nothing else."""
    JSON = "json"
    """As events, each a line of JSON."""


class Formatter(Protocol):
    """Writes the events of one answer to standard output."""

    def feed(self, event: Event) -> None:
        """Format an event of the agent. Never waits."""
        ...


def manner_of() -> Manner:
    """Return the format that suits standard output."""
    return Manner.PLAIN if sys.stdout is None or is_plain(sys.stdout) else Manner.SCREEN


@asynccontextmanager
async def formatter_for(
    manner: Manner,
    streaming: StreamingConfig,
    gone: Callable[[], None],
    extract: Which | None = None,
) -> AsyncIterator[Formatter]:
    """Yield the formatter for standard output; all output is written when the block ends.

    Args:
        manner: how it is told.
        streaming: what is seen of a model's thinking on a screen.
        gone: called when the output's reader has gone.
        extract: the block of code that is told instead of the answer; None: the answer is.

    Raises:
        TransportError: when there is no standard output.
    """
    if sys.stdout is None:
        raise TransportError("there is no standard output")
    sys.stdout.flush()
    formatter: _ScreenFormatter | _TextFormatter | _JsonFormatter | _CodeFormatter
    match manner:
        case _ if extract is not None:
            formatter = _CodeFormatter(StdoutWriter(sys.stdout.fileno(), gone), sys.stdout, extract)
        case Manner.SCREEN:
            formatter = _ScreenFormatter(streaming, gone)
        case Manner.PLAIN:
            formatter = _TextFormatter(StdoutWriter(sys.stdout.fileno(), gone), sys.stdout)
        case Manner.JSON:
            formatter = _JsonFormatter(StdoutWriter(sys.stdout.fileno(), gone))
        case _:
            assert_never(manner)
    try:
        yield formatter
    finally:
        await formatter.aclose()


class _ScreenFormatter:
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
            with no_echo(sys.stdout.fileno()), resizing(self._consumer.resized):
                shown = await self._consumer.run()
        finally:
            self._terminal.close()
        if shown.gave_up is not None:
            gone()


class _TextFormatter:
    """The answer's text."""

    def __init__(self, writer: StdoutWriter, stream: TextIO) -> None:
        self._writer = writer
        self._text = TextWriter(writer, stream)

    def feed(self, event: Event) -> None:
        self._text.feed(event)

    async def aclose(self) -> None:
        self._text.end()
        await self._writer.aclose()


class _JsonFormatter:
    """Every event as a line of JSON, in UTF-8 in any locale (RFC 8259, 8.1)."""

    def __init__(self, writer: StdoutWriter) -> None:
        self._writer = writer

    def feed(self, event: Event) -> None:
        self._writer.write(as_line(event).encode("utf-8", "replace"))

    async def aclose(self) -> None:
        await self._writer.aclose()


class _CodeFormatter:
    """One block of the answer's code, when the answer is complete."""

    def __init__(self, writer: StdoutWriter, stream: TextIO, which: Which) -> None:
        self._writer = writer
        self._stream = stream
        self._which = which
        self._spoken = Spoken()

    def feed(self, event: Event) -> None:
        self._spoken.note(event)

    async def aclose(self) -> None:
        if code := extracted(self._spoken.text, self._which):
            told = sanitized(code) if self._stream.isatty() else encodable(code)
            self._writer.write(f"{told}\n".encode(self._stream.encoding, "replace"))
        await self._writer.aclose()
