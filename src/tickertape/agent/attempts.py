"""What stands on the reader's screen of the present step, over all attempts at it.

An attempt that broke off leaves its words there. They are taken back (`Restarted`) only when the
next attempt has words of its own, so that a reader whose model never comes back keeps what came.
Reasoning alone is taken back by anything: earlier reasoning has no value.

A whole step that goes on in the next one (its server paused it) stays, whatever becomes of that:
where the next one's words are taken back, those of the step are said again.

    nothing ──words──▶ ours ──the attempt fails──▶ stale ──words──▶ (Restarted) ours
       └──thinking──▶ thought ──the attempt fails──▶ stale thought ──anything──▶ (Restarted) …
"""

from __future__ import annotations

from enum import Enum
from typing import assert_never

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

__all__ = ["Attempts"]


class _On(Enum):
    """What is on screen since the last tool."""

    NOTHING = "nothing"
    THOUGHT = "thought"
    """Thinking of the attempt that runs, and no words."""
    STALE_THOUGHT = "stale thought"
    """Thinking of an attempt that broke off, and no words."""
    OURS = "ours"
    """Words of the attempt that runs."""
    STALE = "stale"
    """Words of an attempt that broke off."""


_BROKEN_OFF = {_On.OURS: _On.STALE, _On.THOUGHT: _On.STALE_THOUGHT}


class Attempts:
    """Passes the events of attempts on, and takes back what is void."""

    __slots__ = ("_kept", "_on", "_said", "_seen", "_thoughts")

    def __init__(self) -> None:
        """Begin with an empty screen."""
        self._on = _On.NOTHING
        self._kept = ""  # words of steps before, since the last tool
        self._thoughts = ""  # told after stale words, with which they will be taken back
        self._said = False  # by the attempt that runs: something that can be seen
        self._seen = False  # the same since the last tool, by whichever attempt

    @property
    def empty(self) -> bool:
        """Whether the reader was told no words since the last tool."""
        return self._on not in (_On.OURS, _On.STALE) and not self._kept

    @property
    def silent(self) -> bool:
        """Whether neither the attempt that runs nor a paused step before it said a word.

        Words before a tool are none: they announce what is looked up, and the answer comes behind.
        """
        return not (self._said or self._kept.strip())

    @property
    def speaking(self) -> bool:
        """Whether further words of the attempt that runs are shown as they are."""
        return self._said and self._on is _On.OURS

    @property
    def blank(self) -> bool:
        """Whether nothing that can be seen was told since the last tool."""
        return not self._seen

    def failed(self) -> None:
        """Record that the attempt broke off."""
        self._said = False
        self._on = _BROKEN_OFF.get(self._on, self._on)
        self._thoughts = ""

    def keep(self, words: str) -> None:
        """Record that the attempt was a whole step, and that the next one continues it."""
        self._kept += words
        self._on = _On.NOTHING
        self._begin()

    def show(self, event: Event) -> tuple[Event, ...]:
        """Return the events for the reader when the attempt yields `event`."""
        match event:
            case TextDelta() | SegmentEnded():
                told = self._fresh(event)
                self._on = _On.OURS
                self._note(event)
                return told
            case ReasoningDelta(text=text):
                return self._think(event, text)
            case ToolFinished():
                return (event,)
            case Recorded() | Finished():
                return self._fresh(event)
            case Restarted():
                taken_back = self._on is _On.OURS
                self._on = _On.NOTHING if taken_back else self._on
                self._said, self._seen = False, self._seen and not taken_back
                return self._restarted() if taken_back else ()
            case ToolStarted():
                told = self._fresh(event)
                self._on, self._kept = _On.NOTHING, ""
                self._begin()
                return told
            case Failed():
                self.failed()
                return (event,)
            case _:
                assert_never(event)

    def _note(self, event: TextDelta | SegmentEnded) -> None:
        if not self._said and isinstance(event, TextDelta) and event.is_visible:
            self._said = self._seen = True

    def _think(self, event: Event, text: str) -> tuple[Event, ...]:
        if self._on is _On.STALE:
            self._thoughts += text
            return (event,)
        told = self._fresh(event)
        if self._on is _On.NOTHING:
            self._on = _On.THOUGHT
        return told

    def _fresh(self, event: Event) -> tuple[Event, ...]:
        """Take back what is stale before `event`, which is part of the answer in its place."""
        if self._on not in (_On.STALE, _On.STALE_THOUGHT):
            return (event,)
        again = (ReasoningDelta(self._thoughts),) if self._thoughts else ()
        self._on, self._thoughts, self._seen = _On.NOTHING, "", False
        return (*self._restarted(), *again, event)

    def _begin(self) -> None:
        """Begin a step: what was said up to here is never taken back."""
        self._said = self._seen = False

    def _restarted(self) -> tuple[Event, ...]:
        """Return what takes the words since the last tool back, but for those that stay."""
        return (Restarted(), TextDelta(self._kept)) if self._kept else (Restarted(),)
