"""Rows below the words of an answer: tools, thinking, waiting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from tickertape.channels.terminal.flow import TextFlow, ansi, words
from tickertape.channels.terminal.looks import DIM, FAILED, OK

__all__ = ["TURN", "Reasoning", "ToolStatus", "ToolStatuses", "spinner", "thought_rows", "tool_row"]

Reasoning: TypeAlias = Literal["hide", "status", "show", "keep"]
"""What is told of thinking: nothing, that there is any, its newest rows, or all of it for good."""

TURN = 0.2
"""Seconds for which the spinner stands still: so it takes half of the frames at most, and the first
words never wait for their turn (`frame_clock.py`)."""

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
# The newest thoughts: more than the region holds at eighty columns.
_NEWEST = 1000


@dataclass(frozen=True, slots=True)
class ToolStatus:
    """A tool that was started."""

    call_id: str
    """Which call it is."""
    name: str
    """The tool's name."""
    ok: bool | None = None
    """Whether it gave a result; None: it still runs."""


@dataclass(frozen=True, slots=True)
class ToolStatuses:
    """The tools whose rows are not in the scrollback yet, in the order in which they began."""

    runs: tuple[ToolStatus, ...] = ()
    """The tools."""

    @property
    def is_running(self) -> bool:
        """Whether any of them runs."""
        return any(run.ok is None for run in self.runs)

    def started(self, call_id: str, name: str) -> ToolStatuses:
        """Add a tool."""
        return ToolStatuses((*self.runs, ToolStatus(call_id, name)))

    def finished(self, call_id: str, *, ok: bool) -> ToolStatuses:
        """Return the runs with one tool ended."""
        return ToolStatuses(
            tuple(
                replace(run, ok=ok) if run.call_id == call_id and run.ok is None else run
                for run in self.runs
            )
        )

    def stopped(self) -> ToolStatuses:
        """Return the runs with all tools stopped: those still running gave no result."""
        return ToolStatuses(tuple(replace(run, ok=bool(run.ok)) for run in self.runs))

    def landed(self) -> tuple[tuple[ToolStatus, ...], ToolStatuses]:
        """Split the runs into those that ended before any running one, and the others."""
        count = 0
        while count < len(self.runs) and self.runs[count].ok is not None:
            count += 1
        return self.runs[:count], ToolStatuses(self.runs[count:])


def spinner(now: float, text: str = "") -> str:
    """Return the animated row that is shown while no text arrives."""
    return ansi(words(f"{_turning(now)} {text}".rstrip(), DIM))


def tool_row(run: ToolStatus, columns: int, now: float, *, is_plain: bool = False) -> str:
    """Return the row of a tool, no wider than the screen; without colours on a plain one."""
    mark, look = {None: (_turning(now), DIM), True: ("✓", OK), False: ("✗", FAILED)}[run.ok]
    row = words(mark, look)
    row.append_text(words(f" {run.name}".replace("\n", " "), DIM))
    row.truncate(columns, overflow="ellipsis")
    return row.plain if is_plain else ansi(row)


def thought_rows(thought: str, columns: int) -> list[str]:
    """Return the newest rows of reasoning."""
    newest = words(thought[-_NEWEST:].strip(), DIM)
    return [ansi(row) for row in TextFlow(words(""), words(""), newest).rows(columns)]


def _turning(now: float) -> str:
    return _SPINNER[int(now / TURN) % len(_SPINNER)]
