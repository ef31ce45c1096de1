r"""Which runs of `*`, `_` and `~` open and close emphasis: known from what stands around each.

CommonMark asks only whether a blank or punctuation stands there. That fails where words have no
blanks between them (`这是**“重点”**的`), and where a word follows at once (`**Bold:**text`); and it
takes stars for emphasis that multiply (`5*3`), raise (`x**2`) or stand for any name (`*.py`). So
the characters around a run are sorted into *sides*, in every script alike, and two tables say which
sides open and which close. Where both are possible, a run closes what is open, else it opens.

The facts about CJK are those of the amendment "CommonMark CJK-friendly"; the rest is what models
write. Parser and previews both read emphasis here, so that they agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category

from tickertape.markup.signs import FOLDER

__all__ = [
    "BRACKET",
    "END",
    "LINK_END",
    "Emphasis",
    "MarkRun",
    "Pair",
    "encloses",
    "is_apart",
    "run_of",
]

# The sides. A blank, or nothing; a letter with a case, as in writings with blanks between words and
# in formulas; a digit; any other letter, mark or emoji; opening brackets, of ASCII and others;
# closing ones, the others with full-width stops; ASCII's stops; a slash; all other signs.
_BLANK, _WORD, _DIGIT, _LETTER = " ", "a", "1", "字"
_OPENING, _WIDE_OPENING, _CLOSING, _WIDE_CLOSING = "(", "«", ")", "»"
_STOP, _SLASH, _SIGN = ".", "/", "+"

# By the side before a run: the sides behind it with which it opens, if it is of two marks or more.
_OPENS = {
    _BLANK: "a1字(«)».+",
    _OPENING: "a1字(«)».+",
    _WIDE_OPENING: "a1字(«)».+",
    _STOP: "a1字(«+",
    _SIGN: "a1字(«».+",
    _SLASH: "a1字«",
    _CLOSING: "a字«",
    _WIDE_CLOSING: "a1字(«+",
    _WORD: "a字«",
    _DIGIT: "字«",
    _LETTER: "a1字(«+",
}
# The same for closing; behind all but a blank, a blank may follow.
_CLOSES = {
    _BLANK: "",
    _OPENING: " («)».+",
    _WIDE_OPENING: " («)».+",
    _STOP: " a1字(«)».+/",
    _SIGN: " a1字(«)».+/",
    _SLASH: " ",
    _CLOSING: " a字(«)».+/",
    _WIDE_CLOSING: " a1字(«)».+/",
    _WORD: " a字(«)».+/",
    _DIGIT: " a字(«)».+/",
    _LETTER: " a1字(«)».+/",
}
# What a single mark does not do: products, globs (`*.py`, `a.*b`), pointers (`x=*p`).
_NOT_ALONE_OPENS = {" .", "(.", "«.", ")a", "aa", "++", "字+", ".1", "+1"}
_NOT_ALONE_CLOSES = {"1a", "+a", "+1"}
# Where `_` is part of an address or a name: `/_next_/`, `a._b_`, `@_me_`, `?q=_x_`.
_BEFORE_NAMES = "/\\.@=&?#$"
# Behind which a run may close although a word follows at once.
_LOOSE = " a1字(«»"

BRACKET = "&#8;"
"""A character that no server keeps, in the place of a bracket that is not shown: marks read it as
the bracket, and no block begins with it."""

END = "<!---->"
"""A tag that is not shown: a mark before it stands at the end, and one behind it may close."""

LINK_END = "»"
"""What marks read in the place of a link's end: unlike a parenthesis, nothing multiplies it."""

_NEUTRAL = "…·•¡¿†‡※‥"  # punctuation that stands as well before words as behind them
_ASCII = {
    **dict.fromkeys("({", _OPENING),
    "[": _WIDE_OPENING,  # of a link
    **dict.fromkeys(")]}", _CLOSING),
    **dict.fromkeys(".,:;!?%", _STOP),
    **dict.fromkeys(("/", FOLDER), _SLASH),
    "`": _LETTER,  # code is a word, whatever it holds
}
_BRACKETS = {"Ps": _WIDE_OPENING, "Pi": _WIDE_OPENING, "Pe": _WIDE_CLOSING, "Pf": _WIDE_CLOSING}

_MARKS = "*_~"
_EACH = ("*", "_", "~")
_WORD_END = re.compile(r"[^\W\d_]|['’]|[^\x00-\x7f]")
# So many openers around one are asked whether they are like it: there are not many kinds.
_MOST_KINDS = 4
# `**/etc/hosts**` is bold, `**/*.py` is a pattern.
_ROOT = re.compile(r"/[\w.~-]")
_HOME = re.compile(rf"[*_]*~(?=[/{FOLDER}])")
_BEFORE_ROOTS = {_BLANK, _OPENING, _WIDE_OPENING, _WIDE_CLOSING, _STOP, _LETTER}
_GAP = re.compile(r"\s")
_PARENTHESES = re.compile(r"[()]")
_CALLED = re.compile(r"[A-Za-z0-9_]")
_ESCAPE = re.compile(r"\A\\(?=[!-/:-@\[-`{-~])")


class MarkRun(NamedTuple):
    """A run of one mark, and what it can do."""

    start: int
    """Where it begins in its source."""
    end: int
    """Where it ends."""
    char: str
    """The mark: `*`, `_` or `~`."""
    before: str
    """The side before it."""
    after: str
    """The side behind it."""
    opens: bool
    """Whether it may open."""
    closes: bool
    """Whether it may close."""
    is_doubtful: bool = False
    """Whether it is a word's own character until something closes it."""
    is_added: bool = False
    """Whether it was not said: it closes in a preview what more likely is open."""

    @property
    def length(self) -> int:
        """How many marks it has."""
        return self.end - self.start

    @property
    def is_product(self) -> bool:
        """Whether it may as well multiply what stands around it."""
        before = "a1)字" if self.after in "1(" else "a1)"
        return self.char == "*" and self.before in before and self.after in "a1("

    def is_pattern(self, closer: MarkRun) -> bool:
        """Return whether both are of patterns: `**/build/**`, `/*x.c or /y/*`, `/*x*/`."""
        if closer.before == _SLASH:
            return _SLASH in (self.before, self.after)
        return self.before == closer.after == _SLASH and self.length == closer.length == 1


class Pair(NamedTuple):
    """Marks that enclose something."""

    opener: MarkRun
    """The run that opens."""
    closer: MarkRun
    """The run that closes."""
    start: int
    """Where the opening marks begin."""
    end: int
    """Where the closing marks end."""
    marks: int
    """How many marks there are on each side: 1 or 2."""


def run_of(char: str, start: int, end: int, before: str, after: str) -> MarkRun:
    """Return the run of a mark.

    Args:
        char: The mark.
        start: Where the run begins.
        end: Where it ends.
        before: The characters before it, two of them or more where there are any.
        after: The characters behind it.
    """
    is_added = before.endswith(END)
    return MarkRun(start, end, char, *_kind(char, end - start, before, after), is_added)


# A text that grows is read again and again, with the same runs in it.
@lru_cache(maxsize=4096)
def _kind(char: str, count: int, before: str, after: str) -> tuple[str, str, bool, bool, bool]:
    """Return the sides of a run, whether it may open and close, and whether that is doubtful."""
    left, right = before.rstrip(_MARKS), _ESCAPE.sub("", after.lstrip(_MARKS))
    if left.endswith("\\"):
        left = before[: len(left) + 1]  # an escaped mark
    if right.startswith(END):
        right = ""
    elif _HOME.match(after):
        right = "~" + right
    sides = _before(left) + _after(right, _OPENING if count == 1 else _WIDE_OPENING)
    opens, closes = sides[1] in _OPENS[sides[0]], sides[1] in _CLOSES[sides[0]]
    # Where only other marks stand between it and a blank, they are signs to it.
    if sides[1] == _BLANK and after[:1] in _EACH:
        opens = _SIGN in _OPENS[sides[0]]
    if sides[0] == _BLANK and before[-1:] in _EACH:
        closes = sides[1] not in "a1字"
    if count > 1 and sides[0] in _BEFORE_ROOTS and _ROOT.match(right):
        opens = True
    if left[-1:] == FOLDER:
        opens = False
    if count == 1:
        opens = opens and sides not in _NOT_ALONE_OPENS and left[-1:] != "."
        closes = (
            closes and sides not in _NOT_ALONE_CLOSES and (left[-1:] != "(" or bool(right.strip()))
        )
    if char == "_":
        opens = opens and (before[-1:] in _EACH or _opens_low(sides, count, left[-1:]))
        closes = closes and (after[:1] in _EACH or _closes_low(sides, count, left[-1:]))
    elif char == "~" and count != 2:  # one is an estimate: `~5`
        opens = closes = False
    run = MarkRun(0, count, char, sides[0], sides[1], opens, closes)
    return sides[0], sides[1], opens, closes, opens and _is_doubtful(run, left)


def _is_doubtful(run: MarkRun, left: str) -> bool:
    """Return whether a run that may open more likely does not: `x**n`, `2*(3+4)`."""
    if run.length == 1:
        return run.is_product or (run.before in "+/)" and run.after in "a1(.+")
    ends_word = left[-1:].isalpha() and _WORD_END.match(left[-2:-1])
    return run.is_product and run.before != _LETTER and not ends_word


def _opens_low(sides: str, count: int, last: str) -> bool:
    """Return whether `_` opens: not within a word, nor within a name or an address."""
    if sides[0] == _LETTER:
        return count > 1 or sides[1] in "(«"
    return sides[0] not in "a1" and (not last or last not in _BEFORE_NAMES)


def _closes_low(sides: str, count: int, last: str) -> bool:
    """Return whether `_` closes: `__Bold:__text` and `_注_文字` do, `_a._b` does not.

    What opens within a word of any script is of a name (`变量_名_字`): this closes nothing there.
    """
    if sides[1] not in "a1":
        return True
    return sides[0] == _WIDE_CLOSING or (count > 1 and sides[0] in ".)" and last != ".")


def _before(text: str) -> str:
    """Return the side at the end of what stands before a run."""
    char = text[-1:]
    if char in {'"', "'"}:
        return _OPENING if _side(text[-2:-1]) in " («" else _STOP
    if char == "$":
        return _STOP
    if text.endswith(("-->", BRACKET)):
        return _OPENING  # nothing is seen of it
    side = _side(char)
    if side == _WIDE_OPENING and _side(text[-2:-1]) in "a1." and category(char) == "Pi":
        return _WIDE_CLOSING  # „so“
    return side


def _after(text: str, quote: str) -> str:
    """Return the side at the beginning of what stands behind a run; `quote` is an opening one's."""
    char = text[:1]
    if text.startswith("<!--"):
        return _CLOSING
    if text.startswith(BRACKET):
        return _WIDE_OPENING
    if char == FOLDER:
        return _LETTER  # of a server, or of a home
    if char in {'"', "'"}:
        return _CLOSING if _side(text[1:2]) in " .)»" else quote
    return _side(char)


@lru_cache(maxsize=4096)
def _side(char: str) -> str:
    if not char or char.isspace():
        return _BLANK
    if char.isascii() and not char.isalnum():
        return _ASCII.get(char, _SIGN if char.isprintable() else _LETTER)
    kind = category(char)
    if kind[0] == "N":
        return _DIGIT
    if kind[0] == "L":
        return _WORD if char.lower() != char.upper() else _LETTER
    if kind == "Po" and char not in _NEUTRAL:
        return _WIDE_CLOSING
    return _SIGN if kind in {"Sc", "Sm"} else _BRACKETS.get(kind, _LETTER)


def encloses(opener: MarkRun, closer: MarkRun, *, is_double: bool, is_apart: bool) -> bool:
    """Return whether two runs of one mark, of which the first may open, enclose what is between.

    Args:
        opener: The first.
        closer: The last, which may close.
        is_double: Whether two marks are left of each.
        is_apart: Whether a blank stands between them.
    """
    if opener.length + closer.length == 3:
        return False  # `**a*b**`: CommonMark asks for a sum that no three divides
    if opener.is_pattern(closer):
        return False
    if opener.is_doubtful and (closer.opens or closer.is_product):
        return is_double and not is_apart
    is_glued = closer.before in ").»+" and closer.after in "a1字"
    return is_double or not is_glued or opener.before in _LOOSE


def is_apart(gap: str) -> bool:
    """Return whether a blank stands in what is written between two runs."""
    return bool(_GAP.search(gap))


def _is_rest(run: MarkRun, left: int) -> bool:
    """Return whether one mark of two is left, which no single mark closes."""
    return left == 1 and run.length == 2


class _Opener:
    """A run that is open."""

    __slots__ = ("is_doubtful", "left", "number", "run", "word")

    def __init__(
        self, run: MarkRun, left: int, number: int, word: int, *, is_doubtful: bool
    ) -> None:
        self.run = run
        self.left = left
        """How many of its marks are not used; 0: it opens nothing any more."""
        self.number = number
        """How many runs stand before it."""
        self.word = word
        """How many of them have a blank before them: the same for all of one word."""
        self.is_doubtful = is_doubtful
        """Whether it more likely opens nothing, until something closes it."""


class Emphasis:
    """Pairs runs as they come, in linear time."""

    __slots__ = ("_floors", "_number", "_open", "_parentheses", "_word")

    def __init__(self) -> None:
        self._open: list[_Opener] = []
        # For each parenthesis that is open, how many runs stand before it; -1: it is no call's.
        self._parentheses: list[int] = []
        self._number = self._word = 0
        # Up to which number no opener is for a closer of some kind: none is tried twice.
        self._floors: dict[tuple[str, str, str, bool, int, int], int] = {}

    def open(self, gap: str) -> Iterator[tuple[MarkRun, int]]:
        """Return the runs that more likely open than not, and how many marks each has left.

        Args:
            gap: What is written behind the last run.
        """
        if self._parentheses:
            self._read(gap)
        return ((one.run, one.left) for one in self._open if one.left and not one.is_doubtful)

    def take(self, run: MarkRun, gap: str) -> list[Pair]:
        """Take the next run; return what it closes, the inner first.

        Args:
            run: The run.
            gap: What is written between the run before, or the beginning, and this one.
        """
        if self._parentheses or "(" in gap:
            self._read(gap)
        self._number += 1
        self._word += is_apart(gap)
        left = run.length
        pairs: list[Pair] = []
        while run.closes and left:
            opener = self._opener(run, left)
            if opener is None:
                break
            count = 2 if left > 1 and opener.left > 1 else 1
            inner = opener.run.start + opener.left
            outer = run.end - left + count
            pairs.append(Pair(opener.run, run, inner - count, outer, count))
            left -= count
            opener.left -= count
            opener.is_doubtful = _is_rest(opener.run, opener.left)
            if not opener.left:
                self._open.pop()
        if run.opens and left:
            self._push(run, left)
        return pairs

    def _push(self, run: MarkRun, left: int) -> None:
        """Open a run; where one like it is open, more likely neither opens: `int *a, *b`."""
        is_argument = run.char == "*" and self._is_in_call()
        is_doubtful = run.is_doubtful or is_argument or _is_rest(run, left)
        if not is_doubtful:
            for around in self._open[-_MOST_KINDS:]:
                if (around.run.char, around.left) == (run.char, left):
                    around.is_doubtful = True
                    is_doubtful = is_doubtful or not around.run.is_doubtful
        self._open.append(_Opener(run, left, self._number, self._word, is_doubtful=is_doubtful))

    def _is_in_call(self) -> bool:
        return bool(self._parentheses) and self._parentheses[-1] >= 0

    def _read(self, gap: str) -> None:
        """Read the parentheses before a run: what opened within a call closes there or nowhere."""
        for found in _PARENTHESES.finditer(gap):
            if found[0] == "(":
                is_call = _CALLED.match(gap, found.start() - 1)
                self._parentheses.append(self._number if is_call else -1)
            elif self._parentheses and (before := self._parentheses.pop()) >= 0:
                while self._open and self._open[-1].number > before:
                    self._open.pop()

    def forget(self, start: int) -> None:
        """Forget the runs that opened behind `start`: they stand in something that ended."""
        while self._open and self._open[-1].run.start > start:
            self._open.pop()

    def _opener(self, run: MarkRun, left: int) -> _Opener | None:
        """Return what a run closes; what opened behind it opens nothing any more."""
        if not self._open:
            return None
        kind = run.char, run.before, run.after, run.opens, min(left, 2), min(run.length, 3)
        floor = self._floors.get(kind, 0)
        for at in reversed(range(len(self._open))):
            opener = self._open[at]
            if opener.number <= floor:
                break
            is_double = left > 1 and opener.left > 1
            if not opener.left or opener.run.char != run.char:
                continue
            if run.is_added and opener.is_doubtful:
                continue
            if opener.run.is_pattern(run):
                opener.left = 0
            elif encloses(opener.run, run, is_double=is_double, is_apart=opener.word != self._word):
                del self._open[at + 1 :]
                return opener
        self._floors[kind] = self._number - 1
        return None
