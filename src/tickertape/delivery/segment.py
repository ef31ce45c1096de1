"""One piece of a reply, which fits into one message, and what is on screen of it."""

from __future__ import annotations

from tickertape.delivery.actions import Post
from tickertape.delivery.formats import Formats
from tickertape.delivery.screen import (
    Blank,
    Doubtful,
    Drafted,
    Posted,
    Screen,
    Unheard,
    Unshowable,
    shows,
)
from tickertape.markup.forms import PLAIN, Format, Rendering, Spans
from tickertape.markup.notes import below, folded
from tickertape.markup.pages import Cut, Page

__all__ = ["MOST_LOST", "Segment", "without"]

MOST_LOST = 2
"""How many posts of one segment may be on screen without being known of: the one that should be
there, and one too many. A preview that was accepted without a number is known, and none of them:
else the final could be posted only once, and be lost with that."""

_NOTHING = Rendering("")


class Segment:
    """One piece of a reply."""

    __slots__ = (
        "_final",
        "_formats",
        "_page",
        "closing",
        "covered",
        "draft_id",
        "lost",
        "mark",
        "opening",
        "rung",
        "screen",
        "sealed",
        "thought",
        "uncounted",
        "unheard_posts",
        "unsent_since",
        "version",
    )

    def __init__(self, page: Page, formats: Formats, opening: str = "") -> None:
        """Begin a piece.

        Args:
            page: its text.
            formats: in which form the reply shows its segments.
            opening: what the page was opened with, as the piece before it was cut.
        """
        self._page = page
        self._formats = formats
        self._final: tuple[object, Rendering] | None = None
        self.opening = opening
        """What opens on its page again what is open where the piece before it was cut."""
        self.closing = ""
        """What closes on its page what is open where it was cut."""
        self.covered = 0
        """How many code points the latest preview covers, in flight or acknowledged."""
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
        self.lost: tuple[Post, ...] = ()
        """Posts of it that may stand on screen beside its message: their answers were not heard."""
        self.uncounted: tuple[Post, ...] = ()
        """Posts that may stand there as well, and bar no other: they were accepted without a
        number, or tried as often as may be, of a text that was taken back."""
        self.unheard_posts = 0
        """How often a post of it was not heard of: each time the pause is longer."""
        self.draft_id: int | None = None
        """The id of its draft, once it has one."""
        self.rung = Format.BLOCKS
        """The highest form that the channel has not refused for its text."""
        self.version = object()
        """The same object before and after, as long as text was only added."""

    @property
    def missing(self) -> tuple[Post, ...]:
        """Every post that may stand on screen beside its message."""
        return (*self.uncounted, *self.lost)

    @property
    def text(self) -> str:
        """What was said in it."""
        return self._page.source

    @property
    def points(self) -> int:
        """How many code points that is."""
        return self._page.points

    @property
    def unsent(self) -> int:
        """How many code points no preview covers."""
        return self._page.points - self.covered

    @property
    def format(self) -> Format:
        """In which form it is shown."""
        return self._formats.of(self._page, self.rung)

    def add(self, text: str) -> Cut | None:
        """Add what was said; say where the piece must end, if it is too long for a message."""
        self._page.add(text)
        return self._page.cut()

    def end(self, cut: Cut) -> str:
        """End the piece there and seal it; give the rest of its text."""
        rest = self._page.end(cut)
        self.closing = cut.closing
        self.covered = min(self.covered, self._page.points)
        self.sealed = True
        self.version = object()
        return rest

    def void(self, page: Page, opening: str = "") -> None:
        """Take another text, on `page`; what is on screen stays until that replaces it."""
        self._page, self.opening = page, opening
        self.covered = 0
        self.unsent_since = None
        self.sealed, self.mark, self.thought = False, "", ""
        self.rung = Format.BLOCKS
        self.version = object()
        self.closing = ""
        if isinstance(self.screen, Unshowable | Doubtful):
            self.screen = Blank()  # that was said of another text
        if len(self.lost) >= MOST_LOST:
            self.uncounted += self.lost  # nobody tried to post this one
            self.lost, self.unheard_posts = (), 0

    def wipe(self, now: float) -> None:
        """Note that nothing is on screen any more, and that all of the text is unsent."""
        self.screen = Blank()
        self.covered = 0
        self.unsent_since = now if self.points else None

    def has_words(self) -> bool:
        """Say whether its text has anything to show."""
        return bool(self._page.final(Format.SPANS))

    def preview(self) -> Rendering:
        """Render what can be shown while more may come."""
        return self._page.preview(self.format)

    def final(self) -> Rendering:
        """Give what shall stay on screen; empty: its message shall go, if it has one."""
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

    def settled(self) -> bool:
        """Say whether the piece is complete and on screen, or has nothing to show."""
        if not self.sealed:
            return False
        match self.screen:
            case Unshowable() | Doubtful():
                return True
            case Posted(stop_button=stop_button) | Unheard(post=Post(stop_button=stop_button)):
                return not stop_button and shows(self.screen, self.final())
            case Blank() | Drafted():
                return not self.final()


def without(posts: tuple[Post, ...], post: Post) -> tuple[Post, ...]:
    """Return `posts` without the first that is equal to `post`."""
    at = posts.index(post) if post in posts else len(posts)
    return (*posts[:at], *posts[at + 1 :])
