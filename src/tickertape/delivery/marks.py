"""What the bot adds below an answer in its own voice: why the answer ends where it ends."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from tickertape.events import Failed, Finished, FinishReason

__all__ = ["EMPTY", "StopReason", "mark_of_end", "mark_of_stop"]


class StopReason(StrEnum):
    """Who ended an answer before its end."""

    USER = "user"
    """A person in the chat."""
    FOLLOWED = "followed"
    """The next message of the same person: the answer to both begins afresh."""
    TIMEOUT = "timeout"
    """The safety timeout of the run."""
    SHUTDOWN = "shutdown"
    """The program is ending."""
    KILLED = "killed"
    """The program was ended in the midst of it, again and again."""


EMPTY = "∅ The answer is empty."
"""Stands where a message has nothing to say any more, and cannot be deleted."""

_STOPS = {
    StopReason.USER: "⏹ Stopped.",
    StopReason.FOLLOWED: "",
    StopReason.TIMEOUT: "⏱ Cut short: it took too long.",
    StopReason.SHUTDOWN: "⏸ Interrupted: the bot is restarting.",
    StopReason.KILLED: "⚠ Given up: the bot was restarted each time it came to this.",
}
_ENDS: Mapping[FinishReason, str] = {
    "stop": "",
    "length": "✂ The model reached its length limit.",
    "content_filter": "✂ The provider's content filter ended the answer.",
    "refusal": "✂ The model refused to answer.",
    "malformed_call": "✂ The model tried to use a tool, but its call could not be read.",
    "paused": "✂ The model's server paused the answer before its end.",
    "unshown": "✂ A part of the answer cannot be shown here.",
    # The last words of the answer say it.
    "out_of_steps": "",
    "stopped": _STOPS[StopReason.USER],
    "other": "✂ The model's server ended the answer early.",
}


def mark_of_stop(reason: StopReason) -> str:
    """Return the mark of an answer that was stopped; empty where it needs none."""
    return _STOPS[reason]


def mark_of_end(event: Finished | Failed) -> str:
    """Return the mark of an answer that ended by itself; empty where it needs none.

    Args:
        event: its end; what its server explains stands behind our own words.
    """
    if isinstance(event, Failed):
        return f"⚠ {event.error.sentence}"
    mark = _ENDS[event.reason]
    return f"{mark.removesuffix('.')}: {event.detail}" if mark and event.detail else mark
