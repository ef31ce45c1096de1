"""What the agent is doing while it does not speak: one value, the line that tells it, since when.

The line stands in previews only, below the words of the live segment, and alone where there are
none; the answer takes its place. Thinking is over when words come, or a tool begins; a tool that
ended stays on the line until something else happens, so that the reader never faces a blank.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from tickertape.events import (
    Event,
    ReasoningDelta,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.markup.forms import Blocks, Rendering
from tickertape.markup.notes import below, thinking
from tickertape.markup.tree import Thinking

__all__ = [
    "KEPT_LIMIT",
    "THINKING",
    "THOUGHT_LIMIT",
    "Progress",
    "ProgressLine",
    "ProgressState",
    "told",
]

THINKING = "💭 Thinking …"
"""Tells that the model thinks."""

THOUGHT_LIMIT = 600
"""The most characters of thinking that are told: about twelve lines on a telephone."""

KEPT_LIMIT = 4096
"""The most characters of thinking that are kept: no message holds more."""

_NAME_LIMIT = 40


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A tool that was started."""

    call_id: str
    name: str
    ok: bool | None = None

    def __str__(self) -> str:
        name = self.name if len(self.name) <= _NAME_LIMIT else self.name[: _NAME_LIMIT - 1] + "…"
        return name + {None: " …", True: " ✓", False: " ✗"}[self.ok]


@dataclass(frozen=True, slots=True)
class Progress:
    """What is going on besides words."""

    told: Literal["hide", "status", "show", "keep"] = "status"
    """What is told of thinking."""
    is_thinking: bool = False
    """Whether the newest thing that happened is thinking; while a tool runs, that is told."""
    thought: str = ""
    """The newest words of the thinking, where they are told; up to twice `THOUGHT_LIMIT`."""
    runs: tuple[ToolRun, ...] = ()
    """The tools that run, and those that ended since the last one began."""
    kept: str = ""
    """The thinking that stays, where it does: the newest `KEPT_LIMIT` characters of all of it."""
    committed: str = ""
    """What stays of it after a restart: what had been thought when the last tool began."""
    is_apart: bool = False
    """Whether something else happened since: the next thought is told apart from it."""

    @property
    def is_busy(self) -> bool:
        """Whether anything is going on."""
        return self.is_thinking or bool(self.runs)

    def after(self, event: Event) -> Progress:
        """Return what is going on after `event`; the same value where that has not changed."""
        match event:
            case ReasoningDelta(text=text):
                return self._thinking(text)
            case ToolStarted(call_id=call_id, name=name):
                running = tuple(run for run in self.runs if run.ok is None)
                runs = (*running, ToolRun(call_id, name))
                begun = replace(self, is_thinking=False, thought="", runs=runs)
                return replace(begun, committed=self.kept, is_apart=True)
            case ToolFinished(call_id=call_id, ok=ok):
                ended = (replace(r, ok=ok) if r.call_id == call_id else r for r in self.runs)
                return replace(self, runs=tuple(ended), is_apart=True)
            case TextDelta() | SegmentEnded():
                return self._resting()
            case Restarted():
                resting = self._resting()
                return (
                    resting
                    if self.kept == self.committed
                    else replace(resting, kept=self.committed)
                )
            case _:
                return self

    def line(self) -> str:
        """Return the line that tells it, or a few; empty where there is nothing to tell."""
        if self.is_thinking and self.told in ("show", "keep"):
            return f"💭 {_newest(self.thought)}" if self.thought.strip() else THINKING
        if self.is_thinking and self.told == "status":
            return THINKING
        return f"🔧 {', '.join(map(str, self.runs))}" if self.runs else ""

    def _thinking(self, text: str) -> Progress:
        is_told = self.is_thinking and self.told == "status"
        if self.told == "hide" or is_told:
            return self
        kept = self.kept
        if self.told == "keep":
            gap = "\n\n" if self.is_apart and kept else ""
            kept = f"{kept}{gap}{text}"[-KEPT_LIMIT:]
        if any(run.ok is None for run in self.runs):
            return replace(self, kept=kept, is_apart=False) if kept != self.kept else self
        thought = (self.thought + text)[-2 * THOUGHT_LIMIT :] if self.told != "status" else ""
        return Progress(
            self.told, is_thinking=True, thought=thought, kept=kept, committed=self.committed
        )

    def _resting(self) -> Progress:
        """Words came: thinking and tools that ended are told no more."""
        if not self.is_thinking and not self.runs:
            return self
        running = tuple(run for run in self.runs if run.ok is None)
        return replace(self, is_thinking=False, thought="", runs=running, is_apart=True)


@dataclass(frozen=True, slots=True)
class ProgressState:
    """What is going on besides words, and since when readers have not been told it."""

    progress: Progress
    """What is going on."""
    changed_at: float | None = None
    """Since when the line has not been told; None: it was, or there is none."""


class ProgressLine:
    """The line of progress of one reply, and since when readers have not been told it."""

    __slots__ = ("_progress", "changed_at", "is_busy", "line")

    def __init__(self, reasoning: Literal["hide", "status", "show", "keep"]) -> None:
        """Begin with nothing to tell.

        Args:
            reasoning: what is told of thinking.
        """
        self._progress = Progress(reasoning)
        self.is_busy = False
        """Whether anything is going on besides words."""
        self.line = ""
        """The line that tells what is going on; empty where there is nothing to tell."""
        self.changed_at: float | None = None
        """Since when the line has not been told; None: it was, or there is none."""

    @classmethod
    def resumed(cls, state: ProgressState) -> ProgressLine:
        """Return a line that goes on where `state` was taken."""
        line = cls(state.progress.told)
        line._progress, line.changed_at = state.progress, state.changed_at
        line.line, line.is_busy = state.progress.line(), state.progress.is_busy
        return line

    @property
    def state(self) -> ProgressState:
        """What is going on, and since when it has not been told."""
        return ProgressState(self._progress, self.changed_at)

    @property
    def kept(self) -> str:
        """The thinking that stays."""
        return self._progress.kept

    def note(self, event: Event, now: float) -> bool:
        """Take in what the agent said; say whether the line has changed with this."""
        progress = self._progress.after(event)
        if progress is self._progress:
            return False
        self._progress = progress
        self.line, self.is_busy = progress.line(), progress.is_busy
        if not self.line:
            self.changed_at = None
        elif self.changed_at is None:
            self.changed_at = now
            return True
        return False

    def untold_since(self, told: str) -> float | None:
        """Return since when the line has not been told; None where `told` is the line."""
        if told == self.line:
            self.changed_at = None
        return self.changed_at

    def is_told(self) -> None:
        """Record that a preview shows the line."""
        self.changed_at = None

    def tell_again(self, now: float) -> None:
        """Record that the line may not be on screen: it is as good as changed."""
        if self.changed_at is None and self.line:
            self.changed_at = now


def told(body: Rendering, line: str, *, in_draft: bool, has_blocks: bool) -> Rendering:
    """Return a preview with a line of progress below the words of a preview.

    Args:
        body: The words; they may be none.
        line: The line.
        in_draft: Whether a draft shows it: one that is made of blocks has a block for that.
        has_blocks: Whether a draft may be made of blocks although it has no words yet.
    """
    if not in_draft:
        return below(body, line)
    if has_blocks and not body:
        return Rendering(line, Blocks((Thinking(line),)))
    return thinking(body, line)


def _newest(thought: str) -> str:
    """Return the end of a thought, from the beginning of a word."""
    thought = thought.strip()
    if len(thought) <= THOUGHT_LIMIT:
        return thought
    tail = thought[-THOUGHT_LIMIT:]
    _, blank, rest = tail.partition(" ")
    return "… " + (rest if blank else tail)
