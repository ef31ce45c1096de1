"""Rows of an answer: those that go into the scrollback, and those that stand below it meanwhile.

Events come in, rows come out: `lines` gives those that are complete, once, `region` those that may
still change. When they are asked for has no effect on the lines.
"""

from __future__ import annotations

from itertools import count
from typing import assert_never

from tickertape.channels.terminal.asides import (
    Reasoning,
    ToolStatus,
    ToolStatuses,
    spinner,
    thought_rows,
    tool_row,
)
from tickertape.channels.terminal.body import Body, Markdown, Prose, SourceLines
from tickertape.channels.terminal.flow import TextFlow, ansi, words
from tickertape.channels.terminal.looks import DIM, FAILED, WARNING
from tickertape.channels.terminal.scrollback import Scrollback
from tickertape.delivery.marks import StopReason, mark_of_end, mark_of_stop
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.spoken import Spoken

__all__ = ["STARTS_OVER", "Rows"]

STARTS_OVER = "⟲ The answer starts over."
"""Says that the text above was taken back."""

_TOOLS = "tools"
_THOUGHTS = "thoughts"
_MARK = "mark"


class Rows:
    """One answer in rows."""

    def __init__(self, reasoning: Reasoning, *, is_plain: bool) -> None:
        """Begin an answer of which nothing is known.

        Args:
            reasoning: What is told of thinking.
            is_plain: Whether its rows are the lines of its source.
        """
        self._reasoning = reasoning
        self._is_plain = is_plain
        self._scrollback = Scrollback(STARTS_OVER if is_plain else ansi(words(STARTS_OVER, DIM)))
        self._segments = count(1)
        self._segment = 0
        self._body: Body | None = None
        self._thoughts: Body | None = None
        self._newest = ""  # of thinking, where it is shown
        self._is_thinking = False
        self._runs = ToolStatuses()
        self.spoken = Spoken()
        """What the agent said so far."""
        self.has_words = False
        """Whether any word of the answer is in a row that stays."""
        self.has_ended = False
        """Whether nothing more comes."""

    @property
    def is_waiting(self) -> bool:
        """Whether there are no words yet, since the beginning or since the last ones ended."""
        return self._body is None and not self.has_ended

    @property
    def is_turning(self) -> bool:
        """Whether a spinner turns."""
        if self._is_plain or self.has_ended:
            return False
        is_silent = self.is_waiting and not self._shows_thoughts
        return is_silent or self._runs.is_running or self._scrollback.is_comparing

    @property
    def is_settled(self) -> bool:
        """Whether every row was given."""
        return self.has_ended and self._scrollback.is_empty

    def feed(self, event: Event, columns: int) -> None:
        """Add an event of the agent."""
        self.spoken.note(event)
        match event:
            case TextDelta(text):
                self._say(text, columns)
            case ReasoningDelta(text):
                self._think(text)
            case SegmentEnded():
                self._end_segment(columns)
            case ToolStarted(call_id, name):
                self._end_segment(columns)
                self._scrollback.keep()
                self._runs = self._runs.started(call_id, name)
            case ToolFinished(call_id, ok=ok):
                self._runs = self._runs.finished(call_id, ok=ok)
                if self._body is None:
                    self._land(columns)
            case Restarted():
                self._void()
            case Finished() | Failed():
                look = FAILED if isinstance(event, Failed) else WARNING
                self._end(TextFlow(words(""), words(""), words(mark_of_end(event), look)), columns)
            case Recorded():
                pass
            case _:
                assert_never(event)

    def stop(self, reason: StopReason, columns: int) -> None:
        """End the answer here."""
        self._end(TextFlow(words(""), words(""), words(mark_of_stop(reason), WARNING)), columns)

    def lines(self, columns: int) -> tuple[str, ...]:
        """Return the rows that became complete, and will not change."""
        if self._thoughts is not None and self._body is None:
            self._scrollback.put(self._thoughts.rows(columns), _THOUGHTS)
        if self._body is not None:
            self._put(self._body.rows(columns))
        return self._scrollback.take()

    def region(self, columns: int, most: int, now: float) -> tuple[str, ...]:
        """Return the rows that are shown below the others for now, at most `most` of them.

        To be asked after `lines`.
        """
        if self.has_ended or self._is_plain:
            return ()
        body = self._open(columns)
        asides = self._asides(columns, now)[-most:]
        if not body and not asides and self._scrollback.is_comparing:
            asides = [spinner(now)]  # the repeated words are those on screen, so far
        if body and asides and len(asides) < most:
            asides = ["", *asides]
        left = most - len(asides)
        return (*(body[-left:] if left > 0 else ()), *asides)

    def _open(self, columns: int) -> list[str]:
        """Return the rows of words that may still change."""
        if self._body is not None:
            return self._scrollback.unseen(self._body.tail(columns), self._segment)
        if self._thoughts is not None:
            return self._scrollback.unseen(self._thoughts.tail(columns), _THOUGHTS)
        return []

    def _asides(self, columns: int, now: float) -> list[str]:
        """Return the rows on tools and reasoning in progress."""
        rows = [tool_row(run, columns, now) for run in self._runs.runs]
        if self.is_waiting and self._shows_thoughts:
            rows += thought_rows(self._newest, columns) if self._newest.strip() else []
        elif self.is_waiting and not self._runs.is_running:
            is_told = self._is_thinking and self._reasoning == "status"
            rows.append(spinner(now, "Thinking …" if is_told else ""))
        if self._body is None and self._thoughts is None and rows:
            rows = [*self._scrollback.gap(_TOOLS), *rows]
        return rows

    @property
    def _shows_thoughts(self) -> bool:
        return self._is_thinking and self._reasoning in ("show", "keep")

    def _say(self, text: str, columns: int) -> None:
        if self._body is None:
            self._end_thoughts(columns)
            self._segment = next(self._segments)
            self._body = SourceLines() if self._is_plain else Markdown()
        self._is_thinking, self._newest = False, ""
        self._body.add(text)

    def _think(self, text: str) -> None:
        self._is_thinking = True
        if self._reasoning == "show":
            self._newest += text
        elif self._reasoning == "keep":
            if self._thoughts is None:
                self._thoughts = SourceLines() if self._is_plain else Prose()
            self._thoughts.add(text)

    def _end_thoughts(self, columns: int) -> None:
        self._is_thinking, self._newest = False, ""
        if self._thoughts is not None:
            self._scrollback.put(self._thoughts.end(columns), _THOUGHTS)
            self._thoughts = None

    def _end_segment(self, columns: int) -> None:
        if self._body is not None:
            self._put(self._body.end(columns))
            self._body = None
            self._land(columns)
        self._end_thoughts(columns)

    def _put(self, rows: list[str]) -> None:
        self.has_words = self.has_words or any(rows)
        self._scrollback.put(rows, self._segment)

    def _land(self, columns: int) -> None:
        """Put the rows of the tools that ended into the scrollback."""
        landed, self._runs = self._runs.landed()
        if landed:
            self._end_thoughts(columns)
            self._scrollback.put_for_good([self._row(run, columns) for run in landed], _TOOLS)

    def _row(self, run: ToolStatus, columns: int) -> str:
        return tool_row(run, columns, 0.0, is_plain=self._is_plain)

    def _void(self) -> None:
        self._scrollback.void()
        self._body = self._thoughts = None
        self._is_thinking, self._newest = False, ""

    def _end(self, mark: TextFlow, columns: int) -> None:
        self._runs = self._runs.stopped()
        self._end_segment(columns)
        self._land(columns)
        self._scrollback.keep()
        if mark.text.plain:
            rows = [mark.text.plain] if self._is_plain else [ansi(r) for r in mark.rows(columns)]
            self._scrollback.put_for_good(rows, _MARK)
        self.has_ended = True
