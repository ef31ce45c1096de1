"""Where a sentence ends, in a text that is still being written.

    search(text, begin, at)  ->  End(...)    a sentence ends there, whatever follows
                             ->  At(...)     look on from there, when there is more

A decision is made as soon as the text up to it decides it, and depends on nothing behind that: so
it is the same however a text is cut into pieces. A full stop waits for the next visible character,
which tells an abbreviation from an end; the end of a line does not.

Why this is our own: of the libraries for it (pysbd, sentencesplit, sentencex, nupunkt; 2026-11)
none says which sentences of a text that goes on are certain. On a paragraph of 350 characters in
seven languages, three of them gave sentences to some beginning of it that they took back later; the
fourth knows no CJK stops. All read the whole text again for each piece, in 0.6 to 5 ms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from tickertape.speech.text.abbreviations import BEFORE_NUMBERS, INNER, MAYBE_LAST

__all__ = ["LONGEST", "At", "End", "Found", "search"]

LONGEST: Final = 400
"""Characters after which a sentence without an end is cut: some 25 s of speech, which is as long as
one wants to wait for a stop to have an effect on what an engine is asked for."""

# Shorter pieces than a quarter of that are not worth a pause in the wrong place.
_LEAST: Final = LONGEST // 4

# Wrapped text fills its lines (to 66 to 80 columns); where a line ends earlier, it was meant to.
_SHORT_LINE: Final = 60

_CLOSERS = r"[\"'”’»›)\]*_~」』）》】〉]*"
_WIDE = "。！？｡．؟۔।॥։።។။"
_CANDIDATE = re.compile(
    rf"(?P<stop>[.!?…]+)(?P<closed>{_CLOSERS})(?=\s|\Z)|(?P<wide>[{_WIDE}]+)(?P<shut>{_CLOSERS})|\n"
)
_SKIPPED = re.compile(r"[ \t*_~\"'“‘«‹(\[¿¡「『（《【—–-]*")
_CLAUSE = re.compile(r"[,;:–—](?=\s)|[、，；：،؛]")
_WORD = re.compile(r"[^\s(\[\"'“‘«*_~]+\Z")
_LETTERS = re.compile(r"[^\W\d_]{1,3}(?:\.[^\W\d_]{1,3})+\Z")
_MARKER = re.compile(r"\s*[(\[]?(?:\d{1,3}|[^\W\d_])\Z")
# German writes ordinals with a stop: "am 3. Mai".
_ORDINAL = re.compile(
    r"\b(?:am|ab|bis|seit|im|vom|zum|der|des|dem|den|die|das|und)\s\d{1,2}\Z", re.IGNORECASE
)
# "It was I." in the languages that have such words, and the names of unknowns.
_ONE_LETTER_WORDS = frozenset("iaàoóyeèéхяивскоуnkx")
_QUOTES = re.compile(r"[\"'”’»›)\]」』）》】〉]")


@dataclass(frozen=True, slots=True)
class End:
    """A sentence ends."""

    at: int
    """Behind its last character."""
    is_cut: bool = False
    """Whether it ends there only because it is too long."""


@dataclass(frozen=True, slots=True)
class At:
    """No sentence ends up to here."""

    at: int
    """Where to look on when there is more text."""


Found: TypeAlias = End | At
"""What came of looking for an end."""


def search(text: str, begin: int, at: int, *, is_whole: bool = False) -> Found:
    """Look for the end of the sentence that begins at `begin`.

    Args:
        text: A paragraph, as far as it is written; its marks of Markdown may be in it.
        begin: Where the sentence begins.
        at: Where to look from: `begin`, or what the last call said.
        is_whole: Whether nothing more comes. The rest behind the last `End` is a sentence then.
    """
    limit = begin + LONGEST
    for found in _CANDIDATE.finditer(text, at):
        if found.start() >= limit:
            break
        match _ends(text, begin, found, is_whole=is_whole):
            case None:
                return At(found.start())
            case True:
                return End(found.end())
    may_head = "|" in text[text.rfind("\n", 0, limit) + 1 : limit]
    if len(text) > limit and (is_whole or not may_head):
        return End(_cut(text, begin, limit), is_cut=True)
    return At(max(at, min(len(text), limit)))


def _ends(text: str, begin: int, found: re.Match[str], *, is_whole: bool) -> bool | None:
    """Return whether a sentence ends at a candidate; None if more text must decide."""
    line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
    if "|" in line and not is_whole:
        return False  # it may become the header of a table
    behind = text[found.end() :]
    if found[0] == "\n":
        return _ends_line(line, behind.lstrip()[:1], is_whole=is_whole)
    if found["wide"]:
        return _ends_wide(found, behind[:1], is_whole=is_whole)
    blanks = behind[: len(behind) - len(behind.lstrip())]
    follows = ""
    if "\n" not in blanks:
        skipped = _SKIPPED.match(behind)
        follows = behind[skipped.end() if skipped else 0 :][:1]
        if not follows and not is_whole:
            return None
    return _ends_sentence(text[begin : found.start()], found, "" if follows == "\n" else follows)


def _ends_line(line: str, follows: str, *, is_whole: bool) -> bool | None:
    """Decide at the end of a line, where no stop stands: it was meant, or the text is wrapped."""
    if len(line) >= _SHORT_LINE or not line.strip():
        return False
    return None if not follows and not is_whole else not follows.islower()


def _ends_wide(found: re.Match[str], follows: str, *, is_whole: bool) -> bool | None:
    """Decide at a stop behind which no blank has to stand."""
    if not follows:
        return True if is_whole else None
    if follows.isdigit() and found["wide"] == "．":
        return False
    return not (_QUOTES.search(found["shut"]) and follows.isalnum())


def _ends_sentence(before: str, found: re.Match[str], follows: str) -> bool:
    """Decide at a stop with a blank behind it.

    Args:
        before: The sentence up to the stop.
        found: The stop.
        follows: The next letter or figure, or other character; empty at the end of a line.
    """
    stop = found["stop"]
    if "!" in stop or "?" in stop:
        return not (follows.islower() and _QUOTES.search(found["closed"]))
    if stop != ".":
        return not follows or (follows.isalpha() and not follows.islower())
    if _MARKER.match(before) or (follows and _ORDINAL.search(before)):
        return False
    matched = _WORD.search(before)
    written = matched[0] if matched else ""
    word = written.casefold()
    if word in INNER:
        return False
    if word in BEFORE_NUMBERS:
        return not follows.isdigit()
    if word in MAYBE_LAST:
        return not (follows.islower() or follows.isdigit())
    if _LETTERS.match(word) or _is_initial(written):
        return not follows
    return not (follows.islower() and len(word) <= 3)


def _is_initial(word: str) -> bool:
    """Return whether a letter abbreviates a word: "J. R. R. Tolkien", "z. B."."""
    if len(word) != 1 or not word.isalpha():
        return False
    return word != "I" if word.isupper() else word.islower() and word not in _ONE_LETTER_WORDS


def _cut(text: str, begin: int, limit: int) -> int:
    """Return where to split a sentence that is too long: after a clause, else after a word."""
    clauses = [found.end() for found in _CLAUSE.finditer(text, begin + _LEAST, limit)]
    if clauses:
        return clauses[-1]
    blank = max(text.rfind(blank, begin + _LEAST, limit) for blank in " \t\n")
    return blank if blank > begin else limit
