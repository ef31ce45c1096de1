"""The journal: which messages were taken and not answered yet, and how far their answers are.

A message is taken before its platform hears that we have it, and settled when nothing more is owed
for it. In between a process can end at any moment: the next one finds what is unsettled, and goes
on with turns that were begun before it begins others.

    take ─▶ begin ─▶ record, record, … ─▶ settle
              ▲                 │ the process ends
              └──── unsettled ◀─┘

What stands in the conversation and what is on screen are recorded together, so that they cannot
tell different stories.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from tickertape.chat import Message
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.reply.state import ReplyState

__all__ = ["BegunTurn", "FencedError", "Journal", "Unsettled"]


class FencedError(Exception):
    """Raised where another process answers by now: this one was taken for dead."""


@dataclass(frozen=True, slots=True)
class BegunTurn:
    """A turn that was begun and not settled: its process ended, or it has not come so far."""

    attempt: int
    """Which attempt at it that was; the first is 1."""
    question: str
    """What the agent was asked, as it stands in the conversation; empty: it was not asked."""
    state: ReplyState | None = None
    """The reply, as it was recorded last; None: nothing was shown."""
    left: int = 0
    """How many of the attempts were left, because the process was told to end."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A message for which something is owed."""

    message: Message
    """The message, as it was taken."""
    turn: BegunTurn | None
    """Its turn; None: none was begun."""


class Journal(Protocol):
    """Keeps what is owed. A message stands for its `taken` numbers; its turn has the first."""

    @property
    def is_lasting(self) -> bool:
        """Whether it outlasts the process: then what is cut off by its end goes on later."""
        ...

    async def take(self, message: Message) -> Message | None:
        """Record a message; return it with its number, or None if it was taken before.

        It was taken before where one with the same channel, chat and `key` was, within 30 days, be
        it settled or not. One without a key is always taken.
        """
        ...

    async def unsettled(self, channels: Collection[str]) -> tuple[Unsettled, ...]:
        """Return what is owed in some channels, in the order in which it is to be done.

        Turns that were begun come first; then it is the order in which messages were taken.
        """
        ...

    async def begin(
        self,
        message: Message,
        question: Utterance | None = None,
        added: Sequence[Utterance] = (),
    ) -> int:
        """Record that the turn of a message begins, or begins again; return which attempt it is.

        Args:
            message: the message. Where it was joined of several, it is owed as it is from here on.
            question: what the agent is asked. The first attempt adds it to the conversation.
            added: what belongs to the question, and stands behind it.
        """
        ...

    async def record(
        self,
        message: Message,
        entries: Sequence[Entry],
        state: ReplyState | None,
        added: Collection[Message] = (),
    ) -> None:
        """Add entries to the conversation of a turn, and record its reply: all of it, or nothing.

        Args:
            message: the message whose turn it is; it may be in another chat than when it was taken,
                because its chat has moved.
            entries: what comes next in the conversation; may be empty.
            state: the reply as it stands; None leaves what was recorded.
            added: messages that the turn answers as well, whose words are among `entries`: nothing
                more is owed for them.
        """
        ...

    async def leave(self, message: Message) -> None:
        """Record that the turn of a message is left to another process: nothing cut it off."""
        ...

    async def settle(self, messages: Collection[Message]) -> None:
        """Record that nothing more is owed for messages: all of them, or none when this raises."""
        ...
