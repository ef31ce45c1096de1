"""What a server makes of a plain text, so that ours and theirs can be compared.

Telegram trims blanks at both ends, drops control characters, marks of direction and three combining
marks, and turns tabs into blanks before it stores a text (tdlib/td, MessageEntity.cpp,
`clean_input_string` and `fix_formatted_text`). We do the same before sending: what was asked and
what is shown are then equal but for rare characters, which `alike` overlooks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["BLANK", "BREAKS", "DROPPED", "alike", "encodable", "render"]

# A ring above, a double line below and a line above: they count as printable, and yet they go.
_DROPPED_MARKS = "\u030a\u0333\u033f"
DROPPED: Final[Mapping[int, str | None]] = dict.fromkeys(
    (*range(32), *range(0x2028, 0x202F), *map(ord, _DROPPED_MARKS))
)
"""The characters that a server drops, for `str.translate`; tabs and line breaks stay as blanks."""
BREAKS: Final = (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029)
"""Characters that end a line besides the common ones (Unicode, UAX #9, B, and #14, BK and NL):
shown as line breaks, because a server drops most of them, and the words around would be one."""
BLANK: Final = 0x1F
"""Separates units of a text (Unicode, UAX #9, S): shown as a blank, for the same reason."""
_CLEAN = {**DROPPED, **dict.fromkeys(BREAKS, "\n"), BLANK: " ", 9: " ", 10: "\n"}


def render(text: str) -> str:
    """Return `text` as it will stand on screen: trimmed, without characters that servers drop."""
    if text.isprintable() and not any(mark in text for mark in _DROPPED_MARKS):
        return text.strip()
    text = encodable(text).replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_CLEAN).strip()


def encodable(text: str) -> str:
    """Return `text` with halves of surrogate pairs joined; one that stands alone is replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def alike(shown: str, asked: str) -> bool:
    """Return whether `shown` is `asked` as a server may write it.

    Every visible character is the same.

    Blanks and characters that are not printed are overlooked; a text that was cut short is not.
    """
    return shown == asked or _visible(shown) == _visible(asked)


def _visible(text: str) -> str:
    return "".join(c for c in text if c.isprintable() and not c.isspace())
