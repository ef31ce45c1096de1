"""What must stand in the chat when an answer is done, and how texts are compared.

This is the one place that looks into a reply: whoever changes how messages are rendered changes
`expected_messages` with it, and nothing else of the simulation.
"""

from __future__ import annotations

from unicodedata import category

from tickertape.consumer import StreamConsumer
from tickertape.delivery.screen import Posted
from tickertape.delivery.segment import Segment
from tickertape.simulation.script import CURSOR

__all__ = ["expected_messages", "letters", "message_ids", "readable", "without_progress"]

# The server drops these (tdlib/td MessageEntity.cpp, `clean_input_string`: vertical lines, and a
# ring above).
_DROPPED = "\u030a\u0333\u033f"


def expected_messages(consumer: StreamConsumer) -> tuple[str, ...]:
    """Give the texts of an answer's messages, in reading order, as they must stand."""
    return tuple(segment.final().text for segment in _showing(consumer))


def message_ids(consumer: StreamConsumer) -> tuple[int | None, ...]:
    """Give the messages of an answer, one for each text of `expected_messages`."""
    screens = (segment.screen for segment in _showing(consumer))
    return tuple(s.message_id if isinstance(s, Posted) else None for s in screens)


def readable(text: str) -> str:
    """Drop what a platform may drop or change: blanks and what is not printed."""
    return "".join(c for c in text if c.isprintable() and not c.isspace() and c not in _DROPPED)


def letters(text: str) -> str:
    """Keep what every form of a text shows, whatever its formatting: letters, digits, pictures.

    The cursor of a preview is none of them.
    """
    return "".join(c for c in text if c.isalnum() or (category(c) == "So" and c != CURSOR))


def without_progress(text: str) -> str:
    """Drop the line of progress from a preview: it begins with a sign that no agent says here."""
    for sign in ("💭", "🔧"):
        text = text.partition(sign)[0]
    return text


def _showing(consumer: StreamConsumer) -> list[Segment]:
    segments = consumer._reply._segments.all
    return [segment for segment in segments if readable(segment.final().text)]
