"""Where a frame shall be shown, and with what around it."""

from __future__ import annotations

from dataclasses import dataclass

from tickertape.chat import Address

__all__ = ["Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """What an action needs besides the frame, and what is on screen."""

    address: Address
    """Where it goes."""
    is_final: bool
    """Whether the frame is the final of its segment rather than a preview."""
    reply_to: str | None = None
    """The message that a post answers, if any."""
    stop_button: bool = False
    """Whether a message carries a button that stops the answer."""
    silent: bool = False
    """Whether a post makes no sound."""
    draft_id: str = ""
    """The id of the segment's draft."""
    key: str = ""
    """The key of a post, where the channel knows keys."""
