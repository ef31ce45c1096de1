"""One answer's bare text on its way out: to a pipe line by line, to a terminal as it comes."""

from __future__ import annotations

import codecs
from typing import TextIO

from tickertape.channels.terminal.harmless import harmless
from tickertape.cli.outlet import Outlet
from tickertape.cli.plain import Plain
from tickertape.events import Event

__all__ = ["Text"]


class Text:
    """Writes what is said into an outlet, in the stream's encoding; no letter is ever torn."""

    def __init__(self, outlet: Outlet, stream: TextIO) -> None:
        """Begin an answer.

        Args:
            outlet: where the bytes go.
            stream: what the outlet writes to; it says how text is encoded, and who reads it.
        """
        self._outlet = outlet
        self._plain = Plain()
        self._encoder = codecs.getincrementalencoder(stream.encoding)("replace")
        self._by_line = not stream.isatty()
        self._begun = ""

    def feed(self, event: Event) -> None:
        """Take what an agent says. Never waits."""
        self._begun += self._plain.feed(event)
        self._write(self._begun.rfind("\n") + 1 if self._by_line else len(self._begun))

    def end(self) -> None:
        """End the last line."""
        self._begun += self._plain.end()
        self._write(len(self._begun))

    def _write(self, size: int) -> None:
        if size:
            text = self._begun[:size]
            # What a program reads is what the model wrote; a terminal would obey it.
            self._outlet.write(self._encoder.encode(text if self._by_line else harmless(text)))
            self._begun = self._begun[size:]
