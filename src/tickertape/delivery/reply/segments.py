"""What was said, cut into pieces that fit one message each.

A segment is *live* while text may still be added to it, and *sealed* after that: its text never
changes again, but for two cases: the channel finds it too long although not all of it was seen, or
the agent takes back what it said since its last tool. Then the messages of these segments are
*spare*: the text that is said instead goes into them, in their order, and those that are not needed
are deleted once all else is on screen. A text that is cut again goes into them, too: a message that
is posted stands below all that are there. Only the last segment can be live. Joined, the texts of
the segments are what was said, byte for byte.

Thinking that stays is folded below the last words, in their message: so a segment that ends while
there is such thinking stays live until more is said. Where a tool ended it and nothing was said
after that, the thinking stands below the mark that tells why the answer was cut short, if there is
one: it gets no message of its own.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from tickertape.delivery.reply.pieces import Pieces
from tickertape.delivery.reply.screen import Posted
from tickertape.delivery.reply.segment import Segment
from tickertape.delivery.reply.wording import Wording, place, wording
from tickertape.markup.forms import Rendering
from tickertape.markup.notes import fits
from tickertape.markup.pages import Cut
from tickertape.markup.paper import page

__all__ = ["Segments"]

# A thought shorter than this says nothing when it stands alone: it is left out.
_LEAST_THOUGHT = 40


class Segments(Pieces):
    """All that was said in a reply: what happens to it."""

    __slots__ = ()

    def pending(self) -> Segment | None:
        """Return the first segment that is not settled; None when all are."""
        while self._settled < len(self.all):
            segment = self.all[self._settled]
            if not segment.sealed or not segment.settled():
                return segment
            self._settled += 1
        return None

    def __getitem__(self, number: int) -> Segment:
        """Return the segment with a number."""
        for part in chain(self.all, self._spare, self._strays):
            if part.number == number:
                return part
        raise KeyError(number)

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
        live = self.all[-1]
        if (cut := live.add(text)) is not None:
            self._overflow(live, cut)
            live = self.all[-1]
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
        if not self._is_retold:
            self.all[-1:] = [*self._sealed_spare(), self.live]
        self._first_void, self._committed = self.live, self.live.text

    def changeable(self) -> list[Segment]:
        """Return every segment that is not complete on screen, or that `rollback` takes back."""
        first = self.all.index(self._first_void)
        return [
            *self.all[first:],
            *(one for one in self.unsettled() if one not in self.all[first:]),
        ]

    def rollback(self) -> None:
        """Discard what was said since `commit`, or since the beginning; messages become spare.

        They are taken in their order (`place`).
        """
        self._ended = False
        self._release(self.all.index(self._first_void))
        self._first_void = self._follow("")
        if self._committed:
            self._first_void.add(self._committed)
            self._first_void.cover_to(self._first_void.points)  # it has nothing to show

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

        What stands below its text goes first: the mark gets a message of its own. The pieces go
        into the messages that are there, also those of texts that were taken back, in their order:
        what is posted stands below all of them.

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
        half = self._limits.ruler.measure(segment.text) // 2
        if half < self._least:
            return False
        self._limits = replace(self._limits, length=min(self._limits.length, half))
        self._move(at, now)
        return True

    def move_up(self, segment: Segment, now: float) -> None:
        """Let a text whose message is out of reach go into the next one that waits for a text.

        What is said behind it moves up, too. Nothing does where some of that is complete on screen,
        or where no message waits: then the text is posted below all others.
        """
        if segment not in self.all:
            return
        at = self.all.index(segment)
        behind = self.all[at + 1 :]
        is_free = any(isinstance(one.screen, Posted) for one in (*behind, *self._spare))
        if is_free and not any(one.text and one.settled() for one in behind):
            self._move(at, now)

    def _fill(self, segment: Segment, text: str) -> None:
        """Add to the last segment, and to those that follow it."""
        if (cut := segment.add(text)) is not None:
            self._overflow(segment, cut)

    def _overflow(self, segment: Segment, cut: Cut | None) -> None:
        """End a segment that is too long for a message, and let others follow it."""
        while cut is not None:
            rest = segment.end(cut)
            segment = self._follow(cut.opening)
            cut = segment.add(rest) if rest else None

    def _follow(self, opening: str) -> Segment:
        """Begin the next segment, in a spare message if there is one."""
        if self._spare:
            segment = min(self._spare, key=place)
            self._spare.remove(segment)
            segment.void(page(self._dialect, self._limits, opening), opening)
        else:
            segment = self._new(opening)
        self.all.append(segment)
        return segment

    def _sealed_spare(self) -> list[Segment]:
        """Drop the spare segments: sealed without a text, their messages are deleted."""
        given_up, self._spare = self._spare, []
        for segment in given_up:
            segment.seal()
        return given_up

    def _release(self, at: int) -> None:
        """Take back what is said from a place on: the messages there are spare."""
        for segment in self.all[at:]:
            segment.void(page(self._dialect, self._limits))
        self._spare = [*self.all[at:], *self._spare]
        del self.all[at:]
        self._settled = min(self._settled, at)

    def _move(self, at: int, now: float) -> None:
        """Let all that is said from a place on go into the messages that are there, in order.

        It is cut by the limits that hold now.
        """
        following = [one for one in map(wording, self.all[at:]) if not one.is_nothing]
        first_void = self._first_void.number
        self._release(at)
        for long in following:
            first = self._say_again(long)
            if long.number == first_void:
                self._first_void = first
        if self.closed:
            self.all += self._sealed_spare()
        for piece in self.all[at:]:
            piece.wait_since(now if piece.unsent > 0 else None)

    def _say_again(self, long: Wording) -> Segment:
        """Cut a text that was taken back as it has to be; return its first piece."""
        first = self._follow(long.opening)
        self._fill(first, long.text)
        long.begin(first)
        long.end(self.all[-1])
        return first

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
