"""One paragraph while it is written: its source in, its sentences out, each once it is certain.

A sentence ends where `boundaries` says, but not within code, a formula or a link. Emphasis that is
open there is closed, and opened again for the next sentence. The sentences depend on the
text alone, never on the pieces in which it came.
"""

from __future__ import annotations

from tickertape.markup.marks import OpenMark, marks
from tickertape.speech.text.boundaries import At, End, search
from tickertape.speech.text.phrases import Phrases
from tickertape.speech.text.wording import can_be_said, said

__all__ = ["SpokenParagraph"]

# Within what is opaque the next look waits until the text is so much longer: a quarter of a
# sentence is no delay to speak of, and a mark that never closes is not looked at a thousand times.
_PATIENCE = 64


class SpokenParagraph:
    """A paragraph, a title or an item of a list."""

    __slots__ = ("_at", "_begin", "_lead", "_open", "_phrases", "_text")

    def __init__(self, phrases: Phrases, lead: str = "") -> None:
        """Begin a paragraph.

        Args:
            phrases: The speaker's own words.
            lead: What is said before its first sentence: an item's number.
        """
        self._phrases = phrases
        self._lead = lead
        self._text = ""
        self._begin = self._at = 0
        self._open = ""

    def add(self, text: str) -> list[str]:
        """Add source text; return the sentences that are certain."""
        self._text += text
        return self._certain(is_whole=False)

    def end(self) -> list[str]:
        """Return the remaining sentences, at the end of the paragraph."""
        sentences = self._certain(is_whole=True)
        sentences += self._sentence(len(self._text))
        return sentences

    def take_line(self) -> str:
        """Remove its last line, as far as it was not spoken, and return it.

        It turned out to be something else.
        """
        body = self._text.rstrip("\n")
        start = body.rfind("\n") + 1
        self._text = self._text[: max(start, self._begin)]
        return body[start:]

    def _certain(self, *, is_whole: bool) -> list[str]:
        sentences: list[str] = []
        while True:
            found = search(self._text, self._begin, self._at, is_whole=is_whole)
            match found:
                case At(at):
                    self._at = at
                    return sentences
                case End(at, is_cut) if not is_cut and self._is_opaque(at):
                    self._at = at + (1 if at - self._begin < _PATIENCE else _PATIENCE)
                case End(at):
                    sentences += self._sentence(at)

    def _is_opaque(self, at: int) -> bool:
        """Return whether code, a formula or a link is open at a place."""
        opened = marks(self._source(at)).open
        return any(not _is_emphasis(mark) for mark in opened)

    def _source(self, at: int) -> str:
        """Return the sentence that ends at a place, with the emphasis that was open before it."""
        return self._open + self._text[self._begin : at].strip()

    def _sentence(self, at: int) -> list[str]:
        """Return the spoken sentence that ends at a place, and go on behind it."""
        source = self._source(at)
        opened = [mark for mark in marks(source).open if _is_emphasis(mark)]
        closing = "".join(mark.closing for mark in reversed(opened))
        words = said(source + closing, self._phrases)
        self._open = "".join(mark.mark for mark in opened)
        self._begin = self._at = at
        if not can_be_said(words):
            return []
        lead, self._lead = self._lead, ""
        return [f"{lead} {words}" if lead else words]


def _is_emphasis(mark: OpenMark) -> bool:
    return mark.mark[0] in "*_~<"
