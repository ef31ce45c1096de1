"""What a server says again: a whole text behind its pieces, or all so far in each piece.

By every protocol a delta is more of a text. Some servers send all of the text so far in each, some
end with a delta that is all of it once more (QwenLM/qwen-code#3896, tashfeenahmed/
freellmapi#1007), and some begin with all of it. Only the deltas tell, and the reader must see
nothing twice, so a delta that begins with all that came is held back until it is clear what it is:

- the second delta begins with the first and is longer: if the third goes on like that and much was
  repeated, each is all so far; else they are more of the text (`Ha`, `Ha ha`);
- a later delta is all that came once more (`said_again`): if no more comes behind it, only what it
  has beyond that is said;
- deltas behind a text that a block began with say that text once more (`Deltas.begin`).

Text that only repeats its first delta (`no `, `no no `) is a refrain, and is never left out. Of
texts that are too short to be sure the seam tells: who says a thing twice leaves a blank between
(`no way `, `no way `), and a server that says it again does not (`Oslo.`, `Oslo.`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

__all__ = ["LIKELY_WHOLE", "Deltas", "beyond", "said_again"]

_SURE = 12
"""Characters from which on a delta that begins with all that came is no accident. Where a
character is about a word (`_weighs`), they are fewer, here and below."""

_LIKELY = 8
"""The same of the last of three deltas that each begin with the one before."""

_WHOLE = 20
"""Characters of a text from which on it is no refrain when it comes once more ("Row, row")."""

LIKELY_WHOLE = 12
"""The same where the server says that nothing comes behind it."""

_TORN = "\ufffd"
"""What stands for the first bytes of a character at the end of a text that is cut anywhere."""


class Deltas:
    """Takes the deltas of one text, and gives out what each of them adds."""

    __slots__ = ("_began", "_held", "_is_more", "_is_whole", "came", "size")

    def __init__(self) -> None:
        """Begin a text."""
        self.came: list[str] = []
        """The deltas that were given out; where each is the whole text, the last one."""
        self.size = 0
        """Characters in `came` where a delta that is shorter can only be more of the text, which
        the caller may put there and count itself; else 0."""
        self._held: list[str] = []
        # What the text began with, while the deltas behind it may say that again.
        self._began = ""
        # Whether deltas are known to be more of the text, or all of it so far.
        self._is_more = False
        self._is_whole = False

    def begin(self, text: str) -> str:
        """Return what is to be said of a text that comes with the beginning of a block."""
        if text and not self.came:
            self._began, self.came = text, [text]
            return text
        return self.more(text)

    def more(self, delta: str) -> str:
        """Return what is to be said when `delta` came; empty while that is open."""
        if not delta:
            return ""
        if self._began:
            return self._behind_beginning(delta)
        if self._is_more:
            return self._once_more(delta)
        return self._beyond(delta) if self._is_whole else self._growing(delta)

    def rest(self) -> str:
        """Return what was held back, because nothing more comes at present."""
        if not self._held:
            return ""
        if self._began:
            return self._go_on()
        if self._is_more:
            rest = said_again(self.came, self._held.pop()) or ""
            self._held.clear()
            self.came.append(rest)
            self.size = sum(map(len, self.came))
            return rest
        first, last = self.came[0], self._held[-1]
        least = _LIKELY if len(self._held) > 1 or _is_glued(first, last) else _SURE
        is_sure = _weighs(first if len(self._held) == 1 else last, least)
        if is_sure and not _is_refrain(first, last):
            return self._be_whole(last)
        return self._be_more()

    def settle(self, whole: str) -> str:
        """Return what was held back, where a server's own word for the whole text decides on it."""
        if self._held and not self._began:
            strung = "".join((*self.came, *self._held))
            is_all = beyond(strung, whole) is not None
            if self._is_more and is_all:
                return self._be_more()
            if not self._is_more and beyond(self._held[-1], whole) is not None and not is_all:
                return self._be_whole(self._held[-1])
        return self.rest()

    def _behind_beginning(self, delta: str) -> str:
        """Hold deltas back that say again what the text began with; return what they add."""
        self._held.append(delta)
        again = "".join(self._held)
        if len(again) < len(self._began) and self._began.startswith(again):
            return ""
        if again.startswith(self._began) and _repeats(self._began, self._held):
            rest, self._began = again[len(self._began) :], ""
            self._held.clear()
            return self._be_more(*([rest] if rest else []))
        return self._go_on()

    def _go_on(self) -> str:
        """Take what was held back behind a beginning as more of the text; return it."""
        deltas, self._began, self._held = self._held, "", []
        return "".join(map(self.more, deltas))

    def _growing(self, delta: str) -> str:
        if not self.came:
            self.came.append(delta)
            return delta
        last = (self._held or self.came)[-1].rstrip(_TORN)
        if not delta.startswith(last) or (not self._held and delta == self.came[0]):
            return self._be_more() + self._once_more(delta)
        self._held.append(delta)
        is_sure = _weighs(last, _SURE) and len(self._held) > 1
        return self._be_whole(delta) if is_sure and not _is_refrain(self.came[0], delta) else ""

    def _beyond(self, delta: str) -> str:
        [whole] = self.came
        if whole.startswith(delta):
            return ""
        more = beyond(whole, delta.rstrip(_TORN))
        more = delta if more is None else more
        self.came = [whole + more]
        return more

    def _be_whole(self, delta: str) -> str:
        """Take each delta as all of the text so far; return what was not said of the last."""
        [said], self.came = self.came, [delta.rstrip(_TORN)]
        self._is_whole = True
        self._held.clear()
        return self.came[0][len(said.rstrip(_TORN)) :]

    def _be_more(self, *deltas: str) -> str:
        """Take each delta as more of the text; return those that were not said."""
        self._is_more = True
        unsaid = [*self._held, *deltas]
        self._held.clear()
        self.came += unsaid
        self.size = sum(map(len, self.came))
        return "".join(unsaid)

    def _once_more(self, delta: str) -> str:
        """Hold a delta back that is all that came; return what is known to be more by then."""
        if self._held and delta == self._held[0]:
            return ""
        unsaid = self._be_more() if self._held else ""
        if self.size <= len(delta) and said_again(self.came, delta) is not None:
            self._held.append(delta)
            self.size = 0
            return unsaid
        self.came.append(delta)
        self.size += len(delta)
        return unsaid + delta


def said_again(came: Sequence[str], delta: str, *, least: int = _WHOLE) -> str | None:
    """Return what a delta has beyond all that came; None where it does not say that again.

    A delta that says again what came in several is all of it where that is long, or where it is
    glued to it; one that goes on behind it, or says a single delta again, where both hold. Short
    ones without a letter, or glued digit to digit (`12`, `12`), are more of the text.

    Args:
        came: the deltas so far.
        delta: the one behind them, behind which nothing comes.
        least: characters from which on what came is long.
    """
    [word, *_] = came[0].split(maxsplit=1) or [""]
    if 2 * len(delta) < len(came) or not delta.lstrip().startswith(word):
        return None  # all that came is looked at only where this may be more than a word of it
    told = "".join(came)
    rest = beyond(told, delta)
    if rest is None or not told.strip() or told in (told + told)[1:-1]:
        return None
    is_glued, is_more = _is_glued(told, delta), bool(rest.strip())
    if len(came) == 1:
        length = _WHOLE if is_glued else 2 * _WHOLE
        is_again = _is_unparted(told, delta) and not is_more and _weighs(told, length)
        return "" if is_again else None
    if _is_refrain(came[0], delta):
        return None
    if is_more:
        return rest if _weighs(told, _SURE) and _is_unparted(told, delta) else None
    is_digits = told[-1].isdigit() and delta[0].isdigit()
    is_word = is_glued and delta == told and not is_digits and any(map(str.isalpha, told))
    return "" if is_word or _weighs(told, least) else None


def _repeats(began: str, deltas: Sequence[str]) -> bool:
    """Return whether deltas say again what a text began with, rather than go on with it.

    Servers that begin a block with its first words do not cut these again.
    """
    if len(deltas) > 1 and len(deltas[0]) < len(began):
        return not _is_refrain(deltas[0], began)
    return _weighs(began, _SURE) and _is_unparted(began, deltas[0])


def _is_refrain(first: str, text: str) -> bool:
    """Return whether a text says its first delta again and again, and nothing else."""
    return (first * (len(text) // len(first) + 1)).startswith(text)


def _is_unparted(before: str, after: str) -> bool:
    """Return whether no white space stands between two texts."""
    return not (before[-1:].isspace() or after[:1].isspace())


def _is_glued(before: str, after: str) -> bool:
    """Return whether two texts stand together as no writer of them would have it."""
    return _is_unparted(before, after) and not _is_wide(after[0])


def _is_wide(character: str) -> bool:
    """Return whether a character belongs to a script without blanks, where each is a word."""
    return unicodedata.east_asian_width(character) in {"W", "F"}


def _weighs(text: str, least: int) -> bool:
    """Return whether a text is as long as one of `least` letters: a wide character is three."""
    return len(text) >= least or len(text) + 2 * sum(map(_is_wide, text)) >= least


def beyond(streamed: str, whole: str) -> str | None:
    """Return what `whole` says after `streamed`; None where it says something else.

    Blanks may differ between the two: servers trim what they sum up.
    """
    if whole.startswith(streamed):
        return whole[len(streamed) :]
    bare = "".join(streamed.split())
    place = 0
    for at, character in enumerate(whole):
        if place == len(bare):
            return whole[at:] if whole[at:].strip() else ""
        if character.isspace():
            continue
        if character != bare[place]:
            return None
        place += 1
    return "" if place == len(bare) else None
