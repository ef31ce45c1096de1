"""What became of an answer: one value, derived from what was acknowledged."""

from __future__ import annotations

from dataclasses import dataclass

from tickertape.chat import Address
from tickertape.delivery.actions import Refused

__all__ = ["Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """How an answer stands at this moment."""

    said: str
    """What the agent said, byte for byte."""
    is_whole: bool
    """Whether the complete final text was acknowledged: it need not be sent again."""
    is_silent: bool
    """Whether nothing of it can be on screen as a message."""
    address: Address
    """Where it goes: elsewhere than at first once the chat has moved, or the topic is gone."""
    gave_up: Refused | None = None
    """Why it cannot be delivered; None where it can."""
    doubtful: tuple[str, ...] = ()
    """The texts of which it is not known how often they are on screen."""
    drafts: tuple[str, ...] = ()
    """The ids of all its drafts, the oldest first: a reader may still look at an older one."""
    messages: tuple[str, ...] = ()
    """The known ids of its messages in reading order; last, those whose text was taken back."""
