"""`tickertape chat` without a screen: a line is a question, its answer is bare text.

So it is between pipes, and on a terminal that shows lines of text and nothing else. A line that
ends with a backslash goes on in the next one. The next question is put when the last one has been
answered.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from tickertape.chat import Message
from tickertape.cli.ask.text import TextWriter
from tickertape.cli.chat.stdin_channel import StdinChannel
from tickertape.cli.chat.words import help_lines, leaves
from tickertape.cli.quiet import complain
from tickertape.cli.stdout_writer import StdoutWriter
from tickertape.delivery.marks import StopReason, mark_of_end
from tickertape.delivery.shown import Shown
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Event, Failed, Finished
from tickertape.gateway.commands import HelpCommand, parse
from tickertape.spoken import Spoken

__all__ = ["ByLine"]

_PROMPT = b"> "
_CHUNK = 65_536
# Chunks that are read before their lines are asked: what is piped in may have no end.
_AHEAD = 2


class ByLine:
    """Reads questions line by line, and writes answers as bare text."""

    def __init__(self, channel: StdinChannel, gone: Callable[[], None]) -> None:
        """Begin; to be called in a loop."""
        self._channel = channel
        self._writer = StdoutWriter(sys.stdout.fileno(), gone)
        self._is_person = sys.stdin.isatty() and sys.stdout.isatty()
        self._is_interrupted = False

    def showing(
        self,
        message: Message,
        _: StreamingConfig,
        *,
        is_pointed: bool = False,  # noqa: ARG002
    ) -> BareAnswer:
        """Return the writer of an answer; a gateway's `ShowingFor`."""
        return BareAnswer(self._channel, message, TextWriter(self._writer, sys.stdout))

    def interrupt(self) -> bool:
        """Stop the running answer of an interactive user; return whether there was one."""
        if self._is_interrupted or not (self._is_person and self._channel.is_busy):
            return False
        self._is_interrupted = True
        self._channel.stop()
        return True

    async def read(self) -> None:
        """Send standard input to the channel, line by line, to its end."""
        question = ""
        self._invite()
        async for line in _lines(sys.stdin.fileno(), sys.stdin.encoding):
            question += line
            if question.endswith("\\"):
                question = question[:-1] + "\n"
                continue
            if leaves(question):
                self._channel.close()
                return
            if isinstance(parse(question), HelpCommand):
                lines = "\n".join(help_lines())
                self._writer.write(f"{lines}\n".encode())
            elif question.strip():
                self._is_interrupted = False
                self._channel.write(question.strip())
                await self._channel.idle()
            question = ""
            self._invite()
        if question.strip():
            self._channel.write(question.strip())
        self._channel.close()

    async def aclose(self) -> None:
        """Return when all output is written, or its reader has gone."""
        await self._writer.aclose()

    def _invite(self) -> None:
        if self._is_person:
            self._writer.write(_PROMPT)


class BareAnswer:
    """One answer as bare text. Implements `ports.Showing`."""

    def __init__(self, channel: StdinChannel, message: Message, text: TextWriter) -> None:
        """Prepare an answer."""
        self._channel = channel
        self._message = message
        self._text = text
        self._over = asyncio.Event()
        self._spoken = Spoken()
        self._is_written = False

    @property
    def shown(self) -> Shown:
        """The state of the answer; a reader who goes ends the whole talk."""
        said = self._spoken.said
        return Shown(said, self._is_written, not said.strip(), self._message.address)

    def feed(self, event: Event) -> None:
        """Add an event of the agent; after the end it is ignored."""
        if self._over.is_set():
            return
        self._text.feed(event)
        self._spoken.note(event)
        match event:
            case Failed(error=error):
                complain(f"{error.sentence} ({error})")
                self._over.set()
            case Finished():
                if mark := mark_of_end(event):
                    complain(mark)
                self._over.set()
            case _:
                pass

    def finish(self) -> None:
        """Mark the answer as complete."""
        self._over.set()

    def stop(self, reason: StopReason = StopReason.USER) -> None:  # noqa: ARG002 - bare text
        """End the answer here."""
        self._over.set()

    async def run(self) -> Shown:
        """Wait until the answer has ended, and return its state."""
        with self._channel.shown(self._message.message_id):
            await self._over.wait()
            self._text.end()
            self._is_written = True
        return self.shown


async def _lines(descriptor: int, encoding: str) -> AsyncIterator[str]:
    """Yield the lines of a file, a pipe or a terminal, without their ends.

    They are read in a daemon thread: at the end it may wait for a line for ever.
    """
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[bytes] = asyncio.Queue()
    room = threading.Semaphore(_AHEAD)

    def work() -> None:
        data = b"-"
        while data:
            room.acquire()
            try:
                data = os.read(descriptor, _CHUNK)
            except OSError:  # the terminal is gone
                data = b""
            with suppress(RuntimeError):  # the loop has been closed: no one listens
                loop.call_soon_threadsafe(chunks.put_nowait, data)

    threading.Thread(target=work, name="tickertape input", daemon=True).start()
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    begun = ""
    while data := await chunks.get():
        room.release()
        *lines, begun = (begun + decoder.decode(data)).split("\n")
        for line in lines:
            yield line.removesuffix("\r")
    if begun := begun + decoder.decode(b"", final=True):
        yield begun
