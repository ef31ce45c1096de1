"""The pieces of what was said in a reply, as they stand: what changes them is in `segments`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from tickertape.delivery.formats import Formats
from tickertape.delivery.reply.screen import Posted
from tickertape.delivery.reply.segment import Segment, SegmentState
from tickertape.markup.pages import Dialect, Limits
from tickertape.markup.paper import page

__all__ = ["Pieces", "SegmentsState"]

# No platform's true limit is a tenth of the one that it documents.
_LEAST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class SegmentsState:
    """All that was said in a reply, and what is on screen of it."""

    length: int
    """The longest text that a message may hold from here on, in the surface's unit."""
    all: tuple[SegmentState, ...]
    """Every segment, in reading order."""
    spare: tuple[SegmentState, ...] = ()
    """Those whose text was taken back, and whose messages wait for another."""
    strays: tuple[SegmentState, ...] = ()
    """Those whose messages are copies that have to go."""
    count: int = 1
    """How many segments there ever were."""
    first_void: int = 1
    """The number of the first segment whose text can still be taken back."""
    committed: str = ""
    """What of that segment's text cannot."""
    ended: bool = False
    """Whether the live segment ends as soon as more is said."""
    closed: bool = False
    """Whether nothing can be added any more."""
    is_retold: bool = False
    """Whether another process tells it again: spare messages wait for what comes, to its end."""


class Pieces:
    """All that was said in a reply, as it stands."""

    __slots__ = (
        "_committed",
        "_count",
        "_dialect",
        "_ended",
        "_first_void",
        "_formats",
        "_is_retold",
        "_least",
        "_limits",
        "_settled",
        "_spare",
        "_strays",
        "all",
        "closed",
    )

    def __init__(self, dialect: Dialect, limits: Limits, formats: Formats) -> None:
        """Begin with nothing.

        Args:
            dialect: how what is said is read.
            limits: what one message may hold.
            formats: in which form messages are shown.
        """
        self._dialect: Dialect = dialect
        self._limits = limits
        self._formats = formats
        self._least = max(1, round(limits.length * _LEAST_SHARE))
        self._settled = 0
        self._count = 0
        self._spare: list[Segment] = []
        self._strays: list[Segment] = []
        self.all = [self._new()]
        """Every segment, in reading order."""
        self._first_void = self.all[0]
        self._committed = ""
        self._ended = self._is_retold = False
        self.closed = False
        """Whether nothing can be added any more."""

    @classmethod
    def resumed(cls, state: SegmentsState, begun: Self) -> Self:
        """Return segments like those that begin, which go on where `state` was taken."""
        limits = replace(begun._limits, length=state.length)
        segments = cls(begun._dialect, limits, begun._formats)
        segments._least = begun._least

        def resume(parts: tuple[SegmentState, ...]) -> list[Segment]:
            return [segments._resumed(part) for part in parts]

        segments.all, segments._spare = resume(state.all), resume(state.spare)
        segments._strays, segments._count = resume(state.strays), state.count
        segments._first_void = next(
            one for one in segments.every() if one.number == state.first_void
        )
        segments._committed = state.committed
        segments._ended, segments.closed = state.ended, state.closed
        segments._is_retold = state.is_retold
        return segments

    @property
    def state(self) -> SegmentsState:
        """All that was said, and what is on screen of it."""
        return SegmentsState(
            length=self._limits.length,
            all=tuple(part.state for part in self.all),
            spare=tuple(part.state for part in self._spare),
            strays=tuple(part.state for part in self._strays),
            count=self._count,
            first_void=self._first_void.number,
            committed=self._committed,
            ended=self._ended,
            closed=self.closed,
            is_retold=self._is_retold,
        )

    @property
    def live(self) -> Segment:
        """The last segment; text is added here until the end."""
        return self.all[-1]

    @property
    def said(self) -> str:
        """What was said, byte for byte."""
        return "".join(segment.text for segment in self.all)

    def every(self) -> list[Segment]:
        """Return every segment, also those without a text whose messages shall go."""
        return [*self.all, *self._spare, *self._strays]

    def shown(self) -> list[Segment]:
        """Return every segment that has a message, the spare ones included."""
        return [part for part in self.every() if isinstance(part.screen, Posted)]

    def unsettled(self) -> list[Segment]:
        """Return every segment that is not complete on screen, the spare ones included."""
        return [part for part in self.every() if not part.settled()]

    def reconsider(self) -> None:
        """Look at every segment again: what was complete on screen may not be so any more."""
        self._settled = 0

    def _new(self, opening: str = "") -> Segment:
        self._count += 1
        text = page(self._dialect, self._limits, opening)
        return Segment(text, self._formats, self._count, opening)

    def _resumed(self, state: SegmentState) -> Segment:
        limits = replace(self._limits, length=state.length)
        text = page(self._dialect, limits, state.opening)
        return Segment.resumed(state, text, self._formats)
