"""What must stand in the chat when an answer is done, and how texts are compared.

This is the one place that looks into a reply: a change to the rendering of messages changes
`messages_due` with it, and nothing else of the simulation. It is also the one place that knows what
rendering hides of a source: see `letters`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from unicodedata import category

from tickertape.consumer import StreamConsumer
from tickertape.delivery.marks import EMPTY
from tickertape.delivery.reply.screen import Posted
from tickertape.delivery.reply.segment import Segment
from tickertape.markup.forms import Blocks, Rendering
from tickertape.simulation.looks import Seen, to_be_seen
from tickertape.simulation.script import CURSOR
from tickertape.simulation.shapes import ADDRESSES

__all__ = ["Due", "is_done", "letters", "messages_due", "readable", "without_progress"]

# The server drops these (tdlib/td MessageEntity.cpp, `clean_input_string`: vertical lines, and a
# ring above).
_DROPPED = "\u030a\u0333\u033f"
# What a source shows and a rendering may hide, or the other way round: where links lead and what
# language code is in (the agents of a simulation spell both with the letter z alone, which they
# use for nothing else), tags, references to characters, the numbers and boxes of items. What it can
# begin with is asked first: that halves the time.
_FIRST: Final = "".join({address[0] for address in ADDRESSES}) + r"z<&\d\[☐☑◦▪"
_HIDDEN: Final = re.compile(
    rf"(?=[{_FIRST}])(?:" + "|".join(map(re.escape, ADDRESSES)) + r"|z"
    r"|</?(?:b|u|br|details|summary)[^<>]*>"
    r"|&amp;"
    r"|(?<![^\W_])\d{1,3}[.)]"
    r"|\[[ x]\]|[☐☑◦▪])"
)


@dataclass(frozen=True, slots=True)
class Due:
    """A message of an answer, as it must stand when the answer is done."""

    seen: Seen
    """What a reader must see."""
    words: str
    """The letters of what the agent said in it, and of the mark below."""
    message_id: str | None
    """Its id; None: it has none."""


class _Shown(dict[int, int | None]):
    """Which characters count, by code; each is looked at once: texts are compared by thousands."""

    def __init__(self, counts: Callable[[str], bool]) -> None:
        super().__init__()
        self._counts = counts

    def __missing__(self, code: int) -> int | None:
        shown = self[code] = code if self._counts(chr(code)) else None
        return shown


def _is_readable(char: str) -> bool:
    return char.isprintable() and not char.isspace() and char not in _DROPPED


def _is_letter(char: str) -> bool:
    return char.isalnum() or (category(char) == "So" and char != CURSOR)


_READABLE: Final = _Shown(_is_readable)
_LETTERS: Final = _Shown(_is_letter)


def messages_due(consumer: StreamConsumer) -> tuple[Due, ...]:
    """Return the messages of an answer, in reading order."""
    segments = consumer._reply._parts.segments.all
    return tuple(_due(segment) for segment in segments if readable(segment.final().text))


def is_done(consumer: StreamConsumer) -> bool:
    """Return whether the answer is settled, as far as it can be, even if it is not awaited."""
    return consumer._reply.intent.done


def readable(text: str) -> str:
    """Drop what a platform may drop or change: blanks and what is not printed."""
    return _only(text, _READABLE)


def letters(text: str) -> str:
    """Return what all forms of a text have in common: letters, digits, pictures.

    The cursor of a preview is none of them.
    """
    return _only(_HIDDEN.sub("", text), _LETTERS)


def _only(text: str, shown: _Shown) -> str:
    """Keep the characters that count. A text has few of many kinds: each is looked at once."""
    if text.isascii():
        return text.translate(shown)  # the fast way, but for ASCII alone
    for char in set(text):
        if shown[ord(char)] is None:
            text = text.replace(char, "")
    return text


def without_progress(text: str) -> str:
    """Drop the line of progress from a preview: it begins with a sign that no agent says here."""
    for sign in ("💭", "🔧"):
        text = text.partition(sign)[0]
    return text


def _due(segment: Segment) -> Due:
    screen = segment.screen
    rendering = _final(segment)
    message_id = screen.message_id if isinstance(screen, Posted) else None
    return Due(to_be_seen(rendering), _words(segment, rendering), message_id)


def _final(segment: Segment) -> Rendering:
    """Return the final rendering; blocks shown before the chat lost them stay as they are."""
    final, screen = segment.final(), segment.screen
    if isinstance(screen, Posted) and isinstance(screen.shown.form, Blocks):
        return final if isinstance(final.form, Blocks) else screen.shown
    return final


def _words(segment: Segment, rendering: Rendering) -> str:
    """Return the letters of a message without the page before it and without its reasoning."""
    if rendering.text == EMPTY:
        return ""
    said = letters(rendering.text).removeprefix(letters(segment.opening))
    before, thought, after = said.rpartition(letters(segment.thought) or "\n")
    return before + after if thought else said
