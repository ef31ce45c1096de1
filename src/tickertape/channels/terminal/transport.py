"""Writes frames to a real terminal, or to a stream in its place."""

from __future__ import annotations

import asyncio
import os
import select
import sys
from contextlib import suppress
from typing import TextIO

from tickertape.channels.terminal.frames import Frame, TerminalScreen
from tickertape.channels.terminal.region_painter import RegionPainter

__all__ = ["TerminalTransport", "is_plain"]

# What a terminal of unknown size is taken for: as `shutil.get_terminal_size` does.
_COLUMNS, _ROWS = 80, 24


def is_plain(stream: TextIO) -> bool:
    """Return whether a stream can show lines of text only.

    So do files and pipes, `TERM=dumb`, and any terminal of a person who has set `NO_COLOR` to
    anything (no-color.org).
    """
    is_dumb = os.environ.get("TERM", "dumb") in ("", "dumb")
    return is_dumb or bool(os.environ.get("NO_COLOR")) or not stream.isatty()


class TerminalTransport:
    """A `Terminal` on a stream: standard output, if not told otherwise."""

    def __init__(self, stream: TextIO | None = None, *, plain: bool | None = None) -> None:
        """Begin on a stream whose cursor is at the beginning of an empty line.

        Args:
            stream: Where to write; nothing else writes there until the answer is complete.
            plain: Whether to write lines of text and nothing else; None: what `is_plain` says.
        """
        stream = sys.stdout if stream is None else stream
        stream.flush()
        self._fd = stream.fileno()
        self._encoding = stream.encoding or "utf-8"
        self._is_plain = is_plain(stream) if plain is None else plain
        self._painter = RegionPainter()

    def screen(self) -> TerminalScreen:
        """Return the present size and kind of the screen."""
        try:
            columns, rows = os.get_terminal_size(self._fd)
        except OSError:  # it is no terminal, or it is gone
            columns, rows = _COLUMNS, _ROWS
        return TerminalScreen(columns or _COLUMNS, rows or _ROWS, self._is_plain)

    async def show(self, frame: Frame) -> bool:
        """Show a frame; return whether it was shown.

        A terminal that takes nothing for a while (Ctrl-S) delays only the answer.
        """
        data = self._painter.draw(frame, self.screen()).encode(self._encoding, "replace")
        return await asyncio.to_thread(self._write, data)

    def close(self) -> None:
        """Restore the terminal, also after a failure."""
        with suppress(OSError):  # it is gone, and needs no cursor
            os.write(self._fd, self._painter.leave().encode())

    def _write(self, data: bytes) -> bool:
        rest = memoryview(data)
        try:
            while rest:
                try:
                    rest = rest[os.write(self._fd, rest) :]
                except BlockingIOError:  # another program made it so, for all who share it
                    select.select([], [self._fd], [])
        except OSError:
            return False
        return True
