r"""Frames as a terminal takes them: text, and the few orders that replace the region.

Between two frames the cursor stands at the first column of the region's first row. That is the one
place which a terminal keeps when its width changes, whether it rewraps its lines or cuts them:
from there to the end of the screen everything is ours, and nothing above it is. So a frame never
has to know how many rows the former one takes by now.

A frame is drawn between the orders of synchronized output (DEC mode 2026), so that a terminal which
has it shows all of it at once; others ignore a private mode that they do not know. Rows that
stand where they shall are not drawn again: most of what becomes a line was in the region before.

Rows of the region never wrap, also where a terminal gives a cluster more columns than we count (a
family of emoji): autowrap is off while they are drawn. Lines are drawn with autowrap, so that none
of their letters is lost.
"""

from __future__ import annotations

import re
from typing import Final

from tickertape.channels.terminal.frames import Frame, TerminalScreen

__all__ = ["RegionPainter"]

_BEGIN: Final = "\x1b[?2026h"
_END: Final = "\x1b[?2026l"
_HIDE: Final = "\x1b[?25l"
_SHOW: Final = "\x1b[?25h"
_WIPE: Final = "\x1b[J"
_WRAP: Final = "\x1b[?7h"
_NO_WRAP: Final = "\x1b[?7l"
# Joiners, selectors, flags, skin tones: clusters whose width terminals disagree about.
_DOUBTFUL = re.compile("[\u200d\ufe0e\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")


class RegionPainter:
    """The rows below the scrollback, and the orders that draw the next frame over them."""

    __slots__ = ("_region", "_screen")

    def __init__(self) -> None:
        self._region: tuple[str, ...] = ()
        self._screen: TerminalScreen | None = None

    def draw(self, frame: Frame, screen: TerminalScreen) -> str:
        """Return the text to write so that the terminal shows `frame`."""
        if screen.is_plain:
            return "".join(f"{line}\n" for line in frame.lines)
        former = self._region
        kept = _kept((*frame.lines, *frame.region), former if screen == self._screen else ())
        self._region, self._screen = frame.region, screen
        parts = [_BEGIN, _HIDE if frame.region and not former else ""]
        if kept < len(frame.lines) + len(frame.region):
            parts.append(_drawn(frame, kept, former))
        else:
            parts.append(_left(frame, former))
        parts += [_SHOW if former and not frame.region else "", _END]
        return "".join(parts)

    def leave(self) -> str:
        """Return the text to write at the end: it clears the region and shows the cursor."""
        region, self._region = self._region, ()
        return _WIPE + _SHOW if region else ""


def _kept(rows: tuple[str, ...], known: tuple[str, ...]) -> int:
    """Return the number of leading rows that need no repainting."""
    kept = 0
    for row, former in zip(rows, known, strict=False):
        if row != former or _DOUBTFUL.search(row):
            break
        kept += 1
    return kept


def _drawn(frame: Frame, kept: int, former: tuple[str, ...]) -> str:
    """Return the orders that draw the rows from `kept` on, and move to where the region begins."""
    # If all former rows are kept, the rest is drawn below them, which may scroll; else what stands
    # from the first changed row on is wiped before it is drawn.
    parts = [_after(kept) if kept == len(former) else _down(kept) + _WIPE]
    parts += [f"{line}\r\n" for line in frame.lines[kept:]]
    if frame.region:
        # Without wrapping: a row that is wider for the terminal than for us must not push the
        # others down, or the next frame would begin at the wrong row.
        below = frame.region[max(kept - len(frame.lines), 0) :]
        parts += [_NO_WRAP, "\r\n".join(below), _WRAP, _up(len(frame.region) - 1), "\r"]
    return "".join(parts)


def _left(frame: Frame, former: tuple[str, ...]) -> str:
    """Return the orders that wipe the rows below a region whose rows are all on screen."""
    lines, rows = len(frame.lines), len(frame.lines) + len(frame.region)
    if rows < len(former):
        return _down(rows) + _WIPE + _up(rows - lines)
    return _down(lines) if frame.region else _after(rows)


def _after(rows: int) -> str:
    """Return the orders that move the cursor below `rows` rows, scrolling where needed."""
    return _down(rows - 1) + "\r\n" if rows else ""


def _down(rows: int) -> str:
    return f"\x1b[{rows}B" if rows else ""


def _up(rows: int) -> str:
    return f"\x1b[{rows}A" if rows else ""
