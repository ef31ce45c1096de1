r"""One answer on a terminal, as a machine: events and moments in, frames out.

    reply.feed(event, now)      the agent said something
    reply.stop(reason, now)     a person ends the answer here
    reply.poll(now)             the frame to show, or None
    reply.settle(shown, now)    whether that frame stands there
    reply.resize(screen)        the terminal changed
    reply.deadline              when to poll again; None: when something happens
    reply.done                  all is in the scrollback, or its reader has gone

A frame has lines that go into the scrollback, once, and the region below them, which the next frame
replaces. What of a text is a line, and what is still in the region, depends on the text alone
(`tickertape.markup.stable`). The promises:

1. *The scrollback is the answer.* The lines of all frames, joined, are the lines that the same
   events give when each stretch of text comes in one piece and nothing is polled before the end.
   A text that the agent takes back (`Restarted`) is left out of that; where some of its rows were
   printed, they stand above a line that says so, and the answer follows whole (`scrollback.py`).
2. Nothing is printed twice, and no line that was printed changes.
3. The region has at most `MOST_ROWS` rows, fewer than the screen; the last frame takes it away.
4. At most ten frames in any second; the first words after a silence go at once (`frame_clock.py`).
5. Nothing that a model, a tool or a server says reaches the terminal as an order (`sanitized.py`).
6. A stop or a failure keeps what came, complete as it stands, and says in one line why it ends.
7. Feeding a delta costs O(1); a frame costs what is open, not what was said.

Where the width changes in between, rows that were printed are left to the terminal, and what
follows has the new width: the words of the scrollback are the same. A plain screen gets the text as
it stands, line by line, and never a region.
"""

from __future__ import annotations

from tickertape.channels.terminal.asides import TURN, Reasoning
from tickertape.channels.terminal.frame_clock import FrameClock
from tickertape.channels.terminal.frames import Frame, TerminalScreen
from tickertape.channels.terminal.rows import Rows
from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import Reason, Refused
from tickertape.delivery.marks import StopReason
from tickertape.delivery.shown import Shown
from tickertape.events import Event, TextDelta

__all__ = ["HERE", "MOST_ROWS", "TerminalReply"]

HERE = Address("terminal", "", ChatKind.PRIVATE)
"""What a terminal is called where it gets no other name."""

MOST_ROWS = 12
"""The highest region: a third of a common terminal, so that what was printed stays in sight."""

# On a narrower screen no letter of two columns fits behind a bar.
_NARROWEST = 4


class TerminalReply:
    """One answer on its way to a terminal."""

    def __init__(
        self, screen: TerminalScreen, *, reasoning: Reasoning = "status", is_live: bool = True
    ) -> None:
        """Begin an answer of which nothing is known.

        Args:
            screen: What the terminal can show.
            reasoning: What is told of thinking.
            is_live: Whether there is a region; without one, lines come when they are complete.
        """
        self._screen = screen
        self._is_live = is_live and not screen.is_plain
        self._rows = Rows(reasoning, is_plain=screen.is_plain)
        self._frame_clock = FrameClock()
        self._region: tuple[str, ...] = ()  # as it was shown last
        self._shown_at = float("-inf")
        self._is_stale = True  # something may differ from what was shown
        self._is_urgent = True
        self._in_flight = False
        self._is_gone = False

    def shown(self, to: Address = HERE) -> Shown:
        """Return the present state: the text without parts that were taken back.

        Args:
            to: The address that it names: a terminal is one place, whatever its name.
        """
        return Shown(
            said=self._rows.spoken.said,
            is_whole=self.done and self._rows.has_words and not self._is_gone,
            is_silent=not self._rows.has_words,
            address=to,
            gave_up=Refused(Reason.CHAT_DEAD, "the terminal is gone") if self._is_gone else None,
        )

    @property
    def done(self) -> bool:
        """Whether there is nothing left to show."""
        is_shown = self._rows.is_settled and not self._region and not self._in_flight
        return self._is_gone or is_shown

    @property
    def deadline(self) -> float | None:
        """When there may be something to show, as an absolute moment; None: nothing yet."""
        if self.done or self._in_flight:
            return None
        if self._is_stale:
            return self._frame_clock.earliest(is_urgent=self._is_urgent)
        if self._is_live and self._rows.is_turning:
            return max(self._shown_at + TURN, self._frame_clock.earliest(is_urgent=False))
        return None

    @property
    def wants_deltas(self) -> bool:
        """Whether more words could move `deadline`; while false, callers may buffer them."""
        return not self._is_stale or self._rows.is_waiting

    def feed(self, event: Event, now: float) -> None:  # noqa: ARG002 - the verb of every machine
        """Add an event of the agent; after its end it is ignored."""
        rows = self._rows
        if rows.has_ended:
            return
        # First words and the end do not wait for the even rhythm: both are what people wait for.
        was_waiting = rows.is_waiting
        rows.feed(event, self._columns)
        is_first = was_waiting and isinstance(event, TextDelta)
        self._notice(is_urgent=is_first or rows.has_ended)

    def stop(self, reason: StopReason, now: float) -> None:  # noqa: ARG002
        """End the answer here; its text stays, and a mark tells why it ends."""
        if not self._rows.has_ended:
            self._rows.stop(reason, self._columns)
            self._notice(is_urgent=True)

    def resize(self, screen: TerminalScreen) -> None:
        """Set the present size and kind of the terminal."""
        if screen == self._screen:
            return
        self._screen = screen
        if self._region:
            self._notice(is_urgent=False)
            self._region = ("",) * len(self._region)  # how it looks there is not known

    def poll(self, now: float) -> Frame | None:
        """Return the frame to show, or None; its outcome must be settled before the next one."""
        deadline = self.deadline
        if deadline is None or deadline > now:
            return None
        self._is_stale = self._is_urgent = False
        lines = self._rows.lines(self._columns)
        region: tuple[str, ...] = ()
        if self._is_live:
            region = self._rows.region(self._columns, self._most_rows, now)
        self._shown_at = now
        # A delta may change nothing that is seen: half of a mark, for example.
        if not lines and region == self._region:
            return None
        self._region = region
        self._in_flight = True
        self._frame_clock.note(now)
        return Frame(lines, region)

    def settle(self, shown: bool, now: float) -> None:  # noqa: ARG002 - what `show` gave
        """Record whether the frame in flight was shown."""
        self._in_flight = False
        self._is_gone = self._is_gone or not shown

    @property
    def _columns(self) -> int:
        return max(self._screen.columns, _NARROWEST)

    @property
    def _most_rows(self) -> int:
        return max(1, min(MOST_ROWS, self._screen.rows - 1))

    def _notice(self, *, is_urgent: bool) -> None:
        self._is_stale = True
        self._is_urgent = self._is_urgent or is_urgent
