"""One answer's bare text on its way out: to a pipe line by line, to a terminal as it comes."""

from __future__ import annotations

import codecs
from typing import TextIO

from tickertape.channels.terminal.sanitized import sanitized
from tickertape.cli.ask.plain import PlainText
from tickertape.cli.stdout_writer import StdoutWriter
from tickertape.events import Event
from tickertape.markup.plain import encodable

__all__ = ["TextWriter"]


class TextWriter:
    """Writes text to standard output in the stream's encoding; no character is ever split."""

    def __init__(self, writer: StdoutWriter, stream: TextIO) -> None:
        """Begin an answer.

        Args:
            writer: where the bytes go.
            stream: the stream behind `writer`, for its encoding and whether it is a terminal.
        """
        self._writer = writer
        self._plain = PlainText()
        self._encoder = codecs.getincrementalencoder(stream.encoding)("replace")
        self._by_line = not stream.isatty()
        self._begun = ""

    def feed(self, event: Event) -> None:
        """Write an event of the agent. Never waits."""
        self._begun += self._plain.feed(event)
        size = self._begun.rfind("\n") + 1 if self._by_line else len(self._begun)
        # The other half of a letter comes with the next words.
        self._write(size - 1 if "\ud800" <= self._begun[size - 1 : size] <= "\udbff" else size)

    def end(self) -> None:
        """End the last line."""
        self._begun += self._plain.end()
        self._write(len(self._begun))

    def _write(self, size: int) -> None:
        if size:
            text = self._begun[:size]
            # What a program reads is what the model wrote; a terminal would obey it.
            self._writer.write(
                self._encoder.encode(encodable(text) if self._by_line else sanitized(text))
            )
            self._begun = self._begun[size:]
