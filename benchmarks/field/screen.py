"""What a person can read of an answer on an emulated screen, whoever wrote it, purely.

Libraries show the same answer in their own ways: with Markdown's marks or without, as plain text or
as rich messages, with a cursor below it or a sign before a heading. So only letters and digits are
compared; a mark counts as read with the word before it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from tickertape.emulator.content import Content

__all__ = ["is_whole", "read", "readable"]

_TAG = re.compile(r"<[^>]*>")
# The language of a code block is no text where the block is formatted.
_FENCE = re.compile(r"```[^\n`]*")
# The names of a table's columns stand once above it, or in every row where it is shown as a list;
# they are left out.
_COLUMNS = re.compile(r"(?m)^\|.*\|\n\|[-:| ]+\|?$")
_ALIGNED = re.compile(r"(?m)^.*\|.*\n-[-+]*\+[-+]*$")
_HEAD = re.compile(r"(?s)<tr>(?:(?!</tr>).)*<th.*?</tr>")
_LABEL = re.compile(r"(?m)^• [^\n:]*:")
_CURSORS = frozenset("▉█▌▍")
# "(1/2)" at the end of a message says that it goes on.
_PAGE = re.compile(r"\s*\(\d+/\d+\)\s*$")


def readable(content: Content) -> str:
    """Give the text of a message or a draft."""
    rich = content.rich
    if rich is None:
        text = content.text.text
    elif rich.form == "html":
        text = html.unescape(_TAG.sub(" ", _HEAD.sub("", rich.source)))
    elif rich.form == "markdown":
        text = rich.source
    else:
        text = " ".join(_texts(list(rich.blocks)))
    return _PAGE.sub("", text)


def read(screen: Sequence[str], said: str) -> str:
    """Give the beginning of an answer that can be read on a screen.

    It may begin in any message: what a library left behind, it may have begun anew below.

    Args:
        screen: the texts that are visible, from the top.
        said: what was said by then; nobody reads more.
    """
    letters, places = _letters(said)
    reached = max(
        (
            _agreement(_letters("\n".join(screen[first:]))[0], letters)
            for first in range(len(screen))
        ),
        default=0,
    )
    if reached == 0:
        return ""
    return said[: places[reached]] if reached < len(places) else said


def is_whole(screen: Sequence[str], answer: str) -> bool:
    """Say whether a screen shows an answer once and nothing else; a cursor is something else."""
    shown = "\n".join(screen)
    return _letters(shown)[0] == _letters(answer)[0] and not _CURSORS & set(shown)


def _agreement(one: str, other: str) -> int:
    """Give how many characters two texts have in common from their beginning."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _letters(text: str) -> tuple[str, Sequence[int]]:
    """Give the letters and digits of a text, and where each stands."""
    bare = text
    for mark in (_FENCE, _COLUMNS, _ALIGNED, _LABEL):
        bare = mark.sub(lambda found: " " * len(found.group()), bare)
    places = [place for place, character in enumerate(bare) if character.isalnum()]
    return "".join(bare[place] for place in places), places


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list() | tuple():
            for item in value:
                yield from _texts(item)
        case dict():
            for name, item in value.items():
                if name not in {"type", "url", "language", "name", "id"}:
                    yield from _texts(item)
        case _:
            return
