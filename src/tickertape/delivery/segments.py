"""What was said, cut into pieces that fit one message each.

A segment is *live* while text may still be added to it, and *sealed* after that: its text never
changes again, but for two cases: the channel finds it too long although nobody has seen all of it,
or the agent takes back what it said since its last tool. Then the messages of these segments are
*spare*: the text that is said instead goes into them, in their order, and those that are not needed
are deleted once all else is on screen. Only the last segment can be live. Joined, the texts of the
segments are what was said, byte for byte.

Thinking that stays is folded below the last words, in their message: so a segment that ends while
there is such thinking stays live until more is said. Where a tool ended it and nothing was said
after that, the thinking stands below the mark that tells why the answer was cut short, if there is
one: it gets no message of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tickertape.delivery.formats import Formats
from tickertape.delivery.screen import Posted
from tickertape.delivery.segment import Segment, SegmentState
from tickertape.markup.forms import Rendering
from tickertape.markup.lengths import length
from tickertape.markup.notes import fits
from tickertape.markup.pages import Cut, Dialect, Limits
from tickertape.markup.paper import page

__all__ = ["Segments", "SegmentsState"]

# No platform's true limit is a tenth of the one that it documents.
_LEAST_SHARE = 0.1
# A thought shorter than this says nothing when it stands alone: it is left out.
_LEAST_THOUGHT = 40


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


class Segments:
    """All that was said in a reply."""

    __slots__ = (
        "_committed",
        "_count",
        "_dialect",
        "_ended",
        "_first_void",
        "_formats",
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
        self._ended = False
        self.closed = False
        """Whether nothing can be added any more."""

    @classmethod
    def resumed(cls, state: SegmentsState, begun: Segments) -> Segments:
        """Return segments like those that begin, which go on where `state` was taken."""
        limits = replace(begun._limits, length=state.length)
        segments = cls(begun._dialect, limits, begun._formats)
        segments._least = begun._least

        def resume(parts: tuple[SegmentState, ...]) -> list[Segment]:
            return [segments._resumed(part) for part in parts]

        segments.all, segments._spare = resume(state.all), resume(state.spare)
        segments._strays, segments._count = resume(state.strays), state.count
        segments._first_void, segments._committed = segments[state.first_void], state.committed
        segments._ended, segments.closed = state.ended, state.closed
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
        )

    @property
    def live(self) -> Segment:
        """The last segment; text is added here until the end."""
        return self.all[-1]

    @property
    def said(self) -> str:
        """What was said, byte for byte."""
        return "".join(segment.text for segment in self.all)

    def pending(self) -> Segment | None:
        """Return the first segment that is not settled; None when all are."""
        while self._settled < len(self.all):
            segment = self.all[self._settled]
            if not segment.settled():
                return segment
            self._settled += 1
        return None

    def __getitem__(self, number: int) -> Segment:
        """Return the segment with a number."""
        return next(part for part in self.every() if part.number == number)

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

    def remove_copy(self, screen: Posted) -> None:
        """Let a message go that shows the text of a segment which stands elsewhere."""
        stray = self._new()
        stray.show(screen)
        stray.seal()
        if self.closed:
            self.all.append(stray)
        else:
            self._strays.append(stray)

    def fits(self, rendering: Rendering) -> bool:
        """Return whether `rendering` fits into one message."""
        return fits(rendering, self._limits)

    def add(self, text: str, now: float) -> None:
        """Add what was said; a segment that grows too long is cut, sealed and followed."""
        if self._ended:
            self.seal()
        live = self.live
        self._fill(live, text)
        if self.live is not live:
            live = self.live
        if live.unsent_since is None and live.unsent > 0:
            live.wait_since(now)

    def seal(self) -> None:
        """End the live segment, if it has anything to show, and begin the next."""
        self._ended = False
        if self.live.has_words():
            self.live.seal()
            self._follow("")

    def end(self) -> None:
        """End the live segment as soon as more is said."""
        self._ended = True

    def part(self, segment: Segment, now: float) -> None:
        """End the live segment with what its preview shows; what was said beyond that follows."""
        cut = segment.settled_cut()
        if segment is not self.live or cut is None:
            return
        rest = segment.end(cut)
        following = self._follow(cut.opening)
        if rest:
            self._fill(following, rest)
            self.live.wait_since(now)

    def commit(self) -> None:
        """Commit everything said so far: it cannot be rolled back any more."""
        self.seal()
        self.all[-1:] = [*self._sealed_spare(), self.live]
        self._first_void, self._committed = self.live, self.live.text

    def rollback(self) -> None:
        """Discard what was said since `commit`, or since the beginning; messages become spare."""
        self._ended = False
        first = self.all.index(self._first_void)
        void = self.all[first:]
        for segment in void:
            segment.void(page(self._dialect, self._limits))
        if self._committed:
            void[0].add(self._committed)
            void[0].cover_to(void[0].points)  # it has nothing to show
        self.all[first:] = void[:1]
        self._spare[:0] = void[1:]
        self._settled = min(self._settled, first)

    def close(self, mark: str, thought: str = "") -> None:
        """End the reply.

        Args:
            mark: what stands below it, in the bot's own voice; empty: nothing.
            thought: the thinking that stays below it, folded, as far as there is room.
        """
        live = self.live
        live.annotate(mark)
        if mark and live.points and not self.fits(live.final()):
            live.annotate("")
            live.seal()
            self._follow("").annotate(mark)
        live = self.live
        live.seal()
        self._fold(live, thought)
        self.all += [*self._sealed_spare(), *self._strays]
        self._strays = []
        self.closed = True

    def shrink(self, segment: Segment, now: float) -> bool:
        """Cut `segment`, which the channel finds too long, and all that follows, into halves.

        What stands below its text goes first: the mark gets a message of its own.

        Returns:
            False for a text that is far below the surface's limit: its length is not the reason.
        """
        at = self.all.index(segment)
        if segment.thought:
            segment.fold("")
            return True
        if segment.mark and segment.points:
            self.all.insert(at + 1, self._marked(segment.mark))
            segment.annotate("")
            return True
        half = length(segment.text, self._limits.unit) // 2
        if half < self._least:
            return False
        self._limits = replace(self._limits, length=min(self._limits.length, half))
        following = self.all[at:]
        del self.all[at:]
        for long in following:
            self._cut_again(long)
        for piece in self.all[at:]:
            piece.wait_since(now if piece.unsent > 0 else None)
        return True

    def _fill(self, segment: Segment, text: str) -> None:
        """Add to the last segment, and to those that follow it."""
        cut = segment.add(text)
        while cut is not None:
            rest = segment.end(cut)
            segment = self._follow(cut.opening)
            cut = segment.add(rest) if rest else None

    def _follow(self, opening: str) -> Segment:
        """Begin the next segment, in a spare message if there is one."""
        if self._spare:
            segment = self._spare.pop(0)
            segment.void(page(self._dialect, self._limits, opening), opening)
        else:
            segment = self._new(opening)
        self.all.append(segment)
        return segment

    def _new(self, opening: str = "") -> Segment:
        self._count += 1
        text = page(self._dialect, self._limits, opening)
        return Segment(text, self._formats, self._count, opening)

    def _resumed(self, state: SegmentState) -> Segment:
        limits = replace(self._limits, length=state.length)
        text = page(self._dialect, limits, state.opening)
        return Segment.resumed(state, text, self._formats)

    def _sealed_spare(self) -> list[Segment]:
        """Drop the spare segments: sealed without a text, their messages are deleted."""
        given_up, self._spare = self._spare, []
        for segment in given_up:
            segment.seal()
        return given_up

    def _cut_again(self, segment: Segment) -> None:
        """Cut one segment by the limits that hold now.

        The first piece keeps its place on screen, the last what stands below it.
        """
        text, sealed, mark, thought = segment.text, segment.sealed, segment.mark, segment.thought
        covered, rung = segment.covered, segment.rung
        opening, closing = segment.opening, segment.closing
        segment.void(page(self._dialect, self._limits, opening), opening)
        segment.step_down(rung)
        self.all.append(segment)
        spare, self._spare = self._spare, []  # its pieces are messages between, not the next ones
        self._fill(segment, text)
        self._spare = spare
        segment.cover_to(covered)
        last = self.all[-1]
        if closing:
            last.end(Cut(last.points, closing))
        if sealed:
            last.seal()
        last.annotate(mark)
        last.fold(thought)

    def _marked(self, mark: str) -> Segment:
        """Make a segment that has nothing but a mark."""
        segment = self._new()
        segment.annotate(mark)
        segment.seal()
        return segment

    def _fold(self, segment: Segment, thought: str) -> None:
        """Let a thought stand below what is shown; its beginning goes where room is scarce."""
        while segment.final() and len(thought) >= _LEAST_THOUGHT:
            segment.fold(thought)
            if self.fits(segment.final()):
                return
            thought = "…" + thought[len(thought) // 2 :]
        segment.fold("")
