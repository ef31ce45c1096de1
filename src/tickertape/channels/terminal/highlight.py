"""Lines of code in colours: each as it is read from the lines above it, never from those below.

A lexer reads from the beginning, and what follows may change how it reads (a comment that is not
closed yet). So a group of lines is coloured once, from what stands above and itself; that makes its
colours the same whenever it is painted, and its cost the same however long the code is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Error, _TokenType
from pygments.util import ClassNotFound
from rich.style import Style
from rich.syntax import ANSI_DARK, ANSISyntaxTheme
from rich.text import Text

from tickertape.channels.terminal.flow import words
from tickertape.channels.terminal.looks import CODE

__all__ = ["ABOVE", "coloured"]

ABOVE = 32
"""Lines above a group from which it is read: comments are mostly shorter. So each line is read five
times: in its own group, and above four others (`stable.GROUP`)."""

_THEME = ANSISyntaxTheme(ANSI_DARK)


def coloured(lines: tuple[str, ...], above: tuple[str, ...], language: str) -> list[Text]:
    """Return lines of code with colours.

    Args:
        lines: The lines, without anything that a terminal would obey.
        above: The lines above them, the last `ABOVE` of them.
        language: What the fence says; one that is not known leaves the code in one colour.
    """
    lexer = _lexer(language)
    code = "\n".join((*above, *lines)) + "\n"
    pieces = list(lexer.get_tokens(code)) if lexer else []
    if "".join(text for _, text in pieces) != code:  # a lexer that changes what it reads
        return [words(line, CODE) for line in lines]
    return _lines(pieces, len(above))[: len(lines)]


def _lines(pieces: Iterable[tuple[_TokenType, str]], skipped: int) -> list[Text]:
    """Split a lexer's tokens into lines, and skip the first ones."""
    rows = [Text()]
    for token, text in pieces:
        first, *others = text.split("\n")
        if skipped > len(others):
            skipped -= len(others)
            continue
        look = _look(token)
        if skipped:
            first, others, skipped = others[skipped - 1], others[skipped:], 0
        rows[-1].append(first, look)
        rows += [words(line, look) for line in others]
    return rows


@lru_cache(256)
def _look(token: _TokenType) -> Style | None:
    """Return the style of a token; an error is most often code that is not complete yet."""
    return None if token in Error else _THEME.get_style_for_token(token)


@lru_cache(32)
def _lexer(language: str) -> Lexer | None:
    name = language.split(maxsplit=1)[0] if language.strip() else ""
    try:
        return get_lexer_by_name(name, stripnl=False, ensurenl=False) if name else None
    except ClassNotFound:
        return None
