r"""Text without control characters: a terminal shows a model's words, and never obeys them.

A terminal takes orders from the text it is given: `ESC ] 52` writes the clipboard, `ESC ] 8` makes
words lead elsewhere, `ESC [ 2 J` wipes what was printed, and the byte 0x9B is `ESC [` in one
character (C1; ECMA-48, 5.3). All of them begin with a control character, so none is let through:
not those in the source, and not those that an entity (`&#155;`) makes. Marks that turn the
direction of text around go as well, because what they hide is read otherwise than it runs
(trojansource.codes); letters that are written from right to left stay as they are.
"""

from __future__ import annotations

from tickertape.markup.plain import BLANK, BREAKS, encodable

__all__ = ["sanitized"]

# C0 and DEL, C1, line and paragraph separators, embeddings and overrides, isolates.
_DROPPED: dict[int, str | None] = dict.fromkeys(
    (*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A))
)
# What ends a line elsewhere must not join the words around it.
_DROPPED |= {10: "\n", **dict.fromkeys((9, *BREAKS, BLANK), " ")}


def sanitized(text: str) -> str:
    """Return `text` without control characters; tabs become blanks, line breaks stay."""
    if text.isprintable():
        return text
    return encodable(text.translate(_DROPPED))
