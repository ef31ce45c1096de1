"""Pages: the text of one message, as it stands or as Markdown (`tickertape.markup.pages`)."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import assert_never

from tickertape.markup import cuts, plain
from tickertape.markup.breaks import MOST_OPENING, cut_at
from tickertape.markup.chunks import is_apart
from tickertape.markup.counts import fits_blocks, gains
from tickertape.markup.forms import PLAIN, Blocks, Format, Rendering, Span, Spans
from tickertape.markup.healing import healed
from tickertape.markup.lengths import Unit, length
from tickertape.markup.lines import step
from tickertape.markup.pages import Cut, Dialect, Limits, Page
from tickertape.markup.parse import parse_chunk, resumed
from tickertape.markup.scanner import Added, Scanner, Slack
from tickertape.markup.spans import Written, written
from tickertape.markup.tree import Block

__all__ = ["MarkdownPage", "RawPage", "page"]


def page(dialect: Dialect, limits: Limits, opening: str = "") -> Page:
    """Begin a page.

    Args:
        dialect: How its text is read.
        limits: What it may hold.
        opening: What opens again what the page before left open: its cut's `opening`.
    """
    return RawPage(limits) if dialect == "raw" else MarkdownPage(limits, opening)


class _Text:
    """A text that grows cheaply."""

    __slots__ = ("_parts", "points")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.points = 0
        """How many code points it has."""

    @property
    def source(self) -> str:
        """What was said, byte for byte."""
        if len(self._parts) > 1:
            self._parts[:] = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def add(self, text: str) -> None:
        """Add what was said."""
        self.points += len(text)  # first: what is no text must change nothing
        self._parts.append(text)

    def _keep(self, at: int) -> str:
        """Keep the first `at` code points, and give the rest."""
        source = self.source
        self._parts[:] = [source[:at]]
        self.points = len(self._parts[0])
        return source[at:]


class RawPage(_Text):
    """A text as it stands."""

    __slots__ = ("_limits", "_units")

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits
        self._units = 0

    def add(self, text: str) -> None:
        """Add what was said."""
        super().add(text)
        self._units += length(text, self._limits.unit)

    def cut(self) -> Cut | None:
        """Say where the page must end: as early as its text is too long for one message."""
        if self._units <= self._limits.length:
            return None
        at = cuts.cut(self.source, self._limits.length, self._limits.unit)
        return Cut(at)

    def end(self, cut: Cut) -> str:
        """End the page there; give the rest of its text."""
        rest = self._keep(cut.at)
        self._units = length(self.source, self._limits.unit)
        return rest

    def final(self, format: Format) -> Rendering:  # noqa: A002, ARG002 - the protocol's word
        """Render all of it."""
        return Rendering(plain.render(self.source))

    def preview(self, format: Format) -> Rendering:  # noqa: A002
        """Render all of it: nothing in it becomes anything else."""
        return self.final(format)

    def gains_by_blocks(self) -> bool:
        """Say that blocks would show nothing better."""
        return False

    def allows_blocks(self) -> bool:
        """Say that there are no blocks."""
        return False


class _Piece:
    """One chunk, rendered once in each form that is asked for."""

    def __init__(self, blocks: tuple[Block, ...], *, is_apart: bool) -> None:
        self.blocks = blocks
        """What it is."""
        self.is_apart = is_apart
        """Whether an empty line follows."""

    @cached_property
    def spanned(self) -> Written:
        """It as a text with spans."""
        return written(self.blocks, with_spans=True)

    @cached_property
    def units(self) -> int:
        """How long that is, in UTF-16 units."""
        return length(self.spanned.text, Unit.UTF16)

    @cached_property
    def bare(self) -> str:
        """It as a text alone."""
        return written(self.blocks, with_spans=False).text


class MarkdownPage(_Text):
    """A text as Markdown: settled chunks are rendered once, the last one whenever it is shown."""

    __slots__ = (
        "_added",
        "_closing",
        "_depth",
        "_limits",
        "_opening",
        "_pieces",
        "_scanner",
        "_slack",
    )

    def __init__(self, limits: Limits, opening: str = "") -> None:
        super().__init__()
        self._limits = limits
        if length(opening, limits.unit) * (MOST_OPENING - 1) > limits.length:
            opening = ""
        self._opening = opening
        self._depth = _depth(opening)
        self._closing = ""
        self._scanner = Scanner(limits)
        self._slack = Slack()
        self._added = Added()
        self._pieces: list[_Piece] = []

    def add(self, text: str) -> None:
        """Add what was said."""
        self.points += len(text)  # first: what is no text must change nothing
        self._parts.append(text)
        self._added.add(text, self._limits.unit)

    def cut(self) -> Cut | None:
        """Say where the page must end; None where its text fits into one message."""
        if self._slack.holds(self._added):
            return None
        text = self._opening + self.source
        self._slack = self._scanner.read(text)
        self._added = Added()
        if self._scanner.full_at is None or self.points <= 1:
            return None
        origin = len(self._opening)
        return cut_at(text[: self._scanner.full_at], origin, self._scanner, self._limits)

    def end(self, cut: Cut) -> str:
        """End the page there; give the rest of its text."""
        rest = self._keep(cut.at)
        self._closing = cut.closing
        self._scanner = Scanner(self._limits)
        self._pieces.clear()
        self._slack = Slack()
        return rest

    def final(self, format: Format) -> Rendering:  # noqa: A002 - the protocol's word
        """Render all of it, complete as it stands."""
        return _rendering(self._complete(), format, self._limits)

    def preview(self, format: Format) -> Rendering:  # noqa: A002
        """Render what can be shown while more may come."""
        if self._closing:
            return self.final(format)
        settled, tail = self._settled()
        shift = len(self._opening) + self.points - len(tail)
        tail = healed(tail, self._scanner.rows, shift)
        return _rendering([*settled, self._piece(tail, is_first=not settled)], format, self._limits)

    def gains_by_blocks(self) -> bool:
        """Say whether it has what blocks show better."""
        return any(gains(piece.blocks) for piece in self._complete())

    def allows_blocks(self) -> bool:
        """Say whether a message of blocks can hold it."""
        limits = self._limits.blocks
        blocks = tuple(block for piece in self._complete() for block in piece.blocks)
        return limits is not None and bool(blocks) and fits_blocks(blocks, limits)

    def _complete(self) -> list[_Piece]:
        settled, tail = self._settled()
        return [*settled, self._piece(tail + self._closing, is_first=not settled)]

    def _settled(self) -> tuple[list[_Piece], str]:
        """Give the settled chunks, rendered, and the open tail."""
        text = self._opening + self.source
        scanner = self._scanner
        if scanner.full_at is None:
            scanner.read(text)
        starts = scanner.chunks
        done = len(self._pieces)
        for index in range(done, len(starts)):
            start = starts[index - 1] if index else 0
            self._pieces.append(self._piece(text[start : starts[index]], is_first=index == 0))
        tail = text[starts[-1] if starts else 0 :]
        line_at = tail.rfind("\n") + 1
        pieces = list(self._pieces)
        if line_at and tail[line_at:] and self._begins(tail[line_at:]):
            pieces.append(self._piece(tail[:line_at], is_first=not pieces))
            tail = tail[line_at:]
        return pieces, tail

    def _begins(self, line: str) -> bool:
        """Say whether a chunk begins with the last line, which is not complete."""
        return step(self._scanner.state, line.rstrip("\r"))[1]

    def _piece(self, chunk: str, *, is_first: bool) -> _Piece:
        blocks = parse_chunk(chunk)
        if is_first and self._depth:
            blocks = resumed(blocks, self._depth)
        return _Piece(blocks, is_apart=is_apart(chunk))


_ITEM = re.compile(r"[> ]*(?:[-*+]|\d{1,9}[.)])$", re.MULTILINE)


def _depth(opening: str) -> int:
    """Say in how many lists a page begins."""
    return len(_ITEM.findall(opening))


def _rendering(pieces: list[_Piece], format: Format, limits: Limits) -> Rendering:  # noqa: A002
    """Put the chunks of a page below each other."""
    match format:
        case Format.PLAIN:
            return Rendering(_joined([(p.bare, p.is_apart) for p in pieces]).strip())
        case Format.BLOCKS:
            text = _joined([(p.bare, p.is_apart) for p in pieces]).strip()
            blocks = tuple(block for piece in pieces for block in piece.blocks)
            return Rendering(text, Blocks(blocks)) if text else Rendering("")
        case Format.SPANS:
            return _spanned(pieces, limits)
        case _:
            assert_never(format)


def _joined(texts: list[tuple[str, bool]]) -> str:
    parts: list[str] = []
    gap = ""
    for text, is_apart_after in texts:
        if text:
            parts += [gap, text]
            gap = "\n\n" if is_apart_after else "\n"
        elif is_apart_after and gap:
            gap = "\n\n"
    return "".join(parts)


def _spanned(pieces: list[_Piece], limits: Limits) -> Rendering:
    text = _joined([(piece.spanned.text, piece.is_apart) for piece in pieces])
    spans: list[Span] = []
    at, gap = 0, 0
    for piece in pieces:
        if piece.units:
            at += gap
            spans += [Span(s.look, s.start + at, s.length, s.detail) for s in piece.spanned.spans]
            at += piece.units
            gap = 2 if piece.is_apart else 1
        elif piece.is_apart and gap:
            gap = 2
    bare = text.lstrip()
    if bare != text:
        spans = _shifted(spans, len(text) - len(bare))
    if limits.spans is not None and len(spans) > limits.spans:
        spans = spans[: limits.spans]
    return Rendering(bare, Spans(tuple(spans)) if spans else PLAIN)


def _shifted(spans: list[Span], by: int) -> list[Span]:
    """Move spans to the left, and shorten those that began before the text does."""
    result = []
    for span in spans:
        start = max(0, span.start - by)
        end = span.start + span.length - by
        if end > start:
            result.append(replace(span, start=start, length=end - start))
    return result
