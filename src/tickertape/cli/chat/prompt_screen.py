r"""Frames above a line of input: prompt_toolkit's rows stay the last ones on the screen.

Between two frames the screen holds, from above: the scrollback, the region, the line of input with
the cursor in it. A frame is drawn in four steps, between the orders of synchronized output: the
input is taken away, the cursor goes up over the region, the frame is drawn as on any terminal
(`channels.terminal.region_painter`), the input is drawn again. prompt_toolkit's own way to print
above its input (`run_in_terminal`) hands the terminal back to the line discipline meanwhile, so
that what is typed in that moment is echoed into the answer; and the region as a part of the prompt
would be laid out and compared by it, cell by cell.

A terminal that was made narrower may have wrapped the region's rows. Those that do so (`wraps`) are
told by their variables; in others a row is one row.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from tickertape.channels.terminal.frames import Frame, TerminalScreen
from tickertape.channels.terminal.region_painter import RegionPainter
from tickertape.channels.terminal.sanitized import sanitized

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.output import Output

__all__ = ["CapturedStdout", "PromptScreen", "wraps"]

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_SHOW_CURSOR = "\x1b[?25h"
_NO_LOOKS = "\x1b[0m"
_SGR = re.compile("\x1b\\[[0-9;]*m")
_COLOURS = re.compile(f"({_SGR.pattern})")

_WRAPPING = (
    "ALACRITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "ITERM_SESSION_ID", "KITTY_WINDOW_ID",
    "KONSOLE_VERSION", "TMUX", "VTE_VERSION", "WEZTERM_PANE", "WT_SESSION",
)  # fmt: skip
"""Variables of terminals that rewrap their rows when their width changes. xterm, the
Linux console and screen cut it."""


def wraps(environ: Mapping[str, str]) -> bool:
    """Return whether the terminal rewraps rows when its width changes."""
    return any(environ.get(name) for name in _WRAPPING)


class PromptScreen:
    """A `Terminal` above an application's line of input."""

    def __init__(self, output: Output, *, is_plain: bool, is_wrapping: bool) -> None:
        """Begin on an output whose cursor is at the beginning of an empty line.

        Args:
            output: where to write; only the application writes there, too.
            is_plain: whether lines of text are written and nothing else.
            is_wrapping: whether the terminal rewraps rows when its width changes.
        """
        self._output = output
        self._is_plain = is_plain
        self._is_wrapping = is_wrapping
        self._painter = RegionPainter()
        self._region: tuple[str, ...] = ()
        self._columns = output.get_size().columns
        self.app: Application[Any] | None = None
        """Whose line of input stands below; None: there is none."""

    def screen(self) -> TerminalScreen:
        """Return the present size and kind of the screen."""
        size = self._output.get_size()
        return TerminalScreen(size.columns, max(size.rows - self._input_rows, 2), self._is_plain)

    def room_for_input(self) -> int:
        """Return how many rows the input may take without pushing the region off the screen.

        A row of the region that leaves the screen is in the scrollback, and cannot be replaced.
        One row is spared, for what the input shows below itself while something is sought.
        """
        return max(self._output.get_size().rows - max(len(self._region), 1) - 1, 1)

    async def show(self, frame: Frame) -> bool:
        """Show a frame; return whether it was shown."""
        try:
            self._show(frame)
        except OSError:  # the terminal is gone
            return False
        return True

    def print(self, lines: tuple[str, ...]) -> None:
        """Print lines that are not part of an answer; above the region, if there is one."""
        self._show(Frame(lines, self._region))

    def suspend(self) -> None:
        """Stop the program as a job of its shell; it is drawn again when it goes on.

        What the shell writes meanwhile stands above: so the region is taken away before, and the
        next frame draws it below.
        """
        if self.app is not None:
            self._show(Frame((), ()))
            self.app.suspend_to_background()

    @property
    def _input_rows(self) -> int:
        drawn = self.app.renderer.last_rendered_screen if self.app is not None else None
        return drawn.height if drawn is not None else 1

    def _show(self, frame: Frame) -> None:
        screen = self.screen()
        is_typed_in = self.app is not None and self.app.is_running
        frame = Frame(frame.lines, self._fitting(frame.region))
        drawn = self._painter.draw(frame, screen).removeprefix(_BEGIN).removesuffix(_END)
        write = self._output.write_raw
        # prompt_toolkit's rows are erased, the region is drawn from its own first row, and the
        # input again below it: in one synchronized update, or both would flicker.
        write(_BEGIN)
        if is_typed_in and self.app is not None:
            self.app.renderer.erase(leave_alternate_screen=False)
        write(_up(self._height(screen.columns)) + drawn + _below(len(frame.region)))
        # A region alone is drawn without a cursor: here a person types.
        write(_SHOW_CURSOR if frame.region else "")
        self._region, self._columns = frame.region, screen.columns
        if is_typed_in and self.app is not None:
            # `invalidate` would draw later, after the bracket.
            self.app._redraw()
        write(_END)
        self._output.flush()

    def _fitting(self, region: tuple[str, ...]) -> tuple[str, ...]:
        """Return the newest rows of a region that fit above one row of input."""
        room = max(self._output.get_size().rows - 1, 0)
        return region[max(len(region) - room, 0) :]

    def _height(self, columns: int) -> int:
        """Return how many rows the region takes at the current width."""
        if columns >= self._columns or not self._is_wrapping:
            return len(self._region)
        widths = (cell_len(_SGR.sub("", row)) for row in self._region)
        return sum(max(1, -(-width // columns)) for width in widths)


class CapturedStdout(io.TextIOBase):
    """Replaces standard output: printed lines appear above the input."""

    def __init__(self, print_line: Callable[[tuple[str, ...]], None]) -> None:
        """Take the function that prints lines; it is always called in the loop."""
        self._print = print_line
        self._loop = asyncio.get_running_loop()
        self._begun = ""

    def write(self, text: str) -> int:
        """Take text; a line that is begun waits for its end."""
        *lines, self._begun = (self._begun + text).split("\n")
        if lines:
            self._loop.call_soon_threadsafe(self._print, tuple(map(_tame, lines)))
        return len(text)

    def end(self) -> None:
        """Print the line that is begun, for it gets no end any more; to be called in the loop."""
        begun, self._begun = self._begun, ""
        if begun:
            self._print((_tame(begun),))

    def writable(self) -> bool:
        """Return True."""
        return True


def _tame(line: str) -> str:
    """Leave a line its colours, and nothing that would move the cursor away from the region."""
    parts = _COLOURS.split(line.expandtabs())
    tame = "".join(part if at % 2 else sanitized(part) for at, part in enumerate(parts))
    return f"{tame}{_NO_LOOKS}" if len(parts) > 1 else tame


def _up(rows: int) -> str:
    return f"\r\x1b[{rows}A" if rows else "\r"


def _below(rows: int) -> str:
    """Return the orders that move from the region's first row to the row below its last."""
    down = f"\x1b[{rows - 1}B" if rows > 1 else ""
    return f"{down}\r\n" if rows else ""
