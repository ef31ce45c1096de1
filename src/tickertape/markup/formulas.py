r"""Formulas that go over lines: `$$…$$`, `\[…\]`, and LaTeX's environments (`\begin{align}`).

A formula has no empty line in it, no fence, no table and nothing that unfolds: where one of these
stands before its close, it is none, and its marks are words. An environment is shown as it is
written, with its marks; one that begins a line is shown so even where its close never came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tickertape.markup.fences import MARKERS
from tickertape.markup.signs import NUMBER

__all__ = [
    "NOTHING_OPEN",
    "FoundFormula",
    "Opened",
    "begins",
    "closed_at",
    "first",
    "is_mathematical",
    "is_money",
    "is_price",
    "is_words",
    "may_be_names",
    "opened_at",
    "opened_behind",
    "over_lines",
]

# What begins a formula within words; code and escapes before it are passed over.
_BEGIN = re.compile(
    r"(?P<code>`+)|(?P<opener>(?<!\$)\$\$(?!\$)|\\\[|\\begin\{[A-Za-z]{1,32}\*?\})|\\.", re.DOTALL
)
_NO_FORMULA = re.compile(
    r"[ \t>]*(?:$|`{3}|~{3}|<details|\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)+$)",
    re.IGNORECASE,
)
# A letter that is neither Latin, Greek nor a sign of mathematics.
_FOREIGN = r"[^\W\d_\x00-\u03ff\u2100-\u2188\U0001d400-\U0001d7ff]"
# `Sushi ($$), Thai ($$$)` tells how dear it is: nothing of LaTeX, no call, and words next to
# punctuation, or none.
_MONEY = re.compile(
    r"(?=\s*\S)(?![^\n]*(?:[\\^_{}=]|[A-Za-z0-9]\())"
    r"(?:[\W_]*|\s*(?:or|to|and)\s*"
    r"|(?=.*[),;:·•–—，。；：、）])(?:.*?[\W\d_])?(?:[^\W\d_]{3}|[^\W\d_\x00-\u03ff]).*)\Z",
    re.DOTALL,
)
# `$5 for coffee, 10$ for lunch`: a number, and words of at least two letters behind a blank, or a
# letter that is neither Latin nor Greek. `$变量和$变量`: only words of such letters.
# `$@` and `{$a}-{$b}` are names.
_PRICE = re.compile(
    rf"\d.*(?:\s[^\W\d_]{{2,}}|{_FOREIGN})|\d[\d.,\s]*[-–—~/]?\Z|\d.*[-–—]\Z"
    rf"|(?=.*{_FOREIGN})[^\x00-\x1f!-&(-+.-~]+\Z|[@?#]|[^{{\\]*\}}",
    re.DOTALL,
)
# What begins the name of a shell's or a template's variable with the sign behind it, and ends such
# a name or stands between two: `${a}:${b}`, `$(a)-$(b)`, `$_GET[0].$_GET[1]`.
_NAME = re.compile(r"\{|_[A-Za-z]")
_NAMES = re.compile(r"[({]|.*[-:/.,;=&@|+]\Z|[A-Za-z_]\w{2,}\Z", re.DOTALL)
_MAY_BE_NAMES = re.compile(r"\{\w*\}|\([a-z]{2,}\b[^()]*\)|.*[-:/=&@|+]\Z", re.DOTALL)
# What only LaTeX has; and what it has not, but Telegram's own Markdown escapes and marks.
_LATEX_ITSELF = re.compile(r"\\[A-Za-z]|[\^{]|(?<![\\*_\s])_|_(?=\{)")
_ESCAPES = re.compile(r"(?<!\\)\\[-.!*+=~#>_()\[\]]|([*_~]{1,2})\w(?:.*\w)?\1\Z")
# Signs of formulas, which words and numbers do without.
_MATHS = re.compile(r"[\\^_{}()\[\]+=<>*|]")
_NO_MATHS = re.compile(r"[^A-Za-z\u0370-\u03ff\\^_{}()\[\]+=<>*|.!~#×÷±\u2190-\u22ff-]+")
_PLAIN_WORD = re.compile(rf"(?![A-Z]+\b)[^\W\d_]{{3,}}|{_FOREIGN}")
_WORD = re.compile(
    rf"[^\W\d_]{{3,}}|[A-Z]{{2,}}|{_FOREIGN}|[A-Za-z]\.|\d\s[A-Za-z]{{2,}}|[\"“”«»@]"
)
_ITEM = re.compile(rf"([ \t>]*)(?:[-*+]|{NUMBER}[.)])(?:[ \t]|\Z)")
# What an environment holds, or its arguments: `\begin{align} is how it begins` is a sentence.
_HOLDS = re.compile(r"(?:[\[{][^\]}\n]*[\]}])*[ \t]*(?:$|.*[&\\^_=])")


class Opened(NamedTuple):
    """A formula that is open behind a line."""

    opener: str = ""
    """What begins it; empty: there is none."""
    depth: int = 0
    """How many environments of the same name are open within it."""

    @property
    def closing(self) -> str:
        """What closes it."""
        if self.opener.startswith("\\begin"):
            return self.opener.replace("begin", "end")
        return {"\\[": "\\]"}.get(self.opener, self.opener)


NOTHING_OPEN = Opened()


class FoundFormula(NamedTuple):
    """A formula in a text."""

    source: str
    """Its LaTeX; an environment with its marks."""
    end: int
    """Behind its close, in code points."""


def begins(line: str) -> bool:
    """Return whether a line begins with the mark of a formula that has lines for itself."""
    found = _BEGIN.match(line) if line.startswith(("$$", "\\[", "\\begin{")) else None
    if found is None or not found["opener"] or _tells_price(found):
        return False
    if found["opener"] == "\\[":
        held = line[found.end() :].partition("\\]")[0]
        return not held.strip() or not is_words(held, is_latex=held[0].isspace())
    return not found["opener"].startswith("\\begin") or bool(_HOLDS.match(line, found.end()))


def closed_at(line: str) -> int:
    """Return where the formula ends that a line begins with; -1: it goes on."""
    found = _BEGIN.match(line)
    return _close(line, found.end(), Opened(found["opener"]))[0] if found else -1


def opened_behind(opened: Opened, line: str) -> Opened | None:
    """Return what is open behind a line; None where no formula goes on with such a line.

    Args:
        opened: What is open above it.
        line: The line from the edge of the innermost box.
    """
    if opened.opener and _NO_FORMULA.match(line):
        return None
    at = 0
    while True:
        if opened.opener:
            end, depth = _close(line, at, opened)
            if end < 0:
                return opened._replace(depth=depth)
            at = end
        found = _opener(line, at)
        if found is None:
            return NOTHING_OPEN
        opened, at = Opened(found["opener"]), found.end()


def first(text: str) -> FoundFormula | None:
    """Return the formula that a text begins with; None where it begins with none."""
    line_end = _line_end(text, 0)
    found = _BEGIN.match(text)
    if found is None or not begins(text[:line_end]):
        return None
    opened, at, place = Opened(found["opener"]), 0, found.end()
    is_environment = opened.opener.startswith("\\begin")
    while True:
        end, depth = _close(text[at:line_end], place, opened)
        if end >= 0:
            source = text[: at + end] if is_environment else text[2 : at + end - 2]
            return FoundFormula(source, at + end) if source.strip() else None
        opened, place = opened._replace(depth=depth), 0
        at = line_end + 1
        line_end = _line_end(text, at)
        if at >= len(text) or _NO_FORMULA.match(text[at:line_end]):
            return FoundFormula(text[:at], at) if is_environment else None


def over_lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield where environments, and formulas between dollars on several lines, stand."""
    for opener, begin, end in _found(text):
        is_environment = opener.startswith("\\begin")
        if end >= 0 and (is_environment or (opener == "$$" and "\n" in text[begin:end])):
            yield begin, end


def opened_at(text: str) -> int:
    """Return where the formula begins that is open at the end of a text, or -1.

    A last line that says nothing is not known to be empty.
    """
    return next((begin for _, begin, end in _found(text.rstrip("\n\t >")) if end < 0), -1)


def _found(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what begins each formula, and where it stands; -1: it is open at the end."""
    at, begin, opened, edge = 0, 0, NOTHING_OPEN, 0
    for line in text.split("\n"):
        place = 0
        if opened.opener and (_NO_FORMULA.match(line) or _is_item(line, edge)):
            opened = NOTHING_OPEN
        while True:
            if opened.opener:
                end, depth = _close(line, place, opened)
                if end < 0:
                    opened = opened._replace(depth=depth)
                    break
                yield opened.opener, begin, at + end
                opened, place = NOTHING_OPEN, end
            found = _opener(line, place)
            if found is None:
                break
            opened, place, begin = Opened(found["opener"]), found.end(), at + found.start()
            edge = _edge(line)
        at += len(line) + 1
    if opened.opener:
        yield opened.opener, begin, -1


def _edge(line: str) -> int:
    """Return where the words of a line begin, after the markers of items and quotes."""
    found = MARKERS.match(line)
    return found.end() if found else 0


def _is_item(line: str, edge: int) -> bool:
    """Return whether a line begins an item left of the edge above: it ends a formula."""
    found = _ITEM.match(line)
    return found is not None and len(found[1]) < edge


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)


def _opener(line: str, at: int) -> re.Match[str] | None:
    """Find the next mark that begins a formula, which does not stand in code."""
    while found := _BEGIN.search(line, at):
        at = found.end()
        if found["opener"] and not _tells_price(found):
            return found
        if run := found["code"]:
            close = re.compile(f"(?<!`){run}(?!`)").search(line, at)
            at = close.end() if close else at
    return None


def is_money(text: str) -> bool:
    """Return whether what follows two dollar signs, up to the next, makes a price of them."""
    return bool(_MONEY.match(text))


def is_price(formula: str, before: str, after: str) -> bool:
    """Return whether what stands between two dollar signs makes prices or names of them.

    Args:
        formula: What stands between them.
        before: The character before the first, if any.
        after: The two characters behind the second, if any.
    """
    if any(char.isascii() and char.isalnum() for char in (before, after[:1])):
        return True
    if _NAME.match(after) or (after[:1] == "(" and _NAMES.match(formula)):
        return True
    return bool(_PRICE.match(formula)) or (after[:1].isalpha() and may_be_names(formula))


def may_be_names(formula: str) -> bool:
    """Return whether what follows the second of two dollar signs may make names of both."""
    return bool(_MAY_BE_NAMES.fullmatch(formula))


def is_words(held: str, *, is_latex: bool) -> bool:
    r"""Return whether LaTeX's brackets are escaped ones around words: `\(page 5\)`, `\(v2\.0\)`.

    Args:
        held: What they hold.
        is_latex: Whether blanks within the brackets, or a formula before them, tell of LaTeX: then
            a number and capital letters are formulas.
    """
    if "://" in held or (_ESCAPES.search(held) and not _LATEX_ITSELF.search(held)):
        return True
    if (_PLAIN_WORD if is_latex else _WORD).search(held) and not _MATHS.search(held):
        return True
    return not is_latex and bool(_NO_MATHS.fullmatch(held))


def is_mathematical(held: str) -> bool:
    """Return whether a formula in LaTeX's brackets tells that they are LaTeX's in its text."""
    return bool(_MATHS.search(held))


def _tells_price(found: re.Match[str]) -> bool:
    line, at = found.string, found.end()
    return found["opener"] == "$$" and is_money(line[at : _line_end(line, at)].partition("$")[0])


def _close(line: str, at: int, opened: Opened) -> tuple[int, int]:
    """Return where a formula ends, or -1, and how many environments are open within it."""
    if opened.opener == "$$":
        end = re.compile(r"(?<![\\$])\$\$(?!\$)").search(line, at)
        return (end.end() if end else -1), 0
    if opened.opener == "\\[":
        end = re.compile(r"(?<!\\)\\\]").search(line, at)
        return (end.end() if end else -1), 0
    depth = opened.depth
    name = re.escape(opened.opener[len("\\begin") :])
    for found in re.compile(rf"\\(begin|end){name}").finditer(line, at):
        if found[1] == "begin":
            depth += 1
        elif depth == 0:
            return found.end(), 0
        else:
            depth -= 1
    return -1, depth
