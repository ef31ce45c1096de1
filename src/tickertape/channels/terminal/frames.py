"""Frames, screens, and the port that shows the ones on the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Frame", "Terminal", "TerminalScreen"]


@dataclass(frozen=True, slots=True)
class TerminalScreen:
    """The present size and kind of a terminal."""

    columns: int = 80
    """How wide it is; at least 1."""
    rows: int = 24
    """How high it is; at least 1."""
    is_plain: bool = False
    """Whether it shows lines of text and nothing else: no colours, and no row ever changes. So are
    `TERM=dumb`, and whatever a person wants who has set `NO_COLOR`."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A change of a terminal: lines that stay, and below them the region, which is replaced.

    Texts hold printable characters and sequences that colour them (SGR, `ESC [ … m`, each line
    ends without any colour), nothing else: nothing in them moves a cursor or breaks a line.
    """

    lines: tuple[str, ...] = ()
    """Lines that are printed, once, where the region stood: they go into the scrollback. Not wider
    than the screen, unless it is plain."""
    region: tuple[str, ...] = ()
    """The rows that stand below them from now on, instead of those of the frame before. Never
    wider than the screen, and fewer than it has rows; none: there is no region any more."""


class Terminal(Protocol):
    """A place that shows frames: standard output, or the rows above a line of input."""

    def screen(self) -> TerminalScreen:
        """Return the present size and kind of the screen; called before each frame."""
        ...

    async def show(self, frame: Frame) -> bool:
        """Show a frame, after the ones before; return whether it was shown.

        False: there is no reader any more (the terminal was closed, the pipe broke), and no frame
        that follows can be shown. Raises nothing but cancellation.
        """
        ...
