"""Decisions about what comes in, as values: the router makes them, the gateway carries them out.

Work       waits in a conversation's line: AskAgent, Continue, RunCommand, Retry, Change, Say,
           Forget, Administer
Decision   follows from a message: a work begins or waits, or something happens at once
Live       an answer that runs, as the router is told of it
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeAlias

from tickertape.chat import Address, ButtonPressed, Message, StopPressed
from tickertape.conversation import CommandGiven
from tickertape.delivery.actions import Acknowledge, ClearButtons
from tickertape.delivery.marks import StopReason
from tickertape.gateway.admission.orders import AdminOrder, Decide
from tickertape.gateway.commands import SettingCommand

__all__ = [
    "Administer",
    "Answering",
    "AskAgent",
    "AskToBeLetIn",
    "Begin",
    "Change",
    "Continue",
    "DecideRequest",
    "Decision",
    "Drop",
    "Forget",
    "Ignore",
    "Interrupt",
    "Live",
    "Move",
    "Queue",
    "Retry",
    "RunCommand",
    "Say",
    "SayNow",
    "TurnedAway",
    "Work",
]


@dataclass(frozen=True, slots=True)
class AskAgent:
    """Ask the agent to answer a message."""

    message: Message
    """The question; of several that are answered together the newest, with the numbers of all."""
    before: tuple[Message, ...] = ()
    """The messages that are answered together with it, the oldest first."""

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages that are answered, the oldest first, each with its own numbers."""
        known = sum(len(one.taken) for one in self.before)
        return (*self.before, replace(self.message, taken=self.message.taken[known:]))

    def joined(self, later: Message) -> AskAgent:
        """Return the work that answers a later message as well."""
        return AskAgent(_numbered(later, self.message), self.messages)

    def followed_by(self, later: Message) -> Continue:
        """Return the work that goes on where this ended before it told anything."""
        return Continue(_numbered(later, self.message), (*self.messages, later), 1)


@dataclass(frozen=True, slots=True)
class Continue:
    """Answer a question again whose answer ended without a trace, with what followed it."""

    message: Message
    """The newest message, with the numbers of all."""
    messages: tuple[Message, ...]
    """All messages that are answered, the oldest first, each with its own numbers."""
    added: int
    """How many of them, the newest, the answer was not begun with."""

    @property
    def alone(self) -> AskAgent:
        """The work that answers what was added: the question before it failed."""
        first, *others = self.messages[-self.added :]
        return reduce(AskAgent.joined, others, AskAgent(first))

    def joined(self, later: Message) -> Continue:
        """Return the work that answers a later message as well."""
        return Continue(_numbered(later, self.message), (*self.messages, later), self.added + 1)

    def followed_by(self, later: Message) -> Continue:
        """Return the work that goes on where this ended before it told anything."""
        return replace(self.joined(later), added=1)


def _numbered(later: Message, earlier: Message) -> Message:
    """Return a message that stands for an earlier one, too."""
    return replace(later, taken=(*earlier.taken, *later.taken))


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Answer with a function or a program of the operator's."""

    message: Message
    """The message that gave the command."""
    given: CommandGiven
    """The command."""


@dataclass(frozen=True, slots=True)
class Say:
    """A message in the bot's own words."""

    message: Message
    """The message that it replies to."""
    text: str
    """The words."""
    is_pointed: bool = False
    """Whether it points at that message, also where that is clear in most cases: in private."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget the conversation, then say so."""

    message: Message
    """The order to forget."""
    text: str
    """The words."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Take the last answer back, and answer its question again."""

    message: Message
    """The order to do so."""


@dataclass(frozen=True, slots=True)
class Change:
    """Change the chat's settings, or tell them."""

    message: Message
    """The order to do so."""
    order: SettingCommand
    """The setting, and its value."""


Answering: TypeAlias = AskAgent | Continue | RunCommand | Retry
"""Work that is an answer: it streams, can be stopped, and is dropped by a stop while it waits."""


@dataclass(frozen=True, slots=True)
class Administer:
    """Carry out what an admin orders about who is let in."""

    message: Message
    """The order to do so."""
    order: AdminOrder
    """What is ordered."""


Work: TypeAlias = Answering | Change | Say | Forget | Administer
"""Anything that waits in a conversation's line."""


@dataclass(frozen=True, slots=True)
class Begin:
    """The line is empty: begin at once, and call `Router.done` at the end."""

    work: Work
    """The work to begin."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Work waits in the line until `Router.done` returns it."""

    work: Work
    """The work that waits."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Work that waited is not carried out."""

    work: Work
    """The work that waited."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """End the answer that is running in a conversation."""

    address: Address
    """The conversation."""
    reason: StopReason = StopReason.USER
    """Why."""


@dataclass(frozen=True, slots=True)
class SayNow:
    """A message in the bot's own words that goes before everything that waits in the line."""

    say: Say
    """The message."""


@dataclass(frozen=True, slots=True)
class Move:
    """Keep under a chat's new id all that was kept under the old one."""

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
    """A message or a press of a stranger is not answered."""

    channel: str
    """The channel in which they wrote."""
    id: str
    """The person, or the chat where there is no person."""


@dataclass(frozen=True, slots=True)
class AskToBeLetIn:
    """A stranger wrote in private: they may be given a code."""

    message: Message
    """What they wrote."""


@dataclass(frozen=True, slots=True)
class DecideRequest:
    """An admin decided by a button about a stranger who asks to be let in."""

    press: ButtonPressed
    """The press."""
    decision: Decide
    """What was decided."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """Nothing is done."""

    why: str
    """The reason, for the log."""


Decision: TypeAlias = (
    Begin
    | Queue
    | Drop
    | Interrupt
    | SayNow
    | Acknowledge
    | ClearButtons
    | Move
    | TurnedAway
    | AskToBeLetIn
    | DecideRequest
    | Ignore
)
"""Anything that may follow from an inbound message."""


@dataclass(frozen=True, slots=True)
class Live:
    """An answer that runs: its place, and its messages on screen as far as they are known.

    It may have one more: the answer to its post is on its way, or was lost.
    """

    conversation: Address
    """The conversation that it belongs to: where its question was asked."""
    shown_at: Address
    """The address at which it is written: another once its chat has moved or its topic is gone."""
    drafts: Collection[str] = ()
    """Its drafts, those that became messages included."""
    messages: Collection[str] = ()
    """Its messages in that chat."""
    is_untold: bool = False
    """Whether the agent has said and done nothing yet, as far as it tells."""

    def holds(self, press: StopPressed) -> bool:
        """Return whether a press is about one of its messages or drafts.

        Ids belong to a chat: a press in a chat that has moved since says nothing.
        """
        place, shown = press.address, self.shown_at
        if (place.channel, place.chat) != (shown.channel, shown.chat):
            return False
        return press.draft_id in self.drafts or press.message_id in self.messages
