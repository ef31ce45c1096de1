"""The rows that go into the scrollback: each once, also when an answer is begun anew.

Rows wait here for the next frame. When the agent begins anew (`Restarted`), those that wait are
dropped: nobody has seen them. Those that were printed stand, and cannot be taken back. What is
said then is compared with them, row by row: as long as it is the same, nothing is printed, and
where it goes on, only its rest is. Where it differs, or ends earlier, a line says that it begins
anew, and all of it follows.
"""

from __future__ import annotations

from typing import TypeAlias

from tickertape.delivery.acknowledged import rest, stands

__all__ = ["Kind", "Tape"]

Kind: TypeAlias = int | str
"""What rows belong to; an empty row stands between those of different kinds."""


class Tape:
    """Rows on their way."""

    __slots__ = ("_anew", "_firm", "_former", "_kind", "_marked", "_notice", "_printed", "_waiting")

    def __init__(self, notice: str) -> None:
        """Begin with nothing printed.

        Args:
            notice: The row which says that the answer begins anew.
        """
        self._notice = notice
        self._firm: list[str] = []  # rows that wait, and will stand whatever happens
        self._waiting: list[str] = []  # rows that wait, and may be void yet
        self._printed: list[str] = []  # rows that were taken, and may be void yet
        self._former: tuple[str, ...] = ()  # rows that were taken and are void
        self._anew: tuple[str, ...] = ()  # rows that are compared with them
        self._kind: Kind = ""
        self._marked: Kind = ""

    @property
    def is_empty(self) -> bool:
        """Whether no row waits."""
        return not self._firm and not self._waiting

    @property
    def is_comparing(self) -> bool:
        """Whether what is said is, up to now, what stands there already."""
        return bool(self._former)

    def gap(self, kind: Kind) -> list[str]:
        """Give what stands between the rows above and rows of `kind`."""
        return [""] if self._kind not in ("", kind) else []

    def put(self, rows: list[str], kind: Kind) -> None:
        """Add rows below the others; they are void if the agent begins anew."""
        if not rows:
            return
        rows = [*self.gap(kind), *rows]
        self._kind = kind
        if not self._former:
            self._waiting += rows
            return
        self._anew = (*self._anew, *rows)
        if not stands(self._anew, self._former):
            self._begin_anew()
        elif len(self._anew) >= len(self._former):
            self._printed = list(self._former)
            self._waiting += rest(self._anew, self._former)
            self._former = self._anew = ()

    def put_for_good(self, rows: list[str], kind: Kind) -> None:
        """Add rows that stand whatever the agent says: tools that ran, marks."""
        self.keep()
        self._firm += [*self.gap(kind), *rows]
        self._kind = self._marked = kind

    def keep(self) -> None:
        """Say that what was put stands for good: the agent goes on from here."""
        if self._former and self._anew != self._former:
            self._begin_anew()
        self._firm += self._waiting
        self._waiting, self._printed = [], []
        self._former = self._anew = ()
        self._marked = self._kind

    def void(self) -> None:
        """Drop what waits; compare what follows with what was printed."""
        self._former = tuple(self._printed) or self._former
        self._waiting, self._printed, self._anew = [], [], ()
        self._kind = self._marked

    def take(self) -> tuple[str, ...]:
        """Give the rows that wait, to be printed."""
        rows = (*self._firm, *self._waiting)
        self._printed += self._waiting
        self._firm, self._waiting = [], []
        return rows

    def _begin_anew(self) -> None:
        rows = list(self._anew)
        apart = [] if rows[:1] in ([], [""]) else [""]
        self._firm += ["", self._notice, *apart]
        self._waiting += rows
        self._former = self._anew = ()
