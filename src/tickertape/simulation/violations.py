"""What must never happen in a run: a closed set, and one finding as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Rule", "Violation"]


class Rule(StrEnum):
    """A promise that a run can break."""

    NEVER_DONE = "never done"
    """An answer was not done although everything that stood in its way was over for hours."""
    TEXT_LOST = "text lost"
    """A message of an answer does not stand in the chat, and no person took it away."""
    TEXT_DOUBLED = "text doubled"
    """A text stands in the chat that should not: a copy that nothing explains, or a preview that
    was left behind."""
    COPIED_TWICE = "copied twice"
    """More than one message too many shows a text, or a preview of it, after faults that last."""
    COPY_AVOIDABLE = "copy avoidable"
    """A copy stands in the chat although an edit with the same content could have found the
    message that was posted."""
    OVERWRITTEN = "overwritten"
    """A message says less than it must: something older came after its final."""
    COPY_UNTOLD = "copy untold"
    """A copy stands in the chat, for a reason that allows it, and the answer does not say so."""
    DOUBT_UNFOUNDED = "doubt unfounded"
    """An answer says that a text may stand twice, and nothing happened that could be the cause."""
    REPEATED_BLINDLY = "repeated blindly"
    """A post that was not heard of was made again while nothing could be heard."""
    LOOKS_DIFFER = "looks differ"
    """A message says what it must, and looks otherwise."""
    BUTTON_LEFT = "button left"
    """A message of an answer that is done carries a button that stops it."""
    LEFT_OPEN = "left open"
    """A message of an answer that is done goes on looking as if it were being written."""
    ADDED_LATE = "added late"
    """Text was to be added to a message whose time was over."""
    FOREIGN_TEXT = "foreign text"
    """Something was shown in a chat that was not said there."""
    SAID_OTHERWISE = "said otherwise"
    """What the consumer holds to be said, or what its messages say, is not what the agent said."""
    STOP_LOST = "stop lost"
    """A stopped answer went on, or does not say that it was stopped."""
    DRAFT_LEFT = "draft left"
    """A draft of an answer was still shown with its messages when it was done."""
    MISPLACED = "misplaced"
    """A message stands outside of its topic, which is there."""
    OUT_OF_ORDER = "out of order"
    """The messages of an answer stand in another order than they were said."""
    TORN = "torn"
    """A picture of several characters stands half in one message and half in the next."""
    SEALED_CHANGED = "sealed changed"
    """A message was changed after the one that follows it had come."""
    ABOVE_LIMITS = "above limits"
    """Flood control refused a call although the chat has the documented limits, and we alone spend
    them."""
    REFUSED_TOO_OFTEN = "refused too often"
    """Flood control with tighter limits refused far more calls than it takes to learn them."""
    CALLED_DURING_WAIT = "called during a wait"
    """A call was made before the wait was over that a refusal had asked for."""
    UNFIT = "unfit"
    """A call was refused for what it said, and no order caused that: it was too long, empty, or
    formatted as the platform does not take it."""
    TWO_IN_FLIGHT = "two in flight"
    """Two calls to one chat were under way at the same time."""
    CALL_AFTER_END = "call after end"
    """A call was made to a chat whose answers were all done."""
    LEFT_DRAFTS = "left drafts"
    """A text that was not complete was posted where drafts can be shown, because of silence."""
    CALLED_TOO_OFTEN = "called too often"
    """While a fault lasted, more calls failed than pauses that grow leave room for."""
    FINAL_LATE = "final late"
    """An answer came late although the network was back, and calls that never left were all that
    stood in its way."""
    ENDED_LATE = "ended late"
    """An answer was not done in time after the last fault, or in spite of one that never ends."""
    GAVE_UP = "gave up"
    """An answer was given up although it could be delivered."""
    CRASHED = "crashed"
    """Something raised that promised not to."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One promise that was broken."""

    rule: Rule
    """Which."""
    where: str
    """In which room, and in which answer, if it is about one."""
    told: str
    """What was found."""

    def __str__(self) -> str:
        return f"{self.rule.value} ({self.where}): {self.told}"
