"""What a server makes of a plain text, so that ours and theirs can be compared.

Telegram trims blanks at both ends, drops control characters and turns tabs into blanks before it
stores a text (tdlib/td, MessageEntity.cpp, `clean_input_string` and `fix_formatted_text`). We do
the same before sending: then what was asked and what is shown are equal, character by character.
"""

from __future__ import annotations

__all__ = ["render"]

_TO_BLANK = "\t"
_KEPT = "\n"
# Control characters that the server drops; of U+202A..U+202E only the overrides go, and U+2028
# and U+2029 are kept as they are.
_TABLE = {
    code: " " if chr(code) in _TO_BLANK else None for code in range(32) if chr(code) not in _KEPT
}


def render(text: str) -> str:
    """Give `text` as it will stand on screen: trimmed, without control characters."""
    if text.isprintable():
        return text.strip()
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_TABLE).strip()
