"""Who and where: the values that name a chat, a person, and what came in from them.

No platform's types appear here; a channel translates its own into these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from tickertape.message import MessagePart

__all__ = [
    "Address",
    "ButtonPressed",
    "ChatKind",
    "Inbound",
    "Message",
    "Moved",
    "Person",
    "StopPressed",
]


class ChatKind(StrEnum):
    """What sort of place an address is; it decides what can be shown there."""

    PRIVATE = "private"
    """One person and the bot."""
    GROUP = "group"
    """Several people and the bot, with or without topics."""
    CHANNEL = "channel"
    """One voice, many readers."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a reply goes: the key of conversations, lanes and budgets.

    The ids in it are opaque, as all ids are: only the channel that made them reads them.
    """

    channel: str
    """The configured name of the channel: `telegram`, `matrix`, `slack-acme`."""
    chat: str
    """The chat, as the channel names it."""
    kind: ChatKind
    """What sort of chat it is."""
    thread: str | None = None
    """The topic or thread inside the chat, where there is one."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote."""

    id: str
    """The person, as the channel names them: what `access.allow` lists."""
    name: str
    """How the platform shows them."""


@dataclass(frozen=True, slots=True)
class Message:
    """A person wrote something, or sent something else."""

    address: Address
    """Where it was written, and where the reply goes."""
    sender: Person | None
    """Who wrote it; None where the platform does not say (a channel's post)."""
    text: str
    """What they wrote themselves, without the mention of the bot: where commands are found. Empty
    where they wrote nothing, or forwarded another person's words."""
    message_id: str | None
    """The message, so that a reply can point at it; None where nothing can: the chat that it was
    written in is gone."""
    to_us: bool
    """True when it is for the bot beyond doubt: in private, by mention, reply or command."""
    parts: tuple[MessagePart, ...] = ()
    """All that it holds, in reading order, where that is more than `text`; empty: `text` alone."""
    album: str = ""
    """What messages that were sent as one share; empty: it stands alone."""
    is_piece: bool = False
    """Whether it is read only as a piece of its album, where another piece is for the bot."""
    may_go_on: bool = False
    """Whether it is so long that it may be the beginning of a text which was cut into several
    messages."""
    key: str = ""
    """What is the same when the channel reports the same message again, and differs otherwise;
    unique in its channel. Empty if it is never compared."""
    order: int = 0
    """Grows within a chat: which of two messages came later."""
    sent_at: float | None = None
    """When it was sent, in seconds since 1970, as the channel tells it; None: it does not."""
    came_at: float | None = field(default=None, compare=False)
    """When it came to a gateway, or its first piece, in seconds of its clock; None: that is not
    known, or it was taken by an earlier process. It is no part of what the message says."""
    names_us: bool = field(default=False, compare=False)
    """Whether it names the bot, or answers it: then a command that we do not have is not another
    bot's. How a message calls the bot is no part of what it says: it makes no difference between
    two."""
    taken: tuple[int, ...] = ()
    """Under which numbers a gateway's journal has it, and those that were joined into it, the
    oldest first; empty: it is in none."""

    @property
    def content(self) -> tuple[MessagePart, ...]:
        """All that it holds, in reading order."""
        return self.parts or ((self.text,) if self.text.strip() else ())


@dataclass(frozen=True, slots=True)
class StopPressed:
    """A person pressed the stop button on a live draft, or on a message that is being written."""

    address: Address
    """The chat and topic."""
    sender: Person | None
    """Who pressed it, where that is known."""
    draft_id: str | None = None
    """Which draft; None where it was on a message."""
    message_id: str | None = None
    """Which message; None where it was on a draft."""
    press_id: str = ""
    """The press, to be acknowledged; empty: there is nothing to acknowledge."""
    key: str = ""
    """As `Message.key`."""


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A person pressed one of the buttons that a post gave to its readers (`Post.buttons`)."""

    address: Address
    """The chat and topic."""
    sender: Person | None
    """Who pressed it, where that is known."""
    data: str
    """What the button stands for, as the post said it. A person may send any: it proves nothing."""
    message_id: str | None = None
    """Which message it is under, where that is known."""
    press_id: str = ""
    """The press, to be acknowledged; empty: there is nothing to acknowledge."""
    key: str = ""
    """As `Message.key`."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A chat has another id from here on; what belongs to the old one belongs to it."""

    address: Address
    """The chat by its new id."""
    old_chat: str
    """Its old id: nothing can be written there any more."""
    sender: Person | None = None
    """No person: the platform's own message."""
    key: str = ""
    """As `Message.key`."""


Inbound: TypeAlias = Message | StopPressed | ButtonPressed | Moved
"""Anything that can come in from a channel."""
