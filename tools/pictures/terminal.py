"""A command in a terminal of a size of our own, whose screen can be read as HTML at any moment."""

from __future__ import annotations

import asyncio
import fcntl
import html
import os
import pty
import struct
import termios
from collections.abc import Mapping
from pathlib import Path

import pyte

__all__ = ["CommandScreen"]

_COLOURS = {
    "default": "#d7dce2",
    "black": "#3b4252",
    "red": "#e5737b",
    "green": "#8fce8b",
    "brown": "#e6c07b",
    "blue": "#79b8ff",
    "magenta": "#c792ea",
    "cyan": "#6fd3d3",
    "white": "#eceff4",
}


class CommandScreen:
    """Runs a command, and keeps what its terminal shows."""

    def __init__(self, columns: int, rows: int) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._size = struct.pack("HHHH", rows, columns, 0, 0)

    def show(self, text: str) -> None:
        """Write a text as a shell would echo it."""
        self._stream.feed(text.encode())

    async def run(self, *command: str, cwd: Path, environment: Mapping[str, str]) -> None:
        """Run a command until it ends."""
        mine, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, self._size)
        process = await asyncio.create_subprocess_exec(
            *command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd,
            env={**environment, "TERM": "xterm-256color"}, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        loop = asyncio.get_running_loop()
        loop.add_reader(mine, self._read, mine)
        try:
            await process.wait()
        finally:
            loop.remove_reader(mine)
            self._read(mine)
            os.close(mine)

    def _read(self, terminal: int) -> None:
        try:
            self._stream.feed(os.read(terminal, 65_536))
        except OSError:  # the other side is closed, and everything was read
            asyncio.get_running_loop().remove_reader(terminal)

    def as_html(self) -> str:
        """Return the rows, each character in its colour."""
        return "\n".join(self._row(at) for at in range(self._screen.lines))

    def _row(self, at: int) -> str:
        row = self._screen.buffer[at]
        parts = []
        for column in range(self._screen.columns):
            one = row[column]
            colour = (
                one.fg if one.fg.startswith("#") else _COLOURS.get(one.fg.removeprefix("bright"))
            )
            style = f"color:{colour or '#' + one.fg}"
            style += ";font-weight:700" if one.bold else ""
            style += ";font-style:italic" if one.italics else ""
            style += ";text-decoration:underline" if one.underscore else ""
            parts.append(f'<span style="{style}">{html.escape(one.data)}</span>')
        return "".join(parts)
