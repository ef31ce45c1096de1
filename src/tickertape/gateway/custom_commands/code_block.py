"""How the text of a command becomes Markdown, purely and as it comes.

OutputBlock   a block of code: nothing in it is formatting
AsWritten   Markdown as it is; what is open where it breaks off is closed
"""

from __future__ import annotations

import re
from typing import Final, Protocol

__all__ = ["FENCE", "AsWritten", "Layout", "OutputBlock", "closed"]

FENCE: Final = "`" * 8
"""What opens and closes a block: longer than what texts have."""

# A run that long would close the block at the end of a line. A character of no width parts it.
_RUN: Final = re.compile(FENCE)
_PARTED: Final = f"{FENCE[1:]}\u200b`"
_TAIL: Final = re.compile(r"(?<![\s`])[\s`]*\Z")
_BLANK_LINES: Final = re.compile(r"\A(?:[^\S\n]*\n)+")
_MARKER: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


class Layout(Protocol):
    """Makes Markdown of a text, piece by piece."""

    def add(self, text: str) -> str:
        """Return what more of the text adds to what is shown."""
        ...

    def close(self) -> str:
        """Return what is shown at its end."""
        ...

    @property
    def has_words(self) -> bool:
        """Whether there is anything to see."""
        ...


class OutputBlock:
    """Puts a text into a block of code, without the blank lines at both ends."""

    def __init__(self) -> None:
        """Begin with no text, and no block."""
        self._held = ""  # the end of the text, as long as it is blank or may become a longer run
        self._is_open = False

    @property
    def has_words(self) -> bool:
        """Whether there is a block."""
        return self._is_open

    def add(self, text: str) -> str:
        """Return what more of the text adds to what is shown."""
        text = self._held + text
        found = _TAIL.search(text)
        end = found.start() if found is not None else len(text)
        self._held = text[end:]
        return self._opened(text[:end])

    def close(self) -> str:
        """Return what ends the block; empty if it was never opened."""
        rest = self._opened(self._held.rstrip())
        return f"{rest}\n{FENCE}" if self._is_open else ""

    def _opened(self, text: str) -> str:
        if not text:
            return ""
        text = _RUN.sub(_PARTED, text)
        if self._is_open:
            return text
        self._is_open = True
        return f"{FENCE}\n" + _BLANK_LINES.sub("", text)


class AsWritten:
    """Leaves Markdown as it is."""

    def __init__(self) -> None:
        """Begin with no text."""
        self._pieces: list[str] = []
        self._has_words = False

    @property
    def has_words(self) -> bool:
        """Whether there is more than white space."""
        return self._has_words

    def add(self, text: str) -> str:
        """Return the text, as it is."""
        self._pieces.append(text)
        self._has_words = self._has_words or bool(text.strip())
        return text

    def close(self) -> str:
        """Return what closes a block of code that is open; empty if none is."""
        return _closing("".join(self._pieces))


def closed(text: str) -> str:
    """Return Markdown that broke off, with its block of code closed."""
    return text + _closing(text)


def _closing(text: str) -> str:
    """Return what closes the block of code that is open at the end of a text."""
    run = ""
    for line in text.splitlines():
        found = _MARKER.match(line)
        if found is None:
            continue
        if not run:
            run = found[1]
        elif found[1].startswith(run) and not found[2].strip():
            run = ""
    return f"\n{run}" if run else ""
