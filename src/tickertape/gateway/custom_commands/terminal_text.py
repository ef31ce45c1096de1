"""The output of a program as a terminal would show it, purely and as it comes.

Bytes are UTF-8; what is not becomes U+FFFD. Colours and movements of the cursor are left out. A
carriage return begins the line again, so that of a line of progress only the last state is shown; a
backspace takes a character back. For that a line is held until it is complete, or until its program
has been silent for a while: what was shown is not taken back, and a line that begins again behind
that is a line of its own.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

__all__ = ["TerminalText"]

# Sequences of ECMA-48: CSI; OSC, DCS and other strings up to their terminator; two or three
# characters. One that is not complete is held until it is, and given up where another one begins.
_ESCAPE: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*(?:[@-~]|(?=\x1b))"
    r"|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|(?=\x1b[^\\]))"
    r"|[ -/]*(?:[0-OQ-WYZ\\`-~]|(?=\x1b)))"
)
_BEGUN: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)\Z")
# Characters that a screen does not show; tab, line feed, carriage return and backspace mean
# something.
_UNSEEN: Final = dict.fromkeys(
    code for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in {0x08, 0x09, 0x0A, 0x0D}
)
_LONGEST_ESCAPE: Final = 4_096
"""Characters of a sequence that is waited for: titles and links of terminals are shorter."""
_LONGEST_LINE: Final = 4_096
"""Characters of a line that is held: a message is not longer."""


class TerminalText:
    """Turns a program's output into text, piece by piece."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._escape = ""
        self._line = ""  # the line that is not shown yet, or what of it follows what is shown
        self._is_shown = False  # whether something of the line is shown
        self._returns = False  # whether a carriage return was the last character

    @property
    def holds(self) -> bool:
        """Whether there is something that `pause` would return."""
        return bool(self._line)

    def feed(self, data: bytes) -> str:
        """Return what is certain of the output after more of it."""
        return self._read(self._decoder.decode(data))

    def pause(self) -> str:
        """Return what is held of a line: its program is silent."""
        line, self._line = self._line, ""
        self._is_shown = self._is_shown or bool(line)
        return line

    def end(self) -> str:
        """Return the rest: no more will come."""
        rest = self._read(self._decoder.decode(b"", final=True))
        return rest + self.pause()

    def _read(self, text: str) -> str:
        text = self._without_escapes(text).translate(_UNSEEN)
        shown = []
        for piece in re.split(r"([\n\r])", text):
            match piece:
                case "":
                    pass
                case "\n":
                    shown.append(self._line + "\n")
                    self._line, self._is_shown, self._returns = "", False, False
                case "\r":
                    self._returns = True
                case _:
                    shown.append(self._written(piece))
        return "".join(shown)

    def _without_escapes(self, text: str) -> str:
        """Return a text without sequences; hold the one at its end that is not complete."""
        text = _ESCAPE.sub("", self._escape + text)
        begun = _BEGUN.search(text)
        is_held = begun is not None and len(text) - begun.start() <= _LONGEST_ESCAPE
        end = begun.start() if begun is not None and is_held else len(text)
        self._escape = text[end:]
        return text[:end]

    def _written(self, piece: str) -> str:
        """Add characters to the line; return what must be shown for that."""
        shown = ""
        if self._returns:
            self._returns = False
            self._line = ""
            if self._is_shown:
                shown, self._is_shown = "\n", False
        for part in re.split("(\b)", piece):
            self._line = self._line[:-1] if part == "\b" else self._line + part
        return shown + (self.pause() if len(self._line) > _LONGEST_LINE else "")
