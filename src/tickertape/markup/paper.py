"""Pages: the text of one message, as it stands or as Markdown (`tickertape.markup.pages`)."""

from __future__ import annotations

import re
from functools import cached_property
from typing import assert_never

from tickertape.markup import cuts, plain
from tickertape.markup.bounds import SizeBound
from tickertape.markup.breaks import MOST_OPENING, cut_at
from tickertape.markup.chunks import is_apart
from tickertape.markup.counts import BlockCounts, gains, held
from tickertape.markup.forms import PLAIN, Blocks, Format, Rendering, Spans
from tickertape.markup.healing import healed
from tickertape.markup.lines import step
from tickertape.markup.notes import fits
from tickertape.markup.pages import BlockLimits, Cut, Dialect, Limits, Page
from tickertape.markup.parse import parse_chunk, resumed
from tickertape.markup.scanner import Headroom, Scanner, Unread
from tickertape.markup.source import SourcePage
from tickertape.markup.spans import Written, written
from tickertape.markup.text import APART, GrowingText, JoinedChunks
from tickertape.markup.tree import Block, Paragraph, Words

__all__ = ["MarkdownPage", "RawPage", "bare", "page"]


def page(dialect: Dialect, limits: Limits, opening: str = "") -> Page:
    """Begin a page.

    Args:
        dialect: How its text is read.
        limits: What it may hold.
        opening: What opens again what the page before left open: its cut's `opening`.
    """
    match dialect:
        case "raw":
            return RawPage(limits)
        case "source":
            return SourcePage(limits, opening)
        case "markdown":
            return MarkdownPage(limits, opening)


class RawPage(GrowingText):
    """A text as it stands."""

    __slots__ = ("_units",)

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self._units = 0

    def add(self, text: str) -> None:
        """Add what was said."""
        super().add(text)
        self._units += self._limits.ruler.measure(text)

    def cut(self) -> Cut | None:
        """Return where the page must end: as early as its text is too long for one message."""
        if self._units <= self._limits.length:
            return None
        at = cuts.cut(self.source, self._limits.length, self._limits.ruler)
        return Cut(at)

    def end(self, cut: Cut) -> str:
        """End the page there; give the rest of its text."""
        rest = self._keep(cut.at)
        self._units = self._limits.ruler.measure(self.source)
        return rest

    def final(self, format: Format) -> Rendering:  # noqa: A002, ARG002 - the protocol's word
        """Render all of it."""
        return Rendering(plain.render(self.source))

    def preview(self, format: Format) -> Rendering:  # noqa: A002, ARG002
        """Render all of it but half a character: nothing in it becomes anything else."""
        source = self.source
        is_half = "\ud800" <= source[-1:] <= "\udbff"
        return Rendering(plain.render(source[:-1] if is_half else source))

    def settled_cut(self) -> Cut | None:
        """Return where to end it so that it shows what its preview shows; None: nothing."""
        return Cut(self.points) if self.points else None

    def gains_by_blocks(self) -> bool:
        """Return that blocks would show nothing better."""
        return False

    def allows_blocks(self) -> bool:
        """Return that there are no blocks."""
        return False


class _Piece:
    """One chunk, rendered once in each form that is asked for."""

    def __init__(
        self, blocks: tuple[Block, ...], *, is_apart: bool, words: Written | None = None
    ) -> None:
        self.blocks = blocks
        """What it is."""
        self.is_apart = is_apart
        """Whether an empty line follows."""
        self._words = words
        """What it is in each form of text, where that is nothing but words."""

    def written(self, format: Format) -> Written:  # noqa: A002
        """Return it as a text with spans, or as a text alone."""
        return self._words or (self._spanned if format is Format.SPANS else self._bare)

    @cached_property
    def gains(self) -> bool:
        """Whether blocks show it better than text."""
        return gains(self.blocks)

    @cached_property
    def held(self) -> BlockCounts:
        """What its blocks hold."""
        return held(self.blocks)

    @cached_property
    def _spanned(self) -> Written:
        return written(self.blocks, with_spans=True)

    @cached_property
    def _bare(self) -> Written:
        return written(self.blocks, with_spans=False)


def _has_room(opening: str, limits: Limits) -> bool:
    """Return whether a page that is opened with a text holds more than that."""
    if limits.ruler.measure(opening) * (MOST_OPENING - 1) > limits.length:
        return False
    scanner = Scanner(limits)
    scanner.read(opening, lambda _text, _starts: SizeBound(limits.length))
    return scanner.full_at is None


# What may begin a mark, a tag, a link, an entity, a formula, an escape or a cell; what no server
# keeps (`tickertape.markup.plain`), but for what is not printable.
_MEANING = "*_~`$<>\\[\\]&\\\\|\u030a\u0333\u033f"
# The first character is no digit, nor what may begin an item, a title, a rule, the rule below a
# header or a picture.
_LINE = re.compile(rf" {{0,3}}[^\s\d#+\-=:!{_MEANING}][^\n{_MEANING}]*")
_PICTURE = (" !", "(!")  # may begin one at the end, as `healing` has it


def bare(chunk: str) -> str | None:
    """Return the words of a chunk that is one line of nothing but words, trimmed, or else None.

    Most of what is said is of this kind, and is shown as it stands: nothing in it can open, close
    or become anything else, whatever follows. So no parser looks at it, and nothing is healed.

    Args:
        chunk: A chunk of a text, of which more may come.
    """
    words = chunk.rstrip(" \n")
    is_bare = words.isprintable() and _LINE.fullmatch(words) and not words.endswith(_PICTURE)
    return words.lstrip(" ") if is_bare else None


# So many chunks of a page are kept as they were read, besides those that are settled.
_MOST_RECENT = 4


class MarkdownPage(GrowingText):
    """A text as Markdown: settled chunks are rendered once, the last one whenever it is shown."""

    __slots__ = (
        "_closing",
        "_headroom",
        "_held",
        "_opening",
        "_pieces",
        "_recent",
        "_scanner",
        "_sheets",
        "_suits",
        "_unread",
    )

    def __init__(self, limits: Limits, opening: str = "") -> None:
        super().__init__(limits)
        if not _has_room(opening, limits):
            opening = ""
        self._opening = opening
        self._closing = ""
        self._scanner = Scanner(limits)
        self._headroom: Headroom | None = Headroom()
        self._unread = Unread(limits.ruler, opening)
        self._pieces: list[_Piece] = []
        self._recent: dict[tuple[str, bool], _Piece] = {}
        self._held = BlockCounts()
        self._sheets = {Format.SPANS: JoinedChunks(), Format.PLAIN: JoinedChunks()}
        self._suits: tuple[int, bool, bool] = (-1, False, False)

    def add(self, text: str) -> None:
        """Add what was said."""
        self.points += len(text)  # first: what is no text must change nothing
        self._parts.append(text)
        self._unread.add(text)

    def cut(self) -> Cut | None:
        """Return where the page must end; None where its text fits into one message."""
        if self._headroom is None or self._headroom.holds(self._unread):
            return None
        text = self._opening + self.source
        self._headroom = self._scanner.read(text, self._measured)
        self._unread = Unread(self._limits.ruler, text[-2:])  # it may begin what follows
        if self._scanner.full_at is None or self.points <= 1:
            return None
        origin = len(self._opening)
        return cut_at(text[: self._scanner.full_at], origin, self._scanner, self._limits)

    def settled_cut(self) -> None:
        """Return that there is no such place: what a preview shows may change with more text."""

    def end(self, cut: Cut) -> str:
        """End the page there; give the rest of its text."""
        rest = self._keep(cut.at)
        self._closing = cut.closing
        self._headroom = None  # nothing more comes
        if self._scanner.full_at is None:
            self._scanner.read(self._opening + self.source, self._measured)
        self._scanner.shorten(len(self._opening) + cut.at)
        del self._pieces[len(self._scanner.chunks) :]
        self._sheets = {Format.SPANS: JoinedChunks(), Format.PLAIN: JoinedChunks()}
        return rest

    def final(self, format: Format) -> Rendering:  # noqa: A002 - the protocol's word
        """Render all of it, complete as it stands."""
        return self._rendering(self._complete(), format)

    def preview(self, format: Format) -> Rendering:  # noqa: A002
        """Render what can be shown while more may come."""
        if self._headroom is None:
            return self.final(format)
        tails, tail = self._settled()
        is_first = not tails and not self._pieces
        begin = len(self._opening) + self.points - len(tail)
        tails.append(self._piece(tail, is_first=is_first, open_at=begin))
        return self._rendering(tails, format)

    def gains_by_blocks(self) -> bool:
        """Return whether it has what blocks show better."""
        return self._suited()[1]

    def allows_blocks(self) -> bool:
        """Return whether a message of blocks can hold it."""
        return self._suited()[2]

    def _suited(self) -> tuple[int, bool, bool]:
        """Return of how much text it is known, whether blocks show it better, and can hold it."""
        if self._suits[0] != self.points:
            tails, limits = self._complete(), self._limits.blocks
            is_shown = any(piece.blocks for piece in (*tails, *self._pieces))
            allows = limits is not None and is_shown and self._fits(tails, limits)
            has_gain = any(piece.gains for piece in tails) or any(p.gains for p in self._pieces)
            self._suits = (self.points, has_gain, allows)
        return self._suits

    def _complete(self) -> list[_Piece]:
        """Return what follows the settled chunks, as it is when nothing more comes."""
        tails, tail = self._settled()
        is_first = not tails and not self._pieces
        return [*tails, self._piece(tail + self._closing, is_first=is_first)]

    def _settled(self) -> tuple[list[_Piece], str]:
        """Render the settled chunks.

        Returns:
            The chunk behind them, where the last line begins another, and the open tail.
        """
        text = self._opening + self.source
        if self._headroom is not None and self._unread.begins_line:
            self._scanner.read_lines(text, self._measured)
        starts = self._scanner.chunks
        if len(starts) > len(self._pieces):
            self._settle(text, starts)
        tail = text[starts[-1] if starts else 0 :]
        line_at = tail.rfind("\n") + 1
        if line_at and tail[line_at:] and self._begins(tail[line_at:]):
            before = self._piece(tail[:line_at], is_first=not self._pieces)
            return [before], tail[line_at:]
        return [], tail

    def _settle(self, text: str, starts: list[int]) -> None:
        """Render the chunks that ended since the last time."""
        for index in range(len(self._pieces), len(starts)):
            start = starts[index - 1] if index else 0
            piece = self._piece(text[start : starts[index]], is_first=index == 0)
            self._pieces.append(piece)
            if self._limits.blocks is not None:
                self._held = self._held.beside(piece.held)

    def _sheet(self, format: Format) -> JoinedChunks:  # noqa: A002
        """Return the settled chunks below each other, as a text with spans or as a text alone."""
        sheet = self._sheets[format]
        for piece in self._pieces[sheet.chunks :]:
            sheet.add(piece.written(format), is_apart=piece.is_apart)
        return sheet

    def _measured(self, text: str, starts: list[int]) -> SizeBound:
        """Return what the settled chunks take, in whatever form of text is the longest."""
        self._settle(text, starts)
        spanned, bare = self._sheet(Format.SPANS), self._sheet(Format.PLAIN)
        ruler = self._limits.ruler
        marked = ruler.marked(Rendering(spanned.text, Spans(tuple(spanned.spans))))
        marked -= ruler.mark * len(spanned.spans)  # they count as spans
        units = max(marked, ruler.measure(bare.text)) + ruler.measure(APART)
        return SizeBound(units, len(spanned.spans), self._held.number)

    def _blocks(self, tails: list[_Piece]) -> tuple[Block, ...]:
        return tuple(block for piece in (*self._pieces, *tails) for block in piece.blocks)

    def _fits(self, tails: list[_Piece], limits: BlockLimits) -> bool:
        """Return whether a message of blocks can hold what is settled, and what follows it."""
        whole = self._held
        for piece in tails:
            whole = whole.beside(piece.held)
        return whole.fits(limits)

    def _rendering(self, tails: list[_Piece], format: Format) -> Rendering:  # noqa: A002
        """Put what is settled, and what follows it, below each other."""
        limits = self._limits.blocks
        if format is Format.BLOCKS and limits and not self._fits(tails, limits):
            format = Format.SPANS  # noqa: A001
        written = Format.SPANS if format is Format.SPANS else Format.PLAIN
        sheet = self._sheet(written).copy()
        for piece in tails:
            sheet.add(piece.written(written), is_apart=piece.is_apart)
        text = sheet.text.strip()
        match format:
            case Format.PLAIN:
                return Rendering(text)
            case Format.BLOCKS:
                return Rendering(text, Blocks(self._blocks(tails)) if text else PLAIN)
            case Format.SPANS:
                rendering = sheet.rendering(self._limits.spans)
                if self._limits.ruler.mark and not fits(rendering, self._limits):
                    # A link whose words are its address: that is written twice.
                    return self._rendering(tails, Format.PLAIN)
                return rendering
            case _:
                assert_never(format)

    def _begins(self, line: str) -> bool:
        """Return whether a chunk begins with the last line, which is not complete."""
        return step(self._scanner.state, line.rstrip("\r"))[1]

    def _piece(self, chunk: str, *, is_first: bool, open_at: int | None = None) -> _Piece:
        """Return a chunk as it is read; one that was looked at just before is not read again.

        The chunk above the open tail is looked at in a frame, and again when it is settled; the
        tail as it is complete, and as it is healed.

        Args:
            chunk: The chunk.
            is_first: Whether the page begins with it.
            open_at: Where it begins, if it is healed because more of it may come.
        """
        if (words := bare(chunk)) is not None:
            paragraph = Paragraph((Words(words),))
            return _Piece(
                (paragraph,), is_apart="\n" in chunk and is_apart(chunk), words=Written(words)
            )
        if open_at is not None:
            chunk = healed(chunk, self._scanner.lines(), open_at)
        piece = self._recent.get((chunk, is_first))
        if piece is None:
            blocks = parse_chunk(chunk)
            if is_first:
                blocks = resumed(blocks, self._opening)
            piece = _Piece(blocks, is_apart=is_apart(chunk))
            if len(self._recent) == _MOST_RECENT:
                del self._recent[next(iter(self._recent))]
            self._recent[chunk, is_first] = piece
        return piece
