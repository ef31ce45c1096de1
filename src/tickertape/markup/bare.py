"""Words that mean themselves: one line, in which a reader sees nothing but words.

Most of what is said is of this kind, and is shown as it stands: nothing in it can open, close or
become anything else, whatever follows. So no parser has to look at it, and nothing is healed.
"""

from __future__ import annotations

import re

__all__ = ["bare"]

# What may begin a mark, a tag, a link, an entity, a formula, an escape or a cell; what no server
# keeps (`tickertape.markup.plain`), but for what is not printable.
_MEANING = "*_~`$<>\\[\\]&\\\\|\u030a\u0333\u033f"
# The first character is no digit, nor what may begin an item, a title, a rule, the rule below a
# header or a picture.
_LINE = re.compile(rf" {{0,3}}[^\s\d#+\-=:!{_MEANING}][^\n{_MEANING}]*")
_PICTURE = " !"


def bare(chunk: str) -> str | None:
    """Return the words of a chunk that has nothing but words, trimmed; None for any other.

    Args:
        chunk: A chunk of a text, of which more may come.
    """
    words = chunk.rstrip(" \n")
    is_bare = words.isprintable() and _LINE.fullmatch(words) and not words.endswith(_PICTURE)
    return words.lstrip(" ") if is_bare else None
