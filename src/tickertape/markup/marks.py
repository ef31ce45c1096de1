"""The marks within the lines of a paragraph: which stretches they enclose, and which are open.

This reads less exactly than the parser (`tickertape.markup.parse`), but it reads the beginning of
a paragraph, of which the rest is not known: for what is shown while more may come, and for cuts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Marks", "Open", "Stretch", "marks"]

_TOKEN = re.compile(
    r"\\\([^\n$`]{1,200}?\\\)|\\\[[^$`]{1,300}?\\\]"  # formulas
    r"|\\.|`+|\*+|_+|~~+|!?\[|\]|\$+|&#?\w{1,31};|<[A-Za-z/!][^<>\n]*>",
    re.DOTALL,
)
_TARGET = re.compile(r'\(\s*(?:<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+"[^"]*")?\s*\)')
# The address of a link, as far as it came.
_ADDRESS = re.compile(
    r'\((?:<[^<>\n]*|[^\s()<>]*(?:\([^\s()]*(?:\)[^\s()<>]*)?)*(?:\s+(?:"[^"\n]*"?)?)?)\Z'
)
_TAG = re.compile(r"<(/?)(b|strong|i|em|u|ins|s|del|strike|code|kbd|sub|sup)\s*>\Z", re.IGNORECASE)
# No link's words are longer, while brackets that enclose whole sentences are common.
_LONGEST_WORDS = 160
_LONGEST_FORMULA = 200
# Between single dollar signs, which may be prices: no blank or digit at first, and no words.
_MAY_BE_FORMULA = re.compile(r"(?![\s\d])(?:(?!\s[^\W\d_]{3,})[^\n])+\Z")


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
class Open:
    """A mark whose partner is not there yet."""

    start: int
    """Where it begins."""
    mark: str
    """The mark: `**`, a run of backticks, `<b>`, `[`, `![`, `$`; `](` where a link's address is
    open."""

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
    open: tuple[Open, ...]
    """What is open at the end, in the order of the text."""


def marks(text: str) -> Marks:
    """Find the marks in the beginning of a paragraph."""
    reader = _Reader(text)
    reader.read()
    return Marks(tuple(reader.stretches), tuple(reader.open))


class _Reader:
    """Reads marks from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.stretches: list[Stretch] = []
        self.open: list[Open] = []

    def read(self) -> None:
        """Read all."""
        at = 0
        while found := _TOKEN.search(self._text, at):
            at = self._token(found)
        self.open = [mark for mark in self.open if not self._is_stale(mark)]

    def _token(self, found: re.Match[str]) -> int:
        """Take one token; give where to go on."""
        token, start, end = found[0], found.start(), found.end()
        match token[0]:
            case "`":
                return self._code(token, start, end)
            case "*" | "_" | "~":
                self._run(token, start, end)
            case "$":
                return self._formula(token, start, end)
            case "[" | "!":
                self.open.append(Open(start, token))
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
            self.open.append(Open(start, token))
            return len(self._text)
        self.stretches.append(Stretch(start, closing.end(), token))
        return closing.end()

    def _formula(self, token: str, start: int, end: int) -> int:
        closing = self._text.find(token, end)
        formula = self._text[end : closing if closing >= 0 else None]
        if len(token) > 2 or len(formula) > _LONGEST_FORMULA:
            return end
        if len(token) == 1 and not _MAY_BE_FORMULA.match(formula):
            return end
        if closing < 0:
            self.open.append(Open(start, token))
            return len(self._text)
        self.stretches.append(Stretch(start, closing + len(token), ""))
        return closing + len(token)

    def _bracket(self, end: int) -> int:
        at = next((i for i in reversed(range(len(self.open))) if self._is_bracket(i)), None)
        if at is None:
            return end
        opened = self.open[at]
        target = _TARGET.match(self._text, end)
        if target:
            self._close(at, target.end(), "")
            return target.end()
        if end == len(self._text) or _ADDRESS.match(self._text, end):
            del self.open[at:]
            # An image waits for its address; a link's words can be shown without it.
            self.open.append(opened if opened.mark == "![" else Open(opened.start, "]("))
            return len(self._text)
        del self.open[at]
        return end

    def _is_bracket(self, at: int) -> bool:
        return self.open[at].mark in {"[", "!["}

    def _tag(self, token: str, start: int, end: int) -> None:
        found = _TAG.match(token)
        if not found:
            self.stretches.append(Stretch(start, end, ""))
        elif not found[1]:
            self.open.append(Open(start, token))
        else:
            name = f"<{found[2]}>".lower()
            for at in reversed(range(len(self.open))):
                if self.open[at].mark.lower() == name:
                    self._close(at, end, self.open[at].mark)
                    return

    def _run(self, token: str, start: int, end: int) -> None:
        before, after = self._text[start - 1 : start] or " ", self._text[end : end + 1] or " "
        left = not after.isspace() and (not _is_mark(after) or before.isspace() or _is_mark(before))
        right = not before.isspace() and (
            not _is_mark(before) or after.isspace() or _is_mark(after)
        )
        if token[0] == "_":
            left, right = (
                left and (not right or _is_mark(before)),
                right and (not left or _is_mark(after)),
            )
        rest = len(token)
        while right and rest:
            at = self._opener(token[0])
            if at is None or len(self.open[at].mark) > rest:
                break
            opened = self.open[at].mark
            rest -= len(opened)
            self._close(at, end - rest, opened)
        if left and rest:
            at = end - rest
            if token[0] == "~":
                self.open.append(Open(at, "~~"))
                return
            if rest % 2:
                self.open.append(Open(at, token[0]))
            self.open += [
                Open(at + rest % 2 + 2 * i, token[0] * 2) for i in range(min(2, rest // 2))
            ]

    def _opener(self, char: str) -> int | None:
        return next(
            (at for at in reversed(range(len(self.open))) if self.open[at].mark[0] == char), None
        )

    def _close(self, at: int, end: int, mark: str) -> None:
        self.stretches.append(Stretch(self.open[at].start, end, mark))
        del self.open[at:]

    def _is_stale(self, mark: Open) -> bool:
        """Say whether a bracket is too far back to become a link."""
        if mark.mark not in {"[", "!["}:
            return False
        is_far = len(self._text) - mark.end > _LONGEST_WORDS
        return is_far or "\n" in self._text[mark.end :]


def _is_mark(char: str) -> bool:
    return not char.isalnum() and not char.isspace()
