"""The marks within the lines of a paragraph: which stretches they enclose, and which are open.

This reads less exactly than the parser (`tickertape.markup.parse`), but it reads the beginning of
a paragraph, of which the rest is not known: for what is shown while more may come, and for cuts.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache

from tickertape.markup.addresses import addresses
from tickertape.markup.emphasis import LINK_END, Emphasis, run_of
from tickertape.markup.formulas import is_money, is_price, may_be_names
from tickertape.markup.signs import foldered

__all__ = ["Marks", "OpenMark", "Stretch", "marks"]

# Each of its kinds begins with a character, so that a search skips all others.
_TOKEN = re.compile(
    r"\\\([^\n$`]{1,200}?\\\)|\\\[[^$`]{1,300}?\\\]"  # formulas
    r"|\\.|``*|\*\**|__*|~~*|!\[|\[|\]|\$\$*|&#?\w{1,31};|<[A-Za-z/!][^<>\n]*>",
    re.DOTALL,
)
_TARGET = re.compile(
    r'\(\s*(?:<[^<>\n]*>|(?!<)[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+"[^"]*")?\s*\)'
)
# The address of a link, as far as it came.
_ADDRESS = re.compile(
    r'\((?:<[^<>\n]*|(?!<)[^\s()]*(?:\([^\s()]*(?:\)[^\s()]*)?)*(?:\s+(?:"[^"\n]*"?)?)?)\Z'
)
_TAG = re.compile(r"<(/?)(b|strong|i|em|u|ins|s|del|strike|code|kbd|sub|sup)\s*>\Z", re.IGNORECASE)
# No link's words are longer, while brackets that enclose whole sentences are common.
_LONGEST_WORDS = 160
_LONGEST_FORMULA = 200
# So many characters around a run say how it is meant.
_AROUND = 8
# What the parser takes for blanks next to them.
_BLANKS = " \t\n"
# Between single dollar signs, which may be prices: no blank or digit at first, and no words.
_MAY_BE_FORMULA = re.compile(r"(?![ \t\n\d])(?:(?!\s[^\W\d_]{3,})[^\n])+\Z")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What marks enclose."""

    start: int
    """Where the opening mark begins."""
    end: int
    """Behind the closing mark."""
    mark: str
    """The mark; empty for what cannot be closed and opened again: links, entities."""


@dataclass(frozen=True, slots=True)
class OpenMark:
    """A mark whose partner is not there yet."""

    start: int
    """Where it begins."""
    mark: str
    """The mark: `**`, a run of backticks, `<b>`, `[`, `![`, `$`; `](` where a link's address is
    open."""
    words_end: int = 0
    """Where the words of a link end whose address is open."""

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + (1 if self.mark == "](" else len(self.mark))

    @property
    def closing(self) -> str:
        """What closes it."""
        return f"</{self.mark[1:]}" if self.mark[0] == "<" else self.mark


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a paragraph's beginning."""

    stretches: tuple[Stretch, ...]
    """What is enclosed, in the order of the closing marks."""
    open: tuple[OpenMark, ...]
    """What is open at the end, in the order of the text."""


@lru_cache(maxsize=8)  # an end that waits is read before and behind
def marks(text: str, *, is_complete: bool = False) -> Marks:
    """Find the marks in the beginning of a paragraph.

    Args:
        text: The beginning.
        is_complete: Whether nothing follows, so that what is open is a word.
    """
    reader = _MarkReader(foldered(text), is_complete=is_complete)
    reader.read()
    return Marks(tuple(reader.stretches), tuple(reader.open))


def _is_escaped(text: str, at: int) -> bool:
    """Return whether a backslash stands before a character, and none before that."""
    return text[at - 1] == "\\" and text[at - 2 : at - 1] != "\\"


class _MarkReader:
    """Reads marks from left to right."""

    def __init__(self, text: str, *, is_complete: bool) -> None:
        self._text = text
        self._is_complete = is_complete
        self._emphasis = Emphasis()
        self._marks_end = self._link_end = 0
        self._addresses: list[tuple[int, int]] | None = None
        # Where brackets and tags of a name began; some of them may be closed.
        self._begun: dict[str, list[int]] = {"[": []}
        self.stretches: list[Stretch] = []
        self.open: list[OpenMark] = []

    def read(self) -> None:
        """Read all."""
        at = 0
        while found := _TOKEN.search(self._text, at):
            at = self._token(found)
        self.open = [mark for mark in self.open if not self._is_stale(mark)]
        self.open += self._emphases()
        self.open.sort(key=lambda mark: mark.start)

    def _token(self, found: re.Match[str]) -> int:
        """Read one token; return where to go on."""
        token, start, end = found[0], found.start(), found.end()
        match token[0]:
            case "`":
                return self._code(token, start, end)
            case "*" | "_" | "~":
                self._run(token, start, end)
            case "$":
                return self._formula(token, start, end)
            case "[" | "!":
                self.open.append(OpenMark(start, token))
                self._begun["["].append(start)
            case "]":
                return self._bracket(end)
            case "<":
                self._tag(token, start, end)
            case _:
                self.stretches.append(Stretch(start, end, ""))
        return end

    def _code(self, token: str, start: int, end: int) -> int:
        closing = re.compile(f"(?<!`){token}(?!`)").search(self._text, end)
        if not closing:
            self.open.append(OpenMark(start, token))
            return end if self._is_complete else len(self._text)
        self.stretches.append(Stretch(start, closing.end(), token))
        return closing.end()

    def _formula(self, token: str, start: int, end: int) -> int:
        closing = self._text.find(token, end)
        while closing > end and _is_escaped(self._text, closing):
            closing = self._text.find(token, closing + 1)
        formula = self._text[end : closing if closing >= 0 else None]
        if len(token) > 2 or len(formula) > _LONGEST_FORMULA or self._is_in_address(start):
            return end
        if len(token) == 2 and is_money(formula.partition("\n")[0]):
            return end
        if len(token) == 1 and not self._may_be_formula(formula, start, closing):
            return end
        is_last = closing + 1 == len(self._text) and not self._is_complete
        if closing < 0 or (is_last and len(token) == 1 and may_be_names(formula)):
            self.open.append(OpenMark(start, token))
            return end if self._is_complete else len(self._text)
        self.stretches.append(Stretch(start, closing + len(token), ""))
        return closing + len(token)

    def _may_be_formula(self, formula: str, start: int, closing: int) -> bool:
        """Return whether a dollar sign may begin a formula that ends at `closing`, or is open."""
        if closing < 0:
            return bool(_MAY_BE_FORMULA.match(formula))
        before, after = self._text[start - 1 : start], self._text[closing + 1 : closing + 3]
        is_tight = bool(formula) and formula[0] not in _BLANKS and formula[-1] not in _BLANKS
        is_formula = is_tight and not is_price(formula, before, after)
        return is_formula and not self._is_in_address(closing)

    def _bracket(self, end: int) -> int:
        at = self._newest("[")
        if at is None:
            return end
        opened = self.open[at]
        target = _TARGET.match(self._text, end)
        if target:
            self._emphasis.forget(opened.start)
            self._close(at, target.end(), "")
            self._link_end = target.end()
            return self._link_end
        is_open = end == len(self._text) or _ADDRESS.match(self._text, end)
        if is_open and not self._is_complete:
            del self.open[at:]
            # An image waits for its address; a link's words can be shown without it.
            is_image = opened.mark == "!["
            self.open.append(opened if is_image else OpenMark(opened.start, "](", end - 1))
            return len(self._text)
        del self.open[at]
        return end

    def _newest(self, kind: str) -> int | None:
        """Return the newest open mark of a kind; those above it are not looked at."""
        begun = self._begun.get(kind, [])
        while begun:
            start = begun.pop()
            at = self._above(start)
            if at < len(self.open) and self.open[at].start == start:
                return at
        return None

    def _above(self, start: int) -> int:
        """Return how many open marks began before `start`."""
        return bisect_left(self.open, start, key=lambda mark: mark.start)

    def _tag(self, token: str, start: int, end: int) -> None:
        found = _TAG.match(token)
        if not found:
            self.stretches.append(Stretch(start, end, ""))
        elif not found[1]:
            self.open.append(OpenMark(start, token))
            self._begun.setdefault(found[2].lower(), []).append(start)
        elif (at := self._newest(found[2].lower())) is not None:
            self._close(at, end, self.open[at].mark)

    def _run(self, token: str, start: int, end: int) -> None:
        before, after = self._text[max(0, start - _AROUND) : start], self._text[end : end + _AROUND]
        if "\n" in before or start < _AROUND:
            before = before[before.rfind("\n") + 1 :].lstrip(" \t>")
        if start == self._link_end > 0:
            before = LINK_END
        run = run_of(token[0], start, end, before, after)
        if self._is_in_address(start):
            run = run._replace(opens=False, closes=False)
        gap = self._text[self._marks_end : start]
        self._marks_end = end
        for pair in self._emphasis.take(run, gap):
            self.stretches.append(Stretch(pair.start, pair.end, token[0] * pair.marks))
            del self.open[self._above(pair.start) :]

    def _is_in_address(self, at: int) -> bool:
        if self._addresses is None:
            self._addresses = list(addresses(self._text))
        if not self._addresses:
            return False
        before = bisect_right(self._addresses, (at, len(self._text)))
        return before > 0 and at < self._addresses[before - 1][1]

    def _emphases(self) -> list[OpenMark]:
        """Return the open marks of emphasis; of a run, the outer ones first."""
        found: list[OpenMark] = []
        for run, left in self._emphasis.open(self._text[self._marks_end :]):
            at, char = run.start, run.char
            if char != "~" and left % 2:
                found.append(OpenMark(at, char))
                at += 1
            found += [OpenMark(at + 2 * i, char * 2) for i in range(min(2, left // 2))]
        return found

    def _close(self, at: int, end: int, mark: str) -> None:
        self.stretches.append(Stretch(self.open[at].start, end, mark))
        del self.open[at:]

    def _is_stale(self, mark: OpenMark) -> bool:
        """Return whether a bracket is too far back to become a link."""
        if mark.mark not in {"[", "!["}:
            return False
        is_far = len(self._text) - mark.end > _LONGEST_WORDS
        return is_far or "\n" in self._text[mark.end :]
