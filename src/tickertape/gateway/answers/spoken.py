"""What an answer leaves behind, purely: what is remembered of it, and what is read aloud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tickertape.conversation import Step, Utterance
from tickertape.events import Event, Recorded, Restarted, SegmentEnded, TextDelta, ToolStarted

__all__ = ["aloud", "unrecorded"]


def unrecorded(said: Sequence[Event]) -> Utterance | None:
    """Return what was said and not recorded; None where there is nothing.

    That is an answer that was stopped or broke off, or all of it where an agent records nothing. A
    step records all that was said before it.
    """
    steps = [at for at, event in enumerate(said) if _is_step(event)]
    rest = said[steps[-1] + 1 :] if steps else said
    words = [text for stretch in _stretches(rest) if (text := stretch.removesuffix("\n\n"))]
    return Utterance("assistant", "\n\n".join(words)) if words else None


def aloud(said: Iterable[Event]) -> str:
    """Return the text to be heard: each stretch between tools is a paragraph of its own.

    The text on the screen has no such ends: there, messages and lines of tools part the stretches.
    """
    return "\n\n".join(text.strip("\n") for text in _stretches(said) if text.strip())


def _stretches(said: Iterable[Event]) -> list[str]:
    """Return the words that stand, one text for each stretch between tools."""
    stretches: list[list[str]] = [[]]
    for event in said:
        match event:
            case TextDelta(text=text):
                stretches[-1].append(text)
            case SegmentEnded():
                stretches[-1].append("\n\n")
            case Restarted():
                stretches[-1].clear()
            case ToolStarted():
                stretches.append([])
            case _:
                pass
    return ["".join(pieces) for pieces in stretches]


def _is_step(event: Event) -> bool:
    return isinstance(event, Recorded) and isinstance(event.entry, Step)
