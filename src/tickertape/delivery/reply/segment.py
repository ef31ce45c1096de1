"""One piece of a reply, which fits into one message, and what is on screen of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tickertape.delivery.actions import Post
from tickertape.delivery.formats import Formats
from tickertape.delivery.lost.missed_posts import MissedPosts
from tickertape.delivery.reply.screen import (
    Blank,
    Doubtful,
    Drafted,
    Posted,
    Screen,
    Unheard,
    Unshowable,
)
from tickertape.markup.forms import PLAIN, Format, Rendering, Spans
from tickertape.markup.notes import below, folded
from tickertape.markup.pages import Cut, Page

__all__ = ["Segment", "SegmentState"]

_NOTHING = Rendering("")


@dataclass(frozen=True, slots=True)
class SegmentState:
    """All that is known of a segment; the fields have the meanings of the segment's own."""

    number: int
    text: str = ""
    length: int = 0
    """The longest text that its message may hold, in the surface's unit."""
    opening: str = ""
    closing: str = ""
    sealed: bool = False
    mark: str = ""
    thought: str = ""
    screen: Screen = field(default_factory=Blank)
    lost: tuple[Post, ...] = ()
    former: tuple[Post, ...] = ()
    uncounted: tuple[Post, ...] = ()
    unheard_posts: int = 0
    draft_id: str | None = None
    rung: Format = Format.BLOCKS
    covered: int = 0
    unsent_since: float | None = None
    version: int = 0


class Segment(MissedPosts):
    """One piece of a reply. Only its own verbs change it."""

    __slots__ = (
        "_final",
        "_formats",
        "_page",
        "closing",
        "covered",
        "draft_id",
        "mark",
        "number",
        "opening",
        "points",
        "rung",
        "screen",
        "sealed",
        "thought",
        "unsent",
        "unsent_since",
        "version",
    )

    def __init__(self, page: Page, formats: Formats, number: int = 0, opening: str = "") -> None:
        """Begin a piece.

        Args:
            page: Its text.
            formats: In which form the reply shows its segments.
            number: What tells it from the other segments of its reply.
            opening: What the page was opened with, as the piece before it was cut.
        """
        super().__init__()
        self._page = page
        self._formats = formats
        self._final: tuple[object, Rendering] | None = None
        self.number = number
        """What tells it from the other segments of its reply."""
        self.opening = opening
        """What opens on its page again what is open where the piece before it was cut."""
        self.closing = ""
        """What closes on its page what is open where it was cut."""
        self.points = page.points
        """How many code points were said in it."""
        self.covered = 0
        """How many of them the latest preview covers, in flight or acknowledged."""
        self.unsent = self.points
        """How many of them no preview covers."""
        self.unsent_since: float | None = None
        """When the oldest character came that no preview covers; None: there is none."""
        self.screen: Screen = Blank()
        """What is on screen."""
        self.sealed = False
        """Whether the text is complete."""
        self.mark = ""
        """What is added below the text, in the bot's own voice: why it was cut short."""
        self.thought = ""
        """The thinking that stays below the text, folded."""
        self.draft_id: str | None = None
        """The id of its draft, once it has one."""
        self.rung = Format.BLOCKS
        """The highest form that the channel has not refused for its text."""
        self.version = 0
        """The same number before and after, as long as text was only added."""

    @classmethod
    def resumed(cls, state: SegmentState, page: Page, formats: Formats) -> Segment:
        """Return a segment that goes on where `state` was taken, with its text on an empty page."""
        page.add(state.text)
        if state.closing:
            page.end(Cut(page.points, state.closing))
        segment = cls(page, formats, state.number, state.opening)
        segment.closing, segment.sealed = state.closing, state.sealed
        segment.mark, segment.thought = state.mark, state.thought
        segment.screen = state.screen
        segment.lost, segment.former = state.lost, state.former
        segment.uncounted = state.uncounted
        segment.unheard_posts, segment.draft_id = state.unheard_posts, state.draft_id
        segment.rung, segment.version = state.rung, state.version
        segment.unsent_since = state.unsent_since
        segment.cover_to(state.covered)
        return segment

    @property
    def state(self) -> SegmentState:
        """All that is known of it."""
        return SegmentState(
            number=self.number,
            text=self.text,
            length=self._page.length,
            opening=self.opening,
            closing=self.closing,
            sealed=self.sealed,
            mark=self.mark,
            thought=self.thought,
            screen=self.screen,
            lost=self.lost,
            former=self.former,
            uncounted=self.uncounted,
            unheard_posts=self.unheard_posts,
            draft_id=self.draft_id,
            rung=self.rung,
            covered=self.covered,
            unsent_since=self.unsent_since,
            version=self.version,
        )

    @property
    def text(self) -> str:
        """What was said in it."""
        return self._page.source

    @property
    def format(self) -> Format:
        """In which form it is shown: of blocks where they are wanted and possible."""
        page, formats = self._page, self._formats
        rung = max(self.rung, formats.rung)
        if rung is not Format.BLOCKS:
            return rung
        wanted = formats.rich == "always" or page.gains_by_blocks()
        return Format.BLOCKS if wanted and page.allows_blocks() else Format.SPANS

    def add(self, text: str) -> Cut | None:
        """Add what was said; say where the piece must end, if it is too long for a message."""
        self._page.add(text)
        self.points += len(text)
        self.unsent += len(text)
        return self._page.cut()

    def settled_cut(self) -> Cut | None:
        """Return where to end it so that its final begins with its preview; None: nowhere."""
        return self._page.settled_cut()

    def end(self, cut: Cut) -> str:
        """End the piece there and seal it; give the rest of its text."""
        rest = self._page.end(cut)
        self.closing = cut.closing
        self.points = self._page.points
        self.cover_to(self.covered)
        self.sealed = True
        self.version += 1
        return rest

    def void(self, page: Page, opening: str = "") -> None:
        """Take another text, on `page`; what is on screen stays until that replaces it."""
        self._page, self.opening = page, opening
        self.points = self.unsent = page.points
        self.covered = 0
        self.unsent_since = None
        self.sealed, self.mark, self.thought = False, "", ""
        self.rung = Format.BLOCKS
        self.version += 1
        self.closing = ""
        if isinstance(self.screen, Unshowable | Doubtful):
            self.screen = Blank()  # that was said of another text
        self.start_over()

    def seal(self) -> None:
        """End the text: nothing is added to it any more."""
        self.sealed = True

    def annotate(self, mark: str) -> None:
        """Set what stands below the text, in the bot's own voice; empty: nothing."""
        self.mark = mark

    def fold(self, thought: str) -> None:
        """Set the thinking that stays below the text; empty: none."""
        self.thought = thought

    def cover(self) -> None:
        """Record that the latest preview shows all of the text."""
        self.covered, self.unsent, self.unsent_since = self.points, 0, None

    def cover_to(self, points: int) -> None:
        """Record that previews cover so many code points, as far as there are so many."""
        self.covered = min(points, self.points)
        self.unsent = self.points - self.covered

    def wait_since(self, moment: float | None) -> None:
        """Set since when text waits that no preview covers; None: there is none."""
        self.unsent_since = moment

    def show(self, screen: Screen) -> None:
        """Record what is on screen of it."""
        self.screen = screen

    def draft_as(self, draft_id: str) -> None:
        """Take the id of its draft."""
        self.draft_id = draft_id

    def step_down(self, rung: Format) -> None:
        """Show the text in this form at the most: a higher one was refused."""
        self.rung = max(self.rung, rung)

    def wipe(self, now: float) -> None:
        """Record that nothing is on screen any more, and that all of the text is unsent."""
        self.screen = Blank()
        self.cover_to(0)
        self.unsent_since = now if self.points else None

    @property
    def tries(self) -> int:
        """How often its text was posted, as far as that may be on screen unknown."""
        return self.tries_of(self.final().text if self.sealed else "") if self.barring else 0

    def has_words(self) -> bool:
        """Return whether its text has anything to show."""
        return bool(self._page.final(Format.SPANS))

    def preview(self) -> Rendering:
        """Render what can be shown while more may come."""
        return self._page.preview(self.format)

    def final(self) -> Rendering:
        """Return what shall stay on screen; empty: its message shall go, if it has one."""
        key = (self.version, self.points, self.format, self.mark, self.thought)
        if self._final is not None and self._final[0] == key:
            return self._final[1]
        final = self._page.final(self.format) if self.points else _NOTHING
        mark = self.mark
        if mark and not final:
            final, mark = below(_NOTHING, mark), ""  # a thought stands below it
        if self.thought and final:
            if self.format is not Format.PLAIN and final.form == PLAIN:
                final = Rendering(final.text, Spans(()))  # it may have looks, and folds
            final = folded(final, self.thought)
        if mark:
            final = below(final, mark)
        self._final = (key, final)
        return final

    def shows(self, rendering: Rendering) -> bool:
        """Return whether `rendering` is on screen for certain: what it says, and how it looks."""
        match self.screen:
            case Posted(shown=shown, unheard=()) | Drafted(shown=shown):
                return shown == rendering
            case Unheard(post=post, certain=True):
                return Rendering(post.text, post.form) == rendering
            case _:
                return False

    def settled(self) -> bool:
        """Return whether the piece is complete and on screen, or has nothing to show."""
        if not self.sealed:
            return False
        match self.screen:
            case Unshowable() | Doubtful():
                return True
            case Posted(open_since=float()):
                return False
            case Posted(stop_button=stop_button) | Unheard(post=Post(stop_button=stop_button)):
                return not stop_button and self.shows(self.final())
            case Blank() | Drafted():
                return not self.final()
