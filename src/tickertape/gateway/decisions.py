"""What is decided about what comes in, as values: the router makes them, the gateway acts on them.

Work       what takes its turn in a conversation's line: Answer, Retry, Change, Say, Forget
Decision   what follows from a message: a work that begins or waits, or something at once
Live       an answer that runs, as the router is told of it
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from tickertape.chat import Address, Message, StopPressed
from tickertape.delivery.actions import Acknowledge, ClearButtons
from tickertape.gateway import commands

__all__ = [
    "Answer",
    "Begin",
    "Change",
    "Decision",
    "Forget",
    "Ignore",
    "Interrupt",
    "Live",
    "Move",
    "Note",
    "Queue",
    "Retry",
    "Say",
    "TurnedAway",
    "Work",
]


@dataclass(frozen=True, slots=True)
class Answer:
    """Let the agent answer a message."""

    message: Message
    """What is answered."""


@dataclass(frozen=True, slots=True)
class Say:
    """Say something in the bot's own words."""

    message: Message
    """What it is said to."""
    text: str
    """The words."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget the conversation, then say so."""

    message: Message
    """The order to forget."""
    text: str
    """The words."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Take the last turn back, and answer its question anew."""

    message: Message
    """The order to do so."""


@dataclass(frozen=True, slots=True)
class Change:
    """Change the chat's settings, or say what they are."""

    message: Message
    """The order to do so."""
    order: commands.Model | commands.Reasoning | commands.Voice
    """What to change."""


Work: TypeAlias = Answer | Retry | Change | Say | Forget
"""Anything that takes its turn in a conversation's line."""


@dataclass(frozen=True, slots=True)
class Begin:
    """The line is empty: begin at once, and call `done` when it is done."""

    work: Work
    """What to do."""


@dataclass(frozen=True, slots=True)
class Queue:
    """It waits its turn; `done` will give it."""

    work: Work
    """What waits."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """End the answer that is running in a conversation."""

    address: Address
    """The conversation."""


@dataclass(frozen=True, slots=True)
class Note:
    """Say something at once, beside the line."""

    say: Say
    """What to say."""


@dataclass(frozen=True, slots=True)
class Move:
    """Keep for a chat's new id what was kept for the old one."""

    channel: str
    """The channel in which the chat is."""
    chat: str
    """The old id."""
    to: str
    """The new one."""
    lines: tuple[Address, ...] = ()
    """The conversations whose lines went along, by their old addresses."""


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A stranger: not answered."""

    channel: str
    """The channel in which they wrote."""
    id: str
    """The person, or the chat where there is no person."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """Nothing is done."""

    why: str
    """The reason, for the log."""


Decision: TypeAlias = (
    Begin | Queue | Interrupt | Note | Acknowledge | ClearButtons | Move | TurnedAway | Ignore
)
"""Anything that may follow from an inbound message."""


@dataclass(frozen=True, slots=True)
class Live:
    """An answer that runs: where, and what is known to be on screen of it.

    It may have a message that is not known: its post is on its way back, or was never heard of.
    """

    conversation: Address
    """The conversation that it belongs to: where its question was asked."""
    shown_at: Address
    """Where it is written: elsewhere once the chat has moved, or the topic is gone."""
    drafts: Collection[str] = ()
    """Its drafts, those that became messages included."""
    messages: Collection[str] = ()
    """Its messages in the chat where it is written."""

    def holds(self, press: StopPressed) -> bool:
        """Return whether a button was pressed on a piece of it.

        Ids are the chat's: one that was pressed in a chat which has moved since says nothing.
        """
        place, shown = press.address, self.shown_at
        if (place.channel, place.chat) != (shown.channel, shown.chat):
            return False
        return press.draft_id in self.drafts or press.message_id in self.messages
