"""The pieces of a line as words with looks.

A link's address stands behind its words, as text: a sequence that makes words lead somewhere
(OSC 8) hides where, and what shows a line of input next to the answer would mangle it.
"""

from __future__ import annotations

from typing import assert_never

from rich.style import Style
from rich.text import Text

from tickertape.channels.terminal.flow import words
from tickertape.channels.terminal.looks import CODE, DIM, FORMULA, LINK, NONE, STYLES
from tickertape.markup.tree import Code, Formula, Inline, LineBreak, Link, Styled, Words

__all__ = ["inline"]


def inline(pieces: tuple[Inline, ...], look: Style = NONE) -> Text:
    """Return pieces of a line as styled words: `look`, and the styles of each piece."""
    result = Text()
    for piece in pieces:
        match piece:
            case Words(text):
                result.append_text(words(text, look))
            case LineBreak():
                result.append("\n")
            case Styled(style, inner):
                result.append_text(inline(inner, look + STYLES[style]))
            case Code(text):
                result.append_text(words(text, look + CODE))
            case Formula(source):
                result.append_text(words(source, look + FORMULA))
            case Link(url, inner):
                result.append_text(_link(url, inner, look))
            case _:
                assert_never(piece)
    return result


def _link(url: str, inner: tuple[Inline, ...], look: Style) -> Text:
    result = inline(inner, look + LINK)
    if not _says(result.plain, url):
        result.append_text(words(f" ({url})", look + DIM))
    return result


def _says(text: str, url: str) -> bool:
    """Return whether a link's words are its address."""
    bare = url.removeprefix("mailto:").removeprefix("tel:")
    return text in {url, bare, bare.partition("://")[2].rstrip("/")}
