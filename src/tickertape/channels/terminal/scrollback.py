"""The rows that go into the scrollback: each once, also when an answer starts over.

Rows wait here for the next frame. When the agent starts over (`Restarted`), those that wait are
dropped: they are unseen. Those that were printed stand, and cannot be taken back. What is
said then is compared with them, row by row: as long as it is the same, nothing is printed, and
where it goes on, only its rest is. Where it differs, or ends earlier, a line says that it starts
over, and all of it follows.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from tickertape.delivery.acknowledged import rest, stands

__all__ = ["Kind", "Scrollback"]

Kind: TypeAlias = int | str
"""What rows belong to; an empty row stands between those of different kinds."""

_COLOURS = re.compile("\x1b\\[[0-9;]*m")


class Scrollback:
    """Rows on their way."""

    __slots__ = (
        "_again",
        "_firm",
        "_former",
        "_kind",
        "_marked",
        "_notice",
        "_printed",
        "_waiting",
    )

    def __init__(self, notice: str) -> None:
        """Begin with nothing printed."""
        self._notice = notice
        self._firm: list[str] = []  # rows that wait, and will stand whatever happens
        self._waiting: list[str] = []  # rows that wait, and may be void yet
        self._printed: list[str] = []  # rows that were taken, and may be void yet
        self._former: tuple[str, ...] = ()  # rows that were taken and are void
        self._again: tuple[str, ...] = ()  # rows that are compared with them
        self._kind: Kind = ""
        self._marked: Kind = ""

    @property
    def is_empty(self) -> bool:
        """Whether no row waits."""
        return not self._firm and not self._waiting

    @property
    def is_comparing(self) -> bool:
        """Whether the rows so far repeat those that are printed already."""
        return bool(self._former)

    def gap(self, kind: Kind) -> list[str]:
        """Return the rows between those above and rows of `kind`: an empty one, or none."""
        return [""] if self._kind not in ("", kind) else []

    def unseen(self, tail: list[str], kind: Kind) -> list[str]:
        """Return the part of changeable rows that is not in the scrollback already.

        None while the repeated rows are those that were printed; all of them once they differ.
        """
        rows = [*self.gap(kind), *tail] if tail else []
        if not self._former:
            return rows
        again, former = (*self._again, *rows), self._former
        if len(again) > len(former) and stands(again, former):
            return list(rest(again, former))
        if not again or (stands(again[:-1], former) and _begins(again, former)):
            return []
        return [*self._announced(again), *again]

    def put(self, rows: list[str], kind: Kind) -> None:
        """Add rows below the others; a restart of the answer takes them back."""
        if not rows:
            return
        rows = [*self.gap(kind), *rows]
        self._kind = kind
        if not self._former:
            self._waiting += rows
            return
        self._again = (*self._again, *rows)
        if not stands(self._again, self._former):
            self._start_over()
        elif len(self._again) >= len(self._former):
            self._printed = list(self._former)
            self._waiting += rest(self._again, self._former)
            self._former = self._again = ()

    def put_for_good(self, rows: list[str], kind: Kind) -> None:
        """Add rows that a restart does not take back: finished tools, marks."""
        self.keep()
        self._firm += [*self.gap(kind), *rows]
        self._kind = self._marked = kind

    def keep(self) -> None:
        """Commit the rows so far: no restart takes them back."""
        if self._former and self._again != self._former:
            self._start_over()
        self._firm += self._waiting
        self._waiting, self._printed = [], []
        self._former = self._again = ()
        self._marked = self._kind

    def void(self) -> None:
        """Drop waiting rows; compare the rows that follow with the printed ones."""
        self._former = tuple(self._printed) or self._former
        self._waiting, self._printed, self._again = [], [], ()
        self._kind = self._marked

    def take(self) -> tuple[str, ...]:
        """Return the waiting rows, to be printed."""
        rows = (*self._firm, *self._waiting)
        self._printed += self._waiting
        self._firm, self._waiting = [], []
        return rows

    def _start_over(self) -> None:
        self._firm += self._announced(self._again)
        self._waiting += self._again
        self._former = self._again = ()

    def _announced(self, again: tuple[str, ...]) -> list[str]:
        """Return the rows after a notice that the answer starts over."""
        return ["", self._notice] if again[:1] in ((), ("",)) else ["", self._notice, ""]


def _begins(again: tuple[str, ...], former: tuple[str, ...]) -> bool:
    """Return whether the last row may still grow into the printed one."""
    place = former[len(again) - 1 : len(again)]
    return all(_bare(row).startswith(_bare(again[-1]).rstrip()) for row in place)


def _bare(row: str) -> str:
    return _COLOURS.sub("", row)
