"""An answer as what is said of it: its text in, as it streams, sentences out, each once it is sure.

Lines are read as `tickertape.markup.lines` reads them: paragraphs, titles and items are cut by
themselves; fences, tables and formulas are announced where they begin, and their insides are not
said. What is given depends on the text up to there, never on the pieces in which it came: feeding
the whole text at once gives the same sentences.
"""

from __future__ import annotations

import re
from typing import Final

from tickertape.markup.formulas import begins
from tickertape.markup.lines import FRESH, Leaf, State, goes_on, step
from tickertape.markup.parse import parse
from tickertape.speech.text.paragraph import SpokenParagraph
from tickertape.speech.text.phrases import ENGLISH, Phrases
from tickertape.speech.text.wording import announced, can_be_said, paragraphs

__all__ = ["SentenceSplitter", "sentences"]

_LEAD = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+[> \t]*)*(?:\[(?P<box>[ xX])\][ \t]+)?")
_QUOTED = re.compile(r"[ \t>]*")
_TITLE = re.compile(r"[ \t]*#{1,6}[ \t]+")
# With these a line has shown what it is: a letter behind its markers, or a whole first word.
_KNOWN = re.compile(rf"(?:{_LEAD.pattern}(?:#{{1,6}}[ \t]+)?[^\W\d_]|[^\s|]*[^\W_][^\s|]*[ \t])")
# No marker is longer: a line that has not shown itself by then is waited for.
_LONGEST_LEAD: Final = 64
_UNKNOWN: Final = frozenset({Leaf.FENCE, Leaf.FORMULA, Leaf.DETAILS, Leaf.TABLE})


def sentences(text: str, phrases: Phrases = ENGLISH) -> list[str]:
    """Return all sentences of a whole text."""
    splitter = SentenceSplitter(phrases)
    return [*splitter.feed(text), *splitter.end()]


class SentenceSplitter:
    """A text that grows, as sentences."""

    __slots__ = ("_details", "_is_begun", "_line", "_paragraph", "_phrases", "_state", "_taken")

    def __init__(self, phrases: Phrases = ENGLISH) -> None:
        """Begin with nothing.

        Args:
            phrases: What is said instead of what is not read out.
        """
        self._phrases = phrases
        self._state: State = FRESH
        self._line = ""
        self._taken = 0
        self._is_begun = False
        self._paragraph: SpokenParagraph | None = None
        self._details: list[str] = []

    def feed(self, text: str) -> list[str]:
        """Add text; return the sentences that are certain."""
        result: list[str] = []
        while text:
            end = text.find("\n")
            piece, text = (text, "") if end < 0 else (text[:end], text[end + 1 :])
            self._grow(piece, result)
            if end >= 0:
                self._end_line(result)
        return result

    def end(self) -> list[str]:
        """Return the remaining sentences, at the end of the text."""
        result: list[str] = []
        if self._line:
            self._end_line(result)
        self._end_paragraph(result)
        self._end_details(result)
        return result

    def _grow(self, piece: str, result: list[str]) -> None:
        """Take more of the last line."""
        if not piece:
            return
        before = len(self._line)
        self._line += piece
        if not self._is_begun:
            self._try_to_begin(before, result)
        if self._is_begun and self._paragraph is not None:
            self._say(self._line[self._taken :], result)
            self._taken = len(self._line)

    def _try_to_begin(self, before: int, result: list[str]) -> None:
        """Begin the line at the first character with which it is known what it is."""
        if self._state.leaf in _UNKNOWN:
            return
        for end in range(before + 1, min(len(self._line), _LONGEST_LEAD) + 1):
            beginning = self._line[:end]
            if not _KNOWN.fullmatch(beginning):
                continue
            after, _ = step(self._state, beginning)
            if after.leaf not in _UNKNOWN and not after.is_done:
                self._begin(beginning, after, result)
                return

    def _begin(self, beginning: str, after: State, result: list[str]) -> None:
        """Begin a line of a paragraph, or a title; the rest of it is yet to be taken."""
        self._is_begun = True
        kept = goes_on(self._state, beginning)
        is_new = len(after.boxes) > kept or after.leaf != Leaf.PARAGRAPH
        if is_new or self._state.leaf != Leaf.PARAGRAPH or self._paragraph is None:
            self._end_paragraph(result)
            self._open_paragraph(beginning, after, kept)
        else:
            found = _QUOTED.match(beginning)
            self._taken = found.end() if found else 0

    def _open_paragraph(self, beginning: str, after: State, kept: int) -> None:
        opened = after.boxes[kept:]
        lead, at = "", 0
        found = (_LEAD if opened else _QUOTED).match(beginning)
        if found:
            at = found.end()
        if opened:
            number = next((box.number for box in reversed(opened) if box.number), 0)
            box = found["box"] if found else None
            words = [f"{number}."] if number else []
            if box is not None:
                words.append(self._phrases.unticked if box == " " else self._phrases.ticked)
            lead = " ".join(words)
        if after.leaf != Leaf.PARAGRAPH and (title := _TITLE.match(beginning, at)):
            at = title.end()
        self._taken = at
        self._paragraph = SpokenParagraph(self._phrases, lead)

    def _end_line(self, result: list[str]) -> None:
        """Take the end of the last line."""
        line = self._line.rstrip("\r")
        before, (after, _) = self._state, step(self._state, line)
        if self._is_begun:
            self._finish_begun(after, result)
        else:
            self._whole_line(line, before, after, result)
        self._state = after
        self._line, self._taken, self._is_begun = "", 0, False

    def _finish_begun(self, after: State, result: list[str]) -> None:
        if self._paragraph is not None and after.leaf == Leaf.PARAGRAPH:
            self._say("\n", result)
        else:
            self._end_paragraph(result)

    def _whole_line(self, line: str, before: State, after: State, result: list[str]) -> None:
        """Take a line that was not begun before it was complete."""
        if Leaf.DETAILS in (before.leaf, after.leaf) or _is_details(line, after):
            self._end_paragraph(result)
            self._details.append(line)
            if after.leaf != Leaf.DETAILS:
                self._end_details(result)
            return
        is_same = before.leaf == after.leaf and before.boxes == after.boxes
        if is_same and after.leaf in (Leaf.FENCE, Leaf.FORMULA):
            return
        match after.leaf:
            case Leaf.FENCE:
                self._announce(self._phrases.code_block(after.again.lstrip("`~")), result)
            case Leaf.FORMULA:
                self._announce(self._phrases.formula, result)
            case Leaf.TABLE if before.leaf != Leaf.TABLE:
                header = self._paragraph.take_line() if self._paragraph else before.title
                self._announce(announced(header, self._phrases), result)
            case Leaf.TABLE:
                pass
            case Leaf.PARAGRAPH:
                self._begin(line, after, result)
                self._say(line[self._taken :] + "\n", result)
            case _ if before.leaf not in (Leaf.FENCE, Leaf.FORMULA):
                self._other_line(line, after, result)

    def _other_line(self, line: str, after: State, result: list[str]) -> None:
        """Take an empty line, a divider, a title, or a formula in one line."""
        self._end_paragraph(result)
        if after.is_done and begins(line):
            self._announce(self._phrases.formula, result)
        elif _TITLE.match(_LEAD.sub("", line, count=1)):
            self._begin(line, after, result)
            self._say(line[self._taken :], result)
            self._end_paragraph(result)

    def _announce(self, words: str, result: list[str]) -> None:
        self._end_paragraph(result)
        if can_be_said(words):
            result.append(words)

    def _say(self, text: str, result: list[str]) -> None:
        if self._paragraph is not None:
            result += self._paragraph.add(text)

    def _end_paragraph(self, result: list[str]) -> None:
        if self._paragraph is not None:
            result += self._paragraph.end()
            self._paragraph = None

    def _end_details(self, result: list[str]) -> None:
        """Add the sentences of a `<details>` block: its title and its contents."""
        if self._details:
            result += _sentences_of(paragraphs(parse("\n".join(self._details)), self._phrases))
            self._details = []


def _is_details(line: str, after: State) -> bool:
    """Return whether the line is a whole `<details>` block."""
    return after.is_done and line[:8].lower() == "<details"


def _sentences_of(texts: list[str]) -> list[str]:
    """Split texts that are parsed already."""
    result: list[str] = []
    for text in texts:
        paragraph = SpokenParagraph(ENGLISH)
        result += [*paragraph.add(text), *paragraph.end()]
    return result
