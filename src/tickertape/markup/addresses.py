r"""Where addresses and paths stand in a text: a mark or a dollar sign within one is part of it.

An address has any scheme (`s3://…`), begins with `www.`, or is one of mail or of a repository
(`git@host:a/b`). A path begins with `/`, `~/`, `./`, `../`, a drive or a host (`x.example/…`). A
bracket that did not open within one ends it, so that the address under a link is no longer than it
is; so do two stars, but for a path's own (`/**/`).

`src/*test*` and `and/*or*` look the same: both are paths, since a star too many is better than a
path that lost its stars. Two stars would be a whole folder (`src/**/x`): `and/**or**` is bold.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from tickertape.markup.signs import FOLDER

__all__ = ["AddressBytes", "addresses"]

# A formula in LaTeX's brackets is none of it, as it is written and as the token in its place.
_CHAR = r"(?: [^\s<>\"`|()\[\]\\\x01\x02，。！？；：、（）「」《》【】“”] | \\ (?! [(\[] ) )"
# A letter with a case, as in writings with blanks between words, or a digit.
_WORD = r"[A-Za-z0-9_\u00c0-\u058f]"
_HOST = r"[A-Za-z0-9-]+ (?: \. [A-Za-z0-9-]+ )+"
_REST = rf"""
    (?: (?! (?:\*\*|~~) [^\x00-\x7f] | (?<! [/={FOLDER}] ) (?:\*\*|~~) )
        (?: {_CHAR} | \( {_CHAR}* \) | \[ {_CHAR}* \] | [(\[] )
    )+
"""
_ADDRESS = re.compile(
    rf"""
    (?<! [A-Za-z0-9] ) (?: [A-Za-z] [A-Za-z0-9+.-]{{1,20}} :// | www\. ) {_REST}
    | (?<! [\w.+%~*-] ) [\w.+%~*-]+ @ (?: {_HOST} | [A-Za-z0-9-]+ (?= : ) )
        (?: : (?= [\w/~.] ) {_REST} )?
    | (?<! {_WORD} | [.~/@-] ) (?: [A-Za-z]: | ~ | \.{{1,2}} ) [/{FOLDER}] {_REST}
    | (?<! {_WORD} | [.~/@-] ) {_HOST} (?: :\d+ )? / {_REST}
    | (?<! {_WORD} | [-.~/*)\]}}<$%\x02] ) / (?= [A-Za-z0-9_.~] ) {_REST}
    | (?: (?<! {_WORD} | [-.~/${{}}@%] ) (?: [A-Za-z0-9_.~${{}}@%-]+ /+ )+ | (?<! [^\s(=:] ) / )
        (?= \* (?!\*) ) {_REST}
    """,
    re.VERBOSE,
)
_MARKS = "*_~"
# What may stand around an address without being part of it.
_EDGE = "*_~.,:;!?)]}'\""


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield where addresses and paths stand in a text, in code points."""
    if not any(sign in text for sign in ("/", "@", "www.", FOLDER)):
        return
    for found in _ADDRESS.finditer(text):
        start, whole = found.start(), found[0]
        around = text[max(0, start - 2) : start]
        if around in {"**", "~~"}:
            whole = whole.partition(around)[0]
        bare = whole.rstrip(_EDGE)
        yield start + len(whole) - len(whole.lstrip(_MARKS)), start + len(bare)


class AddressBytes:
    """The bytes of a text, as UTF-8, that belong to addresses; it is searched when first asked."""

    __slots__ = ("_places", "_text")

    def __init__(self, text: str) -> None:
        """Begin with a text."""
        self._text = text
        self._places: list[tuple[int, int]] | None = None

    def __contains__(self, at: int) -> bool:
        """Return whether the byte at a place is within an address."""
        if self._places is None:
            self._places = list(self._found())
        if not self._places:
            return False
        before = bisect_right(self._places, at, key=lambda place: place[0])
        return before > 0 and at < self._places[before - 1][1]

    def _found(self) -> Iterator[tuple[int, int]]:
        at = size = 0
        for start, end in addresses(self._text):
            begin = size + len(self._text[at:start].encode())
            at, size = end, begin + len(self._text[start:end].encode())
            yield begin, size
