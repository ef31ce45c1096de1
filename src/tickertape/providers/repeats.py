"""What a server says again: a whole text behind its pieces, or all so far in each piece.

By every protocol a delta is more of a text. Some servers send all of the text so far in each, and
some end with a delta that is all of it once more (QwenLM/qwen-code#3896, tashfeenahmed/
freellmapi#1007). Only the deltas tell, and the reader must see nothing twice, so a delta that
begins with all that came is held back until it is clear what it is:

- the second delta begins with the first and is longer: if the third goes on like that and much was
  repeated, each is all so far; else they are more of the text (`Ha`, `Ha ha`);
- a later delta is all that came once more: if no more comes behind it, it is left out.

Text that only repeats its first delta (`no `, `no no `) is a refrain, and is never left out.
"""

from __future__ import annotations

__all__ = ["Deltas", "beyond"]

_SURE = 12
"""Characters from which on a delta that begins with all that came is no accident."""

_LIKELY = 8
"""The same of the last of three deltas that each begin with the one before."""

_WHOLE = 20
"""Characters of a text from which on it is no refrain when it comes once more ("Row, row")."""

_TORN = "\ufffd"
"""What stands for the first bytes of a character at the end of a text that is cut anywhere."""


class Deltas:
    """Takes the deltas of one text, and gives out what each of them adds."""

    __slots__ = ("_held", "_is_more", "_is_whole", "came", "size")

    def __init__(self) -> None:
        """Begin a text."""
        self.came: list[str] = []
        """The deltas that were given out; where each is the whole text, the last one."""
        self.size = 0
        """Characters in `came` where a delta that is shorter can only be more of the text, which
        the caller may put there and count itself; else 0."""
        self._held: list[str] = []
        # Whether deltas are known to be more of the text, or all of it so far.
        self._is_more = False
        self._is_whole = False

    def more(self, delta: str) -> str:
        """Return what is to be said when `delta` came; empty while that is open."""
        if not delta:
            return ""
        if self._is_more:
            return self._once_more(delta)
        return self._beyond(delta) if self._is_whole else self._growing(delta)

    def rest(self) -> str:
        """Return what was held back, because nothing more comes at present."""
        if not self._held:
            return ""
        if self._is_more:
            self._held.clear()
            self.size = sum(map(len, self.came))
            return ""
        first, last = self.came[0], self._held[-1]
        is_sure = len(first) >= _SURE or (len(self._held) > 1 and len(last) >= _LIKELY)
        if is_sure and not _is_refrain(first, last):
            return self._be_whole(last)
        return self._be_more()

    def settle(self, whole: str) -> str:
        """Return what was held back, where a server's own word for the whole text decides on it."""
        if self._held and not self._is_more:
            strung = "".join((*self.came, *self._held))
            if beyond(self._held[-1], whole) is not None and beyond(strung, whole) is None:
                return self._be_whole(self._held[-1])
        return self.rest()

    def _growing(self, delta: str) -> str:
        if not self.came:
            self.came.append(delta)
            return delta
        last = (self._held or self.came)[-1].rstrip(_TORN)
        if not delta.startswith(last) or (not self._held and delta == self.came[0]):
            return self._be_more(delta)
        self._held.append(delta)
        is_sure = len(last) >= _SURE and len(self._held) > 1
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
        is_long = _WHOLE <= self.size <= len(delta) and len(self.came) > 1
        if is_long and delta.strip() == "".join(self.came).strip():
            self._held.append(delta)
            self.size = 0
            return unsaid
        self.came.append(delta)
        self.size += len(delta)
        return unsaid + delta


def _is_refrain(first: str, text: str) -> bool:
    """Return whether a text says its first delta again and again, and nothing else."""
    return (first * (len(text) // len(first) + 1)).startswith(text)


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
